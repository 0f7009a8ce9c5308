//! Metrics as OTLP/JSON.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram,
    HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary,
    SummaryDataPoint, exemplar, number_data_point,
};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::super::value::{AttributeList, Double};
use super::{Fields, Json};

impl<M: SerializeMap> Fields<M> {
    /// A double that may be absent, and is told when it is zero.
    fn maybe(&mut self, name: &str, number: Option<f64>) -> Result<(), M::Error> {
        number.map_or(Ok(()), |number| self.any(name, Double(number)))
    }

    /// 64-bit integers, quoted as all of them are.
    fn counts(&mut self, name: &str, counts: &[u64]) -> Result<(), M::Error> {
        let quoted: Vec<_> = counts.iter().map(u64::to_string).collect();
        self.some(name, quoted, !counts.is_empty())
    }

    fn doubles(&mut self, name: &str, doubles: &[f64]) -> Result<(), M::Error> {
        let doubles: Vec<_> = doubles.iter().copied().map(Double).collect();
        let there = !doubles.is_empty();
        self.some(name, doubles, there)
    }

    /// What every data point has.
    fn point(&mut self, times: [u64; 2], flags: u32) -> Result<(), M::Error> {
        let [start, time] = times;
        self.long("startTimeUnixNano", start)?;
        self.long("timeUnixNano", time)?;
        self.small("flags", flags)
    }
}

written! {
    ExportMetricsServiceRequest, |this, fields| {
        fields.list("resourceMetrics", &this.resource_metrics)?;
    }
    ResourceMetrics, |this, fields| {
        fields.message("resource", this.resource.as_ref())?;
        fields.list("scopeMetrics", &this.scope_metrics)?;
        fields.text("schemaUrl", &this.schema_url)?;
    }
    ScopeMetrics, |this, fields| {
        fields.message("scope", this.scope.as_ref())?;
        fields.list("metrics", &this.metrics)?;
        fields.text("schemaUrl", &this.schema_url)?;
    }
    Metric, |this, fields| {
        fields.text("name", &this.name)?;
        fields.text("description", &this.description)?;
        fields.text("unit", &this.unit)?;
        fields.some("metadata", AttributeList(&this.metadata), !this.metadata.is_empty())?;
        match &this.data {
            Some(Data::Gauge(data)) => fields.any("gauge", Json(data))?,
            Some(Data::Sum(data)) => fields.any("sum", Json(data))?,
            Some(Data::Histogram(data)) => fields.any("histogram", Json(data))?,
            Some(Data::ExponentialHistogram(data)) => {
                fields.any("exponentialHistogram", Json(data))?;
            }
            Some(Data::Summary(data)) => fields.any("summary", Json(data))?,
            None => {}
        }
    }
    Gauge, |this, fields| {
        fields.list("dataPoints", &this.data_points)?;
    }
    Sum, |this, fields| {
        fields.list("dataPoints", &this.data_points)?;
        fields.small("aggregationTemporality", this.aggregation_temporality)?;
        fields.small("isMonotonic", this.is_monotonic)?;
    }
    Histogram, |this, fields| {
        fields.list("dataPoints", &this.data_points)?;
        fields.small("aggregationTemporality", this.aggregation_temporality)?;
    }
    ExponentialHistogram, |this, fields| {
        fields.list("dataPoints", &this.data_points)?;
        fields.small("aggregationTemporality", this.aggregation_temporality)?;
    }
    Summary, |this, fields| {
        fields.list("dataPoints", &this.data_points)?;
    }
    NumberDataPoint, |this, fields| {
        fields.attributes(&this.attributes)?;
        fields.point([this.start_time_unix_nano, this.time_unix_nano], this.flags)?;
        match this.value {
            Some(number_data_point::Value::AsDouble(value)) => {
                fields.any("asDouble", Double(value))?;
            }
            Some(number_data_point::Value::AsInt(value)) => {
                fields.any("asInt", value.to_string())?;
            }
            None => {}
        }
        fields.list("exemplars", &this.exemplars)?;
    }
    HistogramDataPoint, |this, fields| {
        fields.attributes(&this.attributes)?;
        fields.point([this.start_time_unix_nano, this.time_unix_nano], this.flags)?;
        fields.long("count", this.count)?;
        fields.maybe("sum", this.sum)?;
        fields.counts("bucketCounts", &this.bucket_counts)?;
        fields.doubles("explicitBounds", &this.explicit_bounds)?;
        fields.maybe("min", this.min)?;
        fields.maybe("max", this.max)?;
        fields.list("exemplars", &this.exemplars)?;
    }
    ExponentialHistogramDataPoint, |this, fields| {
        fields.attributes(&this.attributes)?;
        fields.point([this.start_time_unix_nano, this.time_unix_nano], this.flags)?;
        fields.long("count", this.count)?;
        fields.maybe("sum", this.sum)?;
        fields.small("scale", this.scale)?;
        fields.long("zeroCount", this.zero_count)?;
        fields.message("positive", this.positive.as_ref())?;
        fields.message("negative", this.negative.as_ref())?;
        fields.maybe("min", this.min)?;
        fields.maybe("max", this.max)?;
        fields.maybe("zeroThreshold", Some(this.zero_threshold).filter(|number| *number > 0.0))?;
        fields.list("exemplars", &this.exemplars)?;
    }
    Buckets, |this, fields| {
        fields.small("offset", this.offset)?;
        fields.counts("bucketCounts", &this.bucket_counts)?;
    }
    SummaryDataPoint, |this, fields| {
        fields.attributes(&this.attributes)?;
        fields.point([this.start_time_unix_nano, this.time_unix_nano], this.flags)?;
        fields.long("count", this.count)?;
        fields.any("sum", Double(this.sum))?;
        fields.list("quantileValues", &this.quantile_values)?;
    }
    ValueAtQuantile, |this, fields| {
        fields.any("quantile", Double(this.quantile))?;
        fields.any("value", Double(this.value))?;
    }
    Exemplar, |this, fields| {
        let attributes = AttributeList(&this.filtered_attributes);
        fields.some("filteredAttributes", attributes, !this.filtered_attributes.is_empty())?;
        fields.long("timeUnixNano", this.time_unix_nano)?;
        fields.id("spanId", &this.span_id)?;
        fields.id("traceId", &this.trace_id)?;
        match this.value {
            Some(exemplar::Value::AsDouble(value)) => fields.any("asDouble", Double(value))?,
            Some(exemplar::Value::AsInt(value)) => fields.any("asInt", value.to_string())?,
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::metrics::v1::AggregationTemporality;

    use super::*;
    use crate::wire::{Encoding, decode_metrics, encode_metrics};

    /// A metric of every kind, each field other than its default.
    fn request() -> ExportMetricsServiceRequest {
        let delta = AggregationTemporality::Delta.into();
        let number = |value| NumberDataPoint {
            start_time_unix_nano: 1,
            time_unix_nano: 2,
            flags: 1,
            value: Some(value),
            exemplars: vec![Exemplar {
                time_unix_nano: 3,
                span_id: vec![1; 8],
                trace_id: vec![2; 16],
                value: Some(exemplar::Value::AsInt(-4)),
                ..Exemplar::default()
            }],
            ..NumberDataPoint::default()
        };
        let buckets = Buckets {
            offset: -3,
            bucket_counts: vec![1, 0, u64::MAX],
        };
        let data = [
            Data::Gauge(Gauge {
                data_points: vec![number(number_data_point::Value::AsDouble(f64::INFINITY))],
            }),
            Data::Sum(Sum {
                data_points: vec![number(number_data_point::Value::AsInt(i64::MIN))],
                aggregation_temporality: delta,
                is_monotonic: true,
            }),
            Data::Histogram(Histogram {
                data_points: vec![HistogramDataPoint {
                    count: 3,
                    sum: Some(0.0),
                    bucket_counts: vec![1, 2],
                    explicit_bounds: vec![0.5],
                    min: Some(-1.5),
                    max: Some(1e300),
                    ..HistogramDataPoint::default()
                }],
                aggregation_temporality: delta,
            }),
            Data::ExponentialHistogram(ExponentialHistogram {
                data_points: vec![ExponentialHistogramDataPoint {
                    count: 9,
                    scale: -2,
                    zero_count: 4,
                    positive: Some(buckets.clone()),
                    negative: Some(buckets),
                    zero_threshold: 0.25,
                    ..ExponentialHistogramDataPoint::default()
                }],
                aggregation_temporality: delta,
            }),
            Data::Summary(Summary {
                data_points: vec![SummaryDataPoint {
                    count: 2,
                    sum: 7.5,
                    quantile_values: vec![ValueAtQuantile {
                        quantile: 0.0,
                        value: 3.25,
                    }],
                    ..SummaryDataPoint::default()
                }],
            }),
        ];
        let metrics = data.map(|data| Metric {
            name: "m".to_owned(),
            unit: "s".to_owned(),
            data: Some(data),
            ..Metric::default()
        });
        ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                scope_metrics: vec![ScopeMetrics {
                    metrics: metrics.into(),
                    ..ScopeMetrics::default()
                }],
                ..ResourceMetrics::default()
            }],
        }
    }

    #[test]
    fn every_kind_of_metric_reads_back_as_it_was() {
        for encoding in [Encoding::Json, Encoding::Protobuf] {
            let written = encode_metrics(&request(), encoding);
            let read = decode_metrics(&written, encoding);
            assert_eq!(read, Ok(request()), "{}", String::from_utf8_lossy(&written));
        }
    }
}

//! Metrics.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge,
    Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
    Summary, SummaryDataPoint, exemplar, number_data_point,
};

use super::bytes::Hex;
use super::enums::Enum;
use super::message::message;

message!(ExportMetricsServiceRequest { "resourceMetrics" => resource_metrics });

message!(ResourceMetrics {
    "resource" => resource,
    "scopeMetrics" => scope_metrics,
    "schemaUrl" => schema_url,
});

message!(ScopeMetrics {
    "scope" => scope,
    "metrics" => metrics,
    "schemaUrl" => schema_url,
});

message!(Metric {
    "name" => name,
    "description" => description,
    "unit" => unit,
    "metadata" => metadata,
    "gauge" => data = Data::Gauge,
    "sum" => data = Data::Sum,
    "histogram" => data = Data::Histogram,
    "exponentialHistogram" => data = Data::ExponentialHistogram,
    "summary" => data = Data::Summary,
});

message!(Gauge { "dataPoints" => data_points });

message!(Sum {
    "dataPoints" => data_points,
    "aggregationTemporality" => aggregation_temporality as temporality,
    "isMonotonic" => is_monotonic,
});

message!(Histogram {
    "dataPoints" => data_points,
    "aggregationTemporality" => aggregation_temporality as temporality,
});

message!(ExponentialHistogram {
    "dataPoints" => data_points,
    "aggregationTemporality" => aggregation_temporality as temporality,
});

message!(Summary { "dataPoints" => data_points });

message!(item NumberDataPoint {
    "attributes" => attributes,
    "startTimeUnixNano" => start_time_unix_nano,
    "timeUnixNano" => time_unix_nano,
    "exemplars" => exemplars,
    "flags" => flags,
    "asDouble" => value = number_data_point::Value::AsDouble,
    "asInt" => value = number_data_point::Value::AsInt,
});

message!(item HistogramDataPoint {
    "attributes" => attributes,
    "startTimeUnixNano" => start_time_unix_nano,
    "timeUnixNano" => time_unix_nano,
    "count" => count,
    "sum" => sum,
    "bucketCounts" => bucket_counts,
    "explicitBounds" => explicit_bounds,
    "exemplars" => exemplars,
    "flags" => flags,
    "min" => min,
    "max" => max,
});

message!(item ExponentialHistogramDataPoint {
    "attributes" => attributes,
    "startTimeUnixNano" => start_time_unix_nano,
    "timeUnixNano" => time_unix_nano,
    "count" => count,
    "sum" => sum,
    "scale" => scale,
    "zeroCount" => zero_count,
    "positive" => positive,
    "negative" => negative,
    "flags" => flags,
    "exemplars" => exemplars,
    "min" => min,
    "max" => max,
    "zeroThreshold" => zero_threshold,
});

message!(Buckets { "offset" => offset, "bucketCounts" => bucket_counts });

message!(item SummaryDataPoint {
    "attributes" => attributes,
    "startTimeUnixNano" => start_time_unix_nano,
    "timeUnixNano" => time_unix_nano,
    "count" => count,
    "sum" => sum,
    "quantileValues" => quantile_values,
    "flags" => flags,
});

message!(ValueAtQuantile { "quantile" => quantile, "value" => value });

message!(Exemplar {
    "filteredAttributes" => filtered_attributes,
    "timeUnixNano" => time_unix_nano,
    "spanId" => span_id as Hex,
    "traceId" => trace_id as Hex,
    "asDouble" => value = exemplar::Value::AsDouble,
    "asInt" => value = exemplar::Value::AsInt,
});

fn temporality(place: &mut i32) -> Enum<'_> {
    let number = |name: &str| AggregationTemporality::from_str_name(name).map(i32::from);
    Enum { place, number }
}

//! Metric points as OTLP.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, Sum,
    number_data_point,
};
use telemetron_model::Timestamp;
use telemetron_model::record::{HistogramData, MetricPoint, MetricType, Temporality};

use super::groups::Origin;
use super::plain::pair;
use crate::metrics::{INSTANCE, SCOPE, SERVICE};

/// The resource and the scope of a point: labels that were theirs go back to where they came from.
pub(super) fn origin(point: &MetricPoint) -> (Origin, Origin) {
    let service = SERVICE
        .iter()
        .filter_map(|name| Some((*name, point.labels.get(*name)?)));
    let instance = point.instance.as_ref().map(|id| (INSTANCE, id));
    let resource: BTreeMap<_, _> = service.chain(instance).collect();
    let json = serde_json::to_string(&resource).ok();
    (Origin::of(json.as_deref()), scope(point))
}

fn scope(point: &MetricPoint) -> Origin {
    let mut scope = serde_json::Map::new();
    let mut attributes = serde_json::Map::new();
    for (label, value) in &point.labels {
        let Some(name) = label.strip_prefix(SCOPE) else {
            continue;
        };
        let own = ["name", "version", "schema_url"].contains(&name);
        let place = if own { &mut scope } else { &mut attributes };
        place.insert(name.to_owned(), value.clone().into());
    }
    if !attributes.is_empty() {
        scope.insert("attributes".to_owned(), attributes.into());
    }
    let json = (!scope.is_empty()).then(|| serde_json::Value::from(scope).to_string());
    Origin::of(json.as_deref())
}

/// Adds a point to its metric.
pub(super) fn add(metrics: &mut Vec<Metric>, point: &MetricPoint) {
    let empty = metric(point);
    let same = |metric: &&mut Metric| {
        metric.name == empty.name && metric.unit == empty.unit && alike(metric, &empty)
    };
    match metrics.iter_mut().rev().find(same) {
        Some(metric) => push(metric, point),
        None => {
            let mut metric = empty;
            push(&mut metric, point);
            metrics.push(metric);
        }
    }
}

/// The metric of a point, without it.
fn metric(point: &MetricPoint) -> Metric {
    // OTLP knows no sum without a temporality; one that counts from a start is cumulative.
    let since = match point.temporality {
        Some(Temporality::Delta) => AggregationTemporality::Delta,
        _ => AggregationTemporality::Cumulative,
    };
    let sum = |is_monotonic| {
        Data::Sum(Sum {
            data_points: Vec::new(),
            aggregation_temporality: since.into(),
            is_monotonic,
        })
    };
    let data = match (point.metric_type, &point.histogram) {
        (MetricType::Counter, _) => sum(true),
        (MetricType::UpDownCounter, _) => sum(false),
        (MetricType::Histogram, Some(_)) => Data::Histogram(Histogram {
            data_points: Vec::new(),
            aggregation_temporality: since.into(),
        }),
        (MetricType::Gauge | MetricType::Histogram, _) => Data::Gauge(Gauge::default()),
    };
    Metric {
        name: point.name.clone(),
        unit: point.unit.clone().unwrap_or_default(),
        data: Some(data),
        ..Metric::default()
    }
}

/// Whether the points of two metrics are of one kind.
fn alike(a: &Metric, b: &Metric) -> bool {
    match (&a.data, &b.data) {
        (Some(Data::Gauge(_)), Some(Data::Gauge(_))) => true,
        (Some(Data::Sum(a)), Some(Data::Sum(b))) => {
            (a.aggregation_temporality, a.is_monotonic)
                == (b.aggregation_temporality, b.is_monotonic)
        }
        (Some(Data::Histogram(a)), Some(Data::Histogram(b))) => {
            a.aggregation_temporality == b.aggregation_temporality
        }
        _ => false,
    }
}

fn push(metric: &mut Metric, point: &MetricPoint) {
    match (&mut metric.data, &point.histogram) {
        (Some(Data::Gauge(gauge)), _) => gauge.data_points.push(number(point)),
        (Some(Data::Sum(sum)), _) => sum.data_points.push(number(point)),
        (Some(Data::Histogram(histogram)), Some(data)) => {
            histogram.data_points.push(distribution(point, data));
        }
        _ => {}
    }
}

fn number(point: &MetricPoint) -> NumberDataPoint {
    NumberDataPoint {
        attributes: labels(point),
        start_time_unix_nano: point.start_time.map(nanos).unwrap_or_default(),
        time_unix_nano: nanos(point.time),
        value: Some(number_data_point::Value::AsDouble(point.value)),
        ..NumberDataPoint::default()
    }
}

fn distribution(point: &MetricPoint, data: &HistogramData) -> HistogramDataPoint {
    let count = |count: i64| u64::try_from(count).unwrap_or_default();
    HistogramDataPoint {
        attributes: labels(point),
        start_time_unix_nano: point.start_time.map(nanos).unwrap_or_default(),
        time_unix_nano: nanos(point.time),
        count: count(data.count),
        sum: Some(point.value),
        bucket_counts: data.buckets.iter().map(|bucket| count(*bucket)).collect(),
        explicit_bounds: data.bounds.clone(),
        ..HistogramDataPoint::default()
    }
}

fn labels(point: &MetricPoint) -> Vec<KeyValue> {
    let of_origin = |name: &str| SERVICE.contains(&name) || name.starts_with(SCOPE);
    let own = point.labels.iter().filter(|(name, _)| !of_origin(name));
    own.map(|(name, value)| pair(name, Some(Value::StringValue(value.clone()))))
        .collect()
}

fn nanos(time: Timestamp) -> u64 {
    u64::try_from(time.nanos()).unwrap_or_default()
}

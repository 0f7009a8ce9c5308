//! Metric points as metrics and back.

use std::collections::BTreeMap;

use telemetron_model::Timestamp;
use telemetron_model::record::{HistogramData, MetricPoint, MetricType, Record, Temporality};

use crate::{encode, metrics::map};

fn point(name: &str, metric_type: MetricType, value: f64) -> MetricPoint {
    let labels = [("model", "m"), ("service.name", "shop")];
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let since = (metric_type != MetricType::Gauge).then_some(Temporality::Delta);
    MetricPoint {
        name: name.to_owned(),
        metric_type,
        unit: Some("s".to_owned()),
        labels: BTreeMap::from(labels.map(own)),
        value,
        histogram: None,
        temporality: since,
        instance: Some("shop-7".to_owned()),
        start_time: since.map(|_| Timestamp::from_nanos(1_700_000_000_000_000_000)),
        time: Timestamp::from_nanos(1_700_000_001_000_000_000),
    }
}

#[test]
fn points_of_every_type_come_back_as_they_were() {
    let histogram = MetricPoint {
        histogram: Some(HistogramData {
            count: 3,
            bounds: vec![0.1, 1.0],
            buckets: vec![1, 2, 0],
        }),
        ..point("seconds", MetricType::Histogram, 1.25)
    };
    let cumulative = MetricPoint {
        temporality: Some(Temporality::Cumulative),
        ..point("tokens", MetricType::Counter, 7.0)
    };
    let elsewhere = MetricPoint {
        instance: None,
        labels: BTreeMap::new(),
        ..point("queue", MetricType::Gauge, 4.0)
    };
    let scope = [
        ("otel.scope.name", "meter"),
        ("otel.scope.version", "2"),
        ("otel.scope.schema_url", "https://schema"),
        ("otel.scope.team", "a"),
        ("service.namespace", "mall"),
    ];
    let scope = scope.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let scoped = MetricPoint {
        labels: BTreeMap::from(scope),
        instance: Some("host/7".to_owned()),
        ..point("scoped", MetricType::Gauge, 1.0)
    };
    let points = [
        point("tokens", MetricType::Counter, 12.0),
        point("tokens", MetricType::Counter, 3.5),
        cumulative,
        point("open", MetricType::UpDownCounter, -2.0),
        point("queue", MetricType::Gauge, 4.0),
        histogram,
        elsewhere,
        scoped,
    ];
    let request = encode::metrics(points.iter());
    assert_eq!(request.resource_metrics.len(), 3, "one for each instance");
    let first = &request.resource_metrics[0].scope_metrics[0].metrics;
    assert_eq!(
        first.len(),
        5,
        "the two points of one metric stand together"
    );
    let mapped = map(&request);
    assert_eq!(mapped.rejected, []);
    let expected: Vec<_> = points.into_iter().map(Record::from).collect();
    assert_eq!(mapped.records, expected);
}

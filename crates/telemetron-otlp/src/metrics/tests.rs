//! What metrics become.

use telemetron_model::record::{MetricPoint, MetricType, Record, Temporality};

use super::map;
use crate::Mapped;
use crate::wire::{self, Encoding};

const TIMES: &str = r#""startTimeUnixNano":"1000","timeUnixNano":"2000""#;

fn mapped(metric: &str) -> Mapped {
    let json = format!(
        r#"{{"resourceMetrics":[{{
            "resource":{{"attributes":[
                {{"key":"service.name","value":{{"stringValue":"shop"}}}},
                {{"key":"service.instance.id","value":{{"stringValue":"i-1"}}}}
            ]}},
            "scopeMetrics":[{{"metrics":[{{"name":"m","unit":"s",{metric}}}]}}]
        }}]}}"#
    );
    map(&wire::decode_metrics(json.as_bytes(), Encoding::Json).unwrap())
}

fn points(metric: &str) -> Vec<MetricPoint> {
    let mapped = mapped(metric);
    assert_eq!(mapped.rejected, []);
    let records = mapped.records.into_iter();
    let points = records.map(|record| match record {
        Record::Metric(point) => *point,
        other => panic!("{other:?}"),
    });
    points.collect()
}

fn reason(metric: &str) -> String {
    let mapped = mapped(metric);
    assert!(mapped.records.is_empty());
    mapped.rejected[0].reason.clone()
}

#[test]
fn a_sum_is_a_counter_of_its_series() {
    let points = points(&format!(
        r#""sum":{{"isMonotonic":true,"aggregationTemporality":1,"dataPoints":[{{{TIMES},"asInt":"7",
            "attributes":[{{"key":"model","value":{{"stringValue":"x"}}}},{{"key":"n","value":{{"intValue":3}}}}]}}]}}"#
    ));
    let json: serde_json::Value =
        serde_json::from_slice(&Record::from(points[0].clone()).to_json().unwrap()).unwrap();
    insta::assert_json_snapshot!(json);
}

#[test]
fn sums_that_shrink_and_gauges_are_what_they_are() {
    let sum = format!(
        r#""sum":{{"aggregationTemporality":2,"dataPoints":[{{{TIMES},"asDouble":-1.5}}]}}"#
    );
    let point = points(&sum).remove(0);
    assert_eq!(
        (point.metric_type, point.value),
        (MetricType::UpDownCounter, -1.5)
    );
    assert_eq!(point.temporality, Some(Temporality::Cumulative));
    let gauge = format!(r#""gauge":{{"dataPoints":[{{{TIMES},"asInt":4}}]}}"#);
    let point = points(&gauge).remove(0);
    assert_eq!((point.metric_type, point.value), (MetricType::Gauge, 4.0));
    assert_eq!((point.temporality, point.start_time), (None, None));
}

#[test]
fn what_cannot_be_stored_is_rejected_with_what_to_change() {
    let gauge = |point: &str| format!(r#""gauge":{{"dataPoints":[{{{point}}}]}}"#);
    assert!(reason(&gauge(r#""asInt":4"#)).contains("set timeUnixNano"));
    assert!(reason(&gauge(r#""timeUnixNano":"1""#)).contains("set asInt or asDouble"));
    assert!(reason(&gauge(r#""timeUnixNano":"1","asDouble":"NaN""#)).contains("not finite"));
    let sum = format!(r#""sum":{{"dataPoints":[{{{TIMES},"asInt":1}}]}}"#);
    assert!(reason(&sum).contains("neither delta (1) nor cumulative (2)"));
    let histogram = format!(
        r#""histogram":{{"aggregationTemporality":1,"dataPoints":[{{{TIMES},"count":1,"sum":1,
            "bucketCounts":[1],"explicitBounds":[1]}}]}}"#
    );
    assert!(reason(&histogram).contains("one bucket more"));
}

#[test]
fn a_point_that_recorded_nothing_makes_no_record() {
    let stale = format!(r#""gauge":{{"dataPoints":[{{{TIMES},"flags":1}}]}}"#);
    assert_eq!(mapped(&stale), Mapped::default());
}

#[test]
fn a_histogram_keeps_its_buckets() {
    let histogram = format!(
        r#""histogram":{{"aggregationTemporality":2,"dataPoints":[{{{TIMES},"count":"3","sum":4.5,
            "bucketCounts":["1","2","0"],"explicitBounds":[1,2]}}]}}"#
    );
    let point = points(&histogram).remove(0);
    assert_eq!(point.value, 4.5);
    let distribution = point.histogram.unwrap();
    assert_eq!(distribution.bounds, [1.0, 2.0]);
    assert_eq!(
        (distribution.count, distribution.buckets),
        (3, vec![1, 2, 0])
    );
}

#[test]
fn an_exponential_histogram_gets_explicit_bounds() {
    let exponential = format!(
        r#""exponentialHistogram":{{"aggregationTemporality":1,"dataPoints":[{{{TIMES},
            "count":10,"sum":9,"scale":0,"zeroCount":2,
            "positive":{{"offset":1,"bucketCounts":[3,0,1]}},
            "negative":{{"offset":0,"bucketCounts":[4]}}}}]}}"#
    );
    let distribution = points(&exponential).remove(0).histogram.unwrap();
    // Negative (-2, -1], zero up to 2, then (2, 4], (4, 8], (8, 16] and nothing beyond.
    assert_eq!(distribution.bounds, [-2.0, -1.0, 2.0, 4.0, 8.0, 16.0]);
    assert_eq!(distribution.buckets, [0, 4, 2, 3, 0, 1, 0]);
    assert_eq!(distribution.count, 10);
}

#[test]
fn too_many_exponential_buckets_are_merged_and_none_is_lost() {
    let counts = vec!["1"; 1000].join(",");
    let exponential = format!(
        r#""exponentialHistogram":{{"aggregationTemporality":1,"dataPoints":[{{{TIMES},
            "count":1000,"sum":9,"scale":8,"positive":{{"offset":-333,"bucketCounts":[{counts}]}}}}]}}"#
    );
    let distribution = points(&exponential).remove(0).histogram.unwrap();
    assert_eq!(distribution.buckets.len(), distribution.bounds.len() + 1);
    assert!(distribution.buckets.len() < 170);
    assert_eq!(distribution.buckets.iter().sum::<i64>(), 1000);
}

#[test]
fn a_summary_is_a_gauge_a_quantile_and_two_counters() {
    let summary = format!(
        r#""summary":{{"dataPoints":[{{{TIMES},"count":5,"sum":2.5,"quantileValues":[
            {{"quantile":0.5,"value":0.4}},{{"quantile":0.99,"value":"NaN"}}]}}]}}"#
    );
    let points = points(&summary);
    let told: Vec<_> = points
        .iter()
        .map(|point| (point.name.as_str(), point.metric_type, point.value))
        .collect();
    assert_eq!(
        told,
        [
            ("m_count", MetricType::Counter, 5.0),
            ("m_sum", MetricType::Counter, 2.5),
            ("m", MetricType::Gauge, 0.4),
        ]
    );
    assert_eq!(points[2].labels["quantile"], "0.5");
}

/// What tells the series of a point from others: its instance and labels.
fn series(resource: &str, scope: &str) -> (Option<String>, u64, MetricPoint) {
    let json = format!(
        r#"{{"resourceMetrics":[{{"resource":{{"attributes":[{resource}]}},"scopeMetrics":[{{{scope}
            "metrics":[{{"name":"m","gauge":{{"dataPoints":[{{{TIMES},"asInt":"1"}}]}}}}]}}]}}]}}"#
    );
    let mapped = map(&wire::decode_metrics(json.as_bytes(), Encoding::Json).unwrap());
    match mapped.records.as_slice() {
        [Record::Metric(point)] => (point.instance.clone(), point.series_hash(), *point.clone()),
        other => panic!("{other:?}"),
    }
}

fn says(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs
        .iter()
        .map(|(key, value)| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#));
    pairs.collect::<Vec<_>>().join(",")
}

#[test]
fn each_scope_has_series_of_its_own() {
    let scopes = [
        "",
        r#""scope":{"name":"a"},"#,
        r#""scope":{"name":"b"},"#,
        r#""scope":{"name":"a","version":"2"},"#,
        r#""scope":{"name":"a","attributes":[{"key":"k","value":{"intValue":3}}]},"#,
        r#""scope":{"name":"a"},"schemaUrl":"https://s","#,
    ];
    let found: std::collections::BTreeSet<_> =
        scopes.iter().map(|scope| series("", scope).1).collect();
    assert_eq!(found.len(), scopes.len());
    assert_eq!(series("", scopes[3]).2.labels["otel.scope.version"], "2");
    assert_eq!(series("", scopes[4]).2.labels["otel.scope.k"], "3");
}

#[test]
fn each_process_is_an_instance_of_its_own() {
    let instance = |pairs: &[(&str, &str)]| series(&says(pairs), "").0;
    let host = ("host.name", "h");
    assert_eq!(instance(&[("service.name", "s")]), None);
    assert_eq!(
        instance(&[host, ("service.instance.id", "i-1"), ("process.pid", "7")]).as_deref(),
        Some("i-1")
    );
    assert_eq!(
        instance(&[host, ("process.pid", "7")]).as_deref(),
        Some("h/7")
    );
    assert_ne!(
        instance(&[host, ("process.pid", "7")]),
        instance(&[host, ("process.pid", "8")])
    );
    assert_eq!(instance(&[host]).as_deref(), Some("h"));
    let stage = |stage| instance(&[host, ("deployment.environment", stage)]);
    assert_ne!(stage("test"), stage("live"));
    assert_eq!(stage("test"), stage("test"));
}

#[test]
fn kind_unit_and_temporality_belong_to_a_series() {
    let of = |metric: &str| points(metric).remove(0).series_hash();
    let data = format!(r#""dataPoints":[{{{TIMES},"asInt":"1"}}]"#);
    let found = std::collections::BTreeSet::from([
        of(&format!(r#""gauge":{{{data}}}"#)),
        of(&format!(r#""sum":{{"aggregationTemporality":1,{data}}}"#)),
        of(&format!(r#""sum":{{"aggregationTemporality":2,{data}}}"#)),
        of(&format!(
            r#""sum":{{"isMonotonic":true,"aggregationTemporality":2,{data}}}"#
        )),
    ]);
    assert_eq!(found.len(), 4);
}

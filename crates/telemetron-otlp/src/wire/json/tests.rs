//! What OTLP/JSON may look like, and what it may not.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::Span;

use super::super::bounds::MAX_VALUE_DEPTH;
use super::{Fill, Meter, Room, WireError};

fn decode<T: Fill + Default>(body: &[u8]) -> Result<T, WireError> {
    super::decode(body, &Meter::holding(Room::without_end(&mut |_| true)))
}

fn spans(json: &str) -> Result<Vec<Span>, WireError> {
    let json = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":{json}}}]}}]}}"#);
    let mut request: ExportTraceServiceRequest = decode(json.as_bytes())?;
    Ok(request.resource_spans.remove(0).scope_spans.remove(0).spans)
}

fn span(json: &str) -> Span {
    spans(&format!("[{json}]")).unwrap().remove(0)
}

fn value(json: &str) -> Option<Value> {
    let attribute = format!(r#"{{"attributes":[{{"key":"k","value":{json}}}]}}"#);
    span(&attribute).attributes.remove(0).value?.value
}

#[test]
fn integers_come_quoted_bare_whole_or_in_halves() {
    for time in ["\"1700000000000000001\"", "1700000000000000001"] {
        let span = span(&format!(r#"{{"startTimeUnixNano":{time}}}"#));
        assert_eq!(span.start_time_unix_nano, 1_700_000_000_000_000_001);
    }
    assert_eq!(value(r#"{"intValue":2.0}"#), Some(Value::IntValue(2)));
    assert_eq!(value(r#"{"intValue":"-7"}"#), Some(Value::IntValue(-7)));
    let halves = r#"{"startTimeUnixNano":{"low":-1,"high":1,"unsigned":true}}"#;
    assert_eq!(span(halves).start_time_unix_nano, 0x1_ffff_ffff);
    assert_eq!(
        span(r#"{"droppedAttributesCount":"1"}"#).dropped_attributes_count,
        1
    );
}

#[test]
fn ids_in_base64_are_read_like_those_in_hex() {
    let of = |trace: &str, id: &str| {
        let json = format!(r#"{{"traceId":"{trace}","spanId":"{id}","parentSpanId":""}}"#);
        let span = span(&json);
        (span.trace_id, span.span_id)
    };
    let hex = of("abc10000000000000000000000000004", "00000000000000d1");
    assert_eq!((hex.0.len(), hex.1.len()), (16, 8));
    assert_eq!(of("q8EAAAAAAAAAAAAAAAAABA==", "AAAAAAAAANE="), hex);
    assert_eq!(of("q8EAAAAAAAAAAAAAAAAABA", "AAAAAAAAANE"), hex);
    // Digits of a wrong number are no id in base64 either.
    assert_eq!(of("abcdefabcdefabcdefabcdef", "0123456789ab").0.len(), 12);
}

#[test]
fn ids_are_hex_in_any_case_and_never_fail_the_request() {
    let span = span(r#"{"traceId":"0AfF","spanId":"xyz","parentSpanId":null}"#);
    assert_eq!(span.trace_id, [0x0a, 0xff]);
    assert!(span.span_id.is_empty() && span.parent_span_id.is_empty());
    let number = spans(r#"[{"spanId":42}]"#).unwrap().remove(0);
    assert!(number.span_id.is_empty());
}

#[test]
fn null_is_the_default_and_unknown_fields_are_ignored() {
    let request = br#"{"resourceSpans":null,"new":{"deep":[1,{}]}}"#;
    let request: ExportTraceServiceRequest = decode(request).unwrap();
    assert!(request.resource_spans.is_empty());
    let nulls =
        span(r#"{"name":null,"kind":null,"attributes":null,"status":null,"trace_id":"00"}"#);
    assert_eq!(nulls, Span::default());
    assert_eq!(spans("[null]").unwrap(), [Span::default()]);
}

#[test]
fn values_are_of_any_type_and_may_be_empty() {
    assert_eq!(value("{}"), None);
    assert_eq!(value("null"), None);
    assert_eq!(value(r#"{"stringValue":null}"#), None);
    assert_eq!(
        value(r#"{"arrayValue":{}}"#),
        Some(Value::ArrayValue(Default::default()))
    );
    let bytes = Some(Value::BytesValue(vec![1, 2, 254]));
    assert_eq!(value(r#"{"bytesValue":"AQL+"}"#), bytes);
    assert_eq!(
        value(r#"{"bytesValue":{"type":"Buffer","data":[1,2,254]}}"#),
        bytes
    );
    assert_eq!(
        value(r#"{"doubleValue":"-Infinity"}"#),
        Some(Value::DoubleValue(f64::NEG_INFINITY))
    );
    assert_eq!(value(r#"{"doubleValue":3}"#), Some(Value::DoubleValue(3.0)));
    assert!(matches!(value(r#"{"doubleValue":"NaN"}"#), Some(Value::DoubleValue(x)) if x.is_nan()));
}

#[test]
fn enums_are_numbers_and_names_are_understood() {
    assert_eq!(span(r#"{"kind":3}"#).kind, 3);
    assert_eq!(span(r#"{"kind":"SPAN_KIND_SERVER"}"#).kind, 2);
    assert_eq!(
        span(r#"{"status":{"code":"STATUS_CODE_ERROR"}}"#)
            .status
            .unwrap()
            .code,
        2
    );
    assert!(spans(r#"[{"kind":"server"}]"#).is_err());
}

#[test]
fn points_have_one_value_and_histograms_their_buckets() {
    let json = br#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
        {"name":"a","sum":{"dataPoints":[{"asInt":"9"},{"asDouble":1.5}],"isMonotonic":true}},
        {"name":"b","histogram":{"dataPoints":[{"bucketCounts":["1",2],"explicitBounds":[0.5],"sum":2}]}}
    ]}]}]}"#;
    let request: ExportMetricsServiceRequest = decode(json).unwrap();
    let metrics = &request.resource_metrics[0].scope_metrics[0].metrics;
    let Some(Data::Sum(sum)) = &metrics[0].data else {
        panic!()
    };
    assert_eq!((sum.data_points.len(), sum.is_monotonic), (2, true));
    let Some(Data::Histogram(histogram)) = &metrics[1].data else {
        panic!()
    };
    assert_eq!(histogram.data_points[0].bucket_counts, [1, 2]);
    assert_eq!(histogram.data_points[0].sum, Some(2.0));
}

#[test]
fn garbage_gives_a_sentence_with_the_place() {
    let error = spans(r#"[{},{"startTimeUnixNano":"soon"}]"#)
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("at `resourceSpans[0].scopeSpans[0].spans[1].startTimeUnixNano`"),
        "{error}"
    );
    assert!(error.contains("an integer that fits into u64"), "{error}");
    let error = decode::<ExportTraceServiceRequest>(b"<html>")
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("the body is no OTLP/JSON: expected value"),
        "{error}"
    );
    assert!(decode::<ExportTraceServiceRequest>(b"{} {}").is_err());
    assert!(decode::<ExportTraceServiceRequest>(b"[]").is_err());
}

#[test]
fn a_value_that_nests_too_deep_is_cut_alone_however_deep_it_is() {
    let nested = |levels: usize| {
        let before = r#"{"arrayValue":{"values":["#.repeat(levels);
        format!(r#"{before}{{"intValue":1}}{}"#, "]}}".repeat(levels))
    };
    for levels in [MAX_VALUE_DEPTH + 1, 200, 50_000] {
        let deep = nested(levels);
        let request = format!(
            r#"[{{"name":"a","attributes":[{{"key":"k","value":{deep}}},{{"key":"l"}}]}},{{"name":"b"}}]"#
        );
        let spans = spans(&request).unwrap();
        assert_eq!((spans.len(), spans[0].attributes.len()), (2, 2));
        let written = format!("{:?}", spans[0].attributes[0]);
        assert!(
            written.contains("nested deeper than 24 levels"),
            "{written}"
        );
    }
    let whole = format!(
        r#"[{{"attributes":[{{"key":"k","value":{}}}]}}]"#,
        nested(MAX_VALUE_DEPTH)
    );
    let written = format!("{:?}", spans(&whole).unwrap());
    assert!(written.contains("IntValue(1)"), "{written}");
}

#[test]
fn a_body_of_another_kind_than_was_said_is_recognised() {
    use crate::wire::{Encoding, decode_traces};
    let refused = |body: &[u8], encoding| decode_traces(body, encoding).unwrap_err().to_string();
    let json = br#"{"resourceSpans":[]}"#;
    assert!(refused(json, Encoding::Protobuf).contains("looks like JSON"));
    for encoding in [Encoding::Protobuf, Encoding::Json] {
        assert!(refused(&[0x1f, 0x8b, 8, 0], encoding).contains("packed with gzip"));
    }
    let protobuf = [0x0a, 0x04, 0x12, 0x02, 0x12, 0x00];
    assert!(refused(&protobuf, Encoding::Json).contains("looks like protobuf"));
}

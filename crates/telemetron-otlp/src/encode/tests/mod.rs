//! What goes out comes in again.

mod notes;
mod points;
mod whole;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use telemetron_model::record::{ErrorInfo, Record, Resource, Span, SpanKind, Status, TokenUsage};
use telemetron_model::{NanoUsd, RawJson, Timestamp};

use super::traces;
use crate::wire::{self, Encoding};
use crate::{Prices, traces as mapping};

fn spans(json: &str) -> Vec<Span> {
    let request = wire::decode_traces(json.as_bytes(), Encoding::Json).unwrap();
    read(&request)
}

fn read(request: &crate::proto::collector::trace::v1::ExportTraceServiceRequest) -> Vec<Span> {
    let records = mapping::map(request, &Prices::default())
        .records
        .into_iter();
    let spans = records.filter_map(|record| match record {
        Record::Span(span) => Some(*span),
        _ => None,
    });
    spans.collect()
}

#[test]
fn spans_that_came_by_otlp_go_out_as_they_came() {
    let json = r#"{"resourceSpans":[{"resource":{"attributes":[
        {"key":"service.name","value":{"stringValue":"shop"}},
        {"key":"blob","value":{"bytesValue":"AQI="}}]},
        "scopeSpans":[{"scope":{"name":"lib","version":"1","attributes":[
            {"key":"s","value":{"intValue":"1"}}]},
        "spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708",
            "traceState":"a=b","parentSpanId":"1112131415161718","flags":257,"name":"step","kind":3,
            "startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001000000000",
            "attributes":[
                {"key":"bytes","value":{"bytesValue":"AQI="}},
                {"key":"empty","value":{"arrayValue":{"values":[]}}},
                {"key":"huge","value":{"doubleValue":1e+300}},
                {"key":"map","value":{"kvlistValue":{"values":[{"key":"b","value":{"intValue":"1"}},{"key":"a","value":{}}]}}},
                {"key":"text","value":{"stringValue":"NaN"}},
                {"key":"whole","value":{"doubleValue":3.0}}],
            "events":[{"timeUnixNano":"1700000000500000000","name":"tick"}],
            "links":[{"traceId":"aa02030405060708090a0b0c0d0e0f10","spanId":"aa02030405060708","flags":1}],
            "status":{"message":"no","code":2}}],"schemaUrl":"u"}],"schemaUrl":"v"}]}"#;
    let written = wire::encode_traces(&traces(spans(json).iter()), Encoding::Json);
    let (written, expected): (serde_json::Value, serde_json::Value) = (
        serde_json::from_slice(&written).unwrap(),
        serde_json::from_str(json).unwrap(),
    );
    assert_eq!(sorted(written), sorted(expected));
}

#[test]
fn times_that_were_repaired_go_out_as_they_came() {
    let json = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{
        "traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"s",
        "startTimeUnixNano":"1700000000000","endTimeUnixNano":"1600000000000"}]}]}]}"#;
    let first = spans(json);
    assert_eq!(first[0].start_time.nanos(), 1_700_000_000_000_000_000);
    assert_eq!(first[0].end_time, Some(first[0].start_time));
    let written = traces(first.iter());
    let span = &written.resource_spans[0].scope_spans[0].spans[0];
    let times = (span.start_time_unix_nano, span.end_time_unix_nano);
    assert_eq!(times, (1_700_000_000_000, 1_600_000_000_000));
    assert_eq!(read(&written), first);
}

/// The same with the attributes of each list in order of name.
fn sorted(mut value: serde_json::Value) -> serde_json::Value {
    let mut waiting = vec![&mut value];
    while let Some(value) = waiting.pop() {
        match value {
            serde_json::Value::Array(items) => {
                if items.iter().all(|item| item.get("key").is_some()) {
                    items.sort_by_key(|item| item["key"].to_string());
                }
                waiting.extend(items);
            }
            serde_json::Value::Object(fields) => waiting.extend(fields.values_mut()),
            _ => {}
        }
    }
    value
}

fn of_ours(kind: SpanKind) -> Span {
    let (trace, id) = ("0102030405060708090a0b0c0d0e0f10", "0102030405060708");
    let start = Timestamp::from_nanos(1_700_000_000_000_000_000);
    Span {
        status: Status::Completed,
        end_time: Some(start.plus_nanos(5)),
        agent_id: Some("a-1".to_owned()),
        agent_name: Some("coder".to_owned()),
        session_id: Some("s".to_owned()),
        user_id: Some("u".to_owned()),
        resource: Some(Resource {
            service: Some("shop".to_owned()),
            pod: Some("shop-7".to_owned()),
            ..Resource::default()
        }),
        ..Span::started(
            trace.parse().unwrap(),
            id.parse().unwrap(),
            "step",
            kind,
            start,
        )
    }
}

fn back(span: &Span) -> Span {
    read(&traces([span].into_iter())).remove(0)
}

#[test]
fn a_call_of_ours_is_understood_in_the_words_of_the_conventions() {
    let call = Span {
        model: Some("gpt-5.5".to_owned()),
        provider: Some("openai".to_owned()),
        finish_reason: Some("stop".to_owned()),
        token_usage: Some(TokenUsage {
            cached: 4,
            reasoning: 2,
            ..TokenUsage::new(10, 5)
        }),
        cost_usd: NanoUsd::from_usd(0.25),
        input_data: RawJson::from_text(r#"[{"role":"user","content":"hi"}]"#.to_owned()).ok(),
        ..of_ours(SpanKind::Llm)
    };
    let read = back(&call);
    assert_eq!(read.span_kind, SpanKind::Llm);
    assert_eq!((read.model, read.provider), (call.model, call.provider));
    assert_eq!(
        (read.agent_id, read.agent_name),
        (call.agent_id, call.agent_name)
    );
    assert_eq!(
        (read.session_id, read.user_id),
        (call.session_id, call.user_id)
    );
    assert_eq!(
        (read.token_usage, read.cost_usd),
        (call.token_usage, call.cost_usd)
    );
    assert_eq!(read.finish_reason, call.finish_reason);
    assert_eq!(read.input_data, call.input_data);
    assert_eq!(read.resource, call.resource);
    assert_eq!(
        (read.start_time, read.end_time, read.status),
        (call.start_time, call.end_time, call.status)
    );
}

#[test]
fn every_kind_of_ours_comes_back_as_itself() {
    for kind in SpanKind::ALL {
        assert_eq!(back(&of_ours(*kind)).span_kind, *kind);
    }
}

#[test]
fn a_failure_of_ours_keeps_type_message_and_stack() {
    let error = ErrorInfo {
        error_type: "TimeoutError".to_owned(),
        message: "the request timed out".to_owned(),
        stack: Some("at line 1".to_owned()),
        category: None,
        severity: None,
        retryable: None,
    };
    let failed = Span {
        status: Status::Failed,
        error: Some(error.clone()),
        ..of_ours(SpanKind::Tool)
    };
    let read = back(&failed).error.unwrap();
    assert_eq!(
        (read.error_type, read.message, read.stack),
        (error.error_type, error.message, error.stack)
    );
}

#[test]
fn long_ids_are_hashed_the_same_as_child_and_as_parent() {
    let long = "0102030405060708090a0b0c".parse().unwrap();
    let parent = Span {
        span_id: long,
        ..of_ours(SpanKind::Agent)
    };
    let child = Span {
        parent_span_id: Some(long),
        ..of_ours(SpanKind::Tool)
    };
    let request = traces([&parent, &child].into_iter());
    let written = &request.resource_spans[0].scope_spans[0].spans;
    assert_eq!(written[0].span_id.len(), 8);
    assert_eq!(written[0].span_id, written[1].parent_span_id);
}

#[test]
fn spans_stand_together_by_resource_and_scope() {
    let other = Span {
        resource: None,
        ..of_ours(SpanKind::Chain)
    };
    let ours = of_ours(SpanKind::Chain);
    let request = traces([&ours, &other, &ours].into_iter());
    let sizes: Vec<_> = request
        .resource_spans
        .iter()
        .map(|spans| spans.scope_spans[0].spans.len())
        .collect();
    assert_eq!(sizes, [2, 1]);
    let names = |attributes: &[KeyValue]| {
        attributes
            .iter()
            .map(|pair| pair.key.clone())
            .collect::<Vec<_>>()
    };
    let first = request.resource_spans[0].resource.as_ref().unwrap();
    assert_eq!(names(&first.attributes), ["k8s.pod.name", "service.name"]);
}

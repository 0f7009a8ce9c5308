//! The forms of other tracers, each on a small recording written for the test.

use serde_json::json;
use telemetron_model::record::{SpanKind, Status};

use super::Run;
use crate::{Reading, read_file};

#[test]
fn jaeger_spans_keep_their_process_their_types_and_their_failure() {
    let run = Run::from_json(&json!({"data": [{
        "traceID": "2be38093ead7a083",
        "spans": [{
            "traceID": "2be38093ead7a083", "spanID": "b1", "operationName": "execute_tool search",
            "references": [{"refType": "CHILD_OF", "traceID": "2be38093ead7a083", "spanID": "a1"}],
            "startTime": 1_700_000_000_000_000_u64, "duration": 1500, "processID": "p1",
            "tags": [
                {"key": "gen_ai.operation.name", "type": "string", "value": "execute_tool"},
                {"key": "gen_ai.tool.name", "type": "string", "value": "search"},
                {"key": "error", "type": "bool", "value": true},
                {"key": "hits", "type": "int64", "value": "3"},
            ],
            "logs": [{"timestamp": 1_700_000_000_000_100_u64,
                      "fields": [{"key": "event", "type": "string", "value": "cache miss"}]}],
        }],
        "processes": {"p1": {"serviceName": "searcher", "tags": []}},
    }]}));
    assert_eq!(run.format, "jaeger");
    let span = run.spans()[0];
    assert_eq!(
        span.trace_id.to_string(),
        format!("{:032x}", 0x2be3_8093_ead7_a083_u64)
    );
    assert_eq!(span.parent_span_id.unwrap().to_string(), "00000000000000a1");
    assert_eq!(
        (span.span_kind, span.status),
        (SpanKind::Tool, Status::Failed)
    );
    assert_eq!(span.end_time.unwrap().since(span.start_time), 1_500_000);
    assert_eq!(
        span.resource.as_ref().unwrap().service.as_deref(),
        Some("searcher")
    );
    assert!(
        span.attributes
            .as_ref()
            .unwrap()
            .get()
            .contains("\"hits\":3")
    );
    assert!(span.events.as_ref().unwrap().get().contains("cache miss"));
}

#[test]
fn the_two_sides_of_a_zipkin_call_are_two_spans() {
    let side = |shared: bool| {
        Run::from_json(&json!({
            "traceId": "5af7183fb1d4cf5f", "id": "352bff9a74ca9ad2", "parentId": "6b221d5bc9e6496c",
            "name": "get", "kind": if shared { "SERVER" } else { "CLIENT" }, "shared": shared,
            "timestamp": 1_556_604_172_355_737_u64, "duration": 1431,
            "localEndpoint": {"serviceName": "backend"}, "tags": {"error": "503"},
        }))
    };
    let (client, server) = (side(false), side(true));
    assert_eq!(client.format, "zipkin");
    assert_eq!(
        client.spans()[0].parent_span_id.unwrap().to_string(),
        "6b221d5bc9e6496c"
    );
    assert_eq!(
        server.spans()[0].parent_span_id,
        Some(client.spans()[0].span_id)
    );
    assert_ne!(server.spans()[0].span_id, client.spans()[0].span_id);
    assert_eq!(client.spans()[0].status, Status::Failed);
}

#[test]
fn sdk_spans_are_read_with_ids_as_hex_and_as_numbers() {
    let span = |trace: serde_json::Value, id: serde_json::Value| {
        Run::from_json(&json!({
            "name": "invoke_agent planner", "kind": "SpanKind.INTERNAL", "parent_id": null,
            "context": {"trace_id": trace, "span_id": id},
            "start_time": "2026-01-02T03:04:05.000000Z", "end_time": "2026-01-02T03:04:06.000000Z",
            "status": {"status_code": "OK"},
            "attributes": {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"},
            "resource": {"attributes": {"service.name": "team"}},
        }))
    };
    let hex = span(
        "0x0000000000000000000000000000beef".into(),
        "0x00000000000000ab".into(),
    );
    let number = span(48879.into(), 171.into());
    assert_eq!(hex.format, "otel-sdk");
    assert_eq!(hex.bytes(), number.bytes());
    assert_eq!(hex.spans()[0].agent_name.as_deref(), Some("planner"));
}

#[test]
fn an_agents_sdk_run_keeps_its_long_ids_and_its_handoff() {
    let trace = "trace_00000000000000000000000000000abc";
    let span = |id: &str, parent: Option<&str>, data: serde_json::Value| {
        json!({"object": "trace.span", "id": format!("span_{id:0>24}"), "trace_id": trace,
               "parent_id": parent.map(|id| format!("span_{id:0>24}")), "span_data": data, "error": null,
               "started_at": "2026-01-02T03:04:05+00:00", "ended_at": "2026-01-02T03:04:06+00:00"})
    };
    let run = Run::from_json(&json!({"data": [
        {"object": "trace", "id": trace, "workflow_name": "support", "group_id": "chat-7"},
        span("1", None, json!({"type": "agent", "name": "Triage", "handoffs": ["Billing"]})),
        span("2", Some("1"), json!({"type": "response", "response_id": "r", "response": {
            "model": "gpt-5", "usage": {"input_tokens": 100, "output_tokens": 20,
                                        "input_tokens_details": {"cached_tokens": 40}}}})),
        span("3", Some("1"), json!({"type": "handoff", "from_agent": "Triage", "to_agent": "Billing"})),
    ]}));
    assert_eq!(run.format, "openai-agents");
    let model = run.span("response");
    assert_eq!(model.span_id.to_string(), format!("{:024x}", 2));
    assert_eq!(
        model.parent_span_id.unwrap().to_string(),
        format!("{:024x}", 1)
    );
    let usage = model.token_usage.unwrap();
    assert_eq!((usage.input, usage.cached, usage.total), (100, 40, 120));
    assert!(model.cost_usd.is_some());
    assert_eq!(run.passes(), [("Triage", "Billing")]);
    assert_eq!(run.trace().name.as_deref(), Some("support"));
    assert!(
        run.spans()
            .iter()
            .all(|span| span.session_id.as_deref() == Some("chat-7"))
    );
}

#[test]
fn a_langfuse_export_is_its_trace_and_its_observations() {
    let run = Run::from_json(&json!({
        "trace": {"id": "0a7f0e2c-11d4-4b6e-9f21-5b6d9c3e8f70", "name": "chat", "sessionId": "s",
                  "timestamp": "2026-01-02T03:04:05.000Z", "input": "\"hi\"", "output": "bye"},
        "observations": [{
            "id": "1cffdfa6-fe34-12e6-0000-000000000001", "traceId": "0a7f0e2c-11d4-4b6e-9f21-5b6d9c3e8f70",
            "type": "GENERATION", "name": "answer", "parentObservationId": null, "level": "ERROR",
            "statusMessage": "overloaded", "model": "gpt-5", "input": [{"role": "user", "content": "hi"}],
            "startTime": "2026-01-02T03:04:05.000Z", "endTime": "2026-01-02T03:04:07.000Z",
            "usageDetails": {"input": 10, "output": 5, "total": 15}, "costDetails": {"total": 0.25},
        }],
    }));
    assert_eq!(run.format, "langfuse");
    let span = run.span("answer");
    assert_eq!(span.span_id.to_string(), "1cffdfa6fe3412e60000000000000001");
    assert_eq!(
        (span.span_kind, span.status),
        (SpanKind::Llm, Status::Failed)
    );
    assert_eq!(span.token_usage.unwrap().total, 15);
    assert_eq!(span.cost_usd.unwrap().nanos(), 250_000_000);
    assert_eq!(span.session_id.as_deref(), Some("s"));
    assert_eq!(run.trace().user_input.as_ref().unwrap().get(), "\"hi\"");
}

#[test]
fn otlp_is_the_same_as_json_and_as_protobuf_alone_and_behind_its_length() {
    let json = json!({"resourceSpans": [{"scopeSpans": [{"spans": [
        {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "chat gpt-5",
         "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000",
         "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}]},
        {"traceId": "00", "spanId": "b7ad6b7169203332", "name": "broken"},
    ]}]}]});
    let text = json.to_string();
    let request = telemetron_otlp::wire::decode_traces(
        text.as_bytes(),
        telemetron_otlp::wire::Encoding::Json,
    );
    let bytes = telemetron_otlp::wire::encode_traces(
        &request.unwrap(),
        telemetron_otlp::wire::Encoding::Protobuf,
    );
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    let framed = [length.as_slice(), &bytes, &length, &bytes].concat();
    let expected = read_one(text.as_bytes());
    assert_eq!(expected.1.len(), 1, "the span without an id is named");
    assert_eq!(read_one(&bytes), expected);
    assert_eq!(read_file(&framed, None).count(), 2);
}

/// The records of a file, as they would travel, and what was rejected.
fn read_one(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let reading = read_file(bytes, None).next().unwrap();
    let Reading::Run { run, .. } = reading else {
        panic!("{reading:?}")
    };
    let records = run.records.iter().map(|record| record.to_json().unwrap());
    let texts = records.map(|bytes| String::from_utf8(bytes).unwrap());
    (texts.collect(), run.rejected)
}

//! What a span becomes, whatever dialect it speaks.

mod sums;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use telemetron_model::record::{
    ErrorCategory, Handoff, HandoffRule, Record, Span, SpanKind, Status,
};

use super::map;
use crate::wire::{self, Encoding};
use crate::{Mapped, Prices};

const IDS: &str = r#""traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708""#;
const TIMES: &str =
    r#""startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001500000000""#;

fn mapped(spans: &str) -> Mapped {
    let json = format!(
        r#"{{"resourceSpans":[{{
            "resource":{{"attributes":[
                {{"key":"service.name","value":{{"stringValue":"shop"}}}},
                {{"key":"service.namespace","value":{{"stringValue":"store"}}}},
                {{"key":"k8s.pod.name","value":{{"stringValue":"shop-7"}}}}
            ]}},
            "scopeSpans":[{{"scope":{{"name":"lib","version":"1"}},"spans":{spans}}}]
        }}]}}"#
    );
    let request = wire::decode_traces(json.as_bytes(), Encoding::Json).unwrap();
    map(&request, &Prices::default())
}

fn spans(json: &str) -> Vec<Span> {
    let records = mapped(json).records.into_iter();
    let spans = records.filter_map(|record| match record {
        Record::Span(span) => Some(*span),
        _ => None,
    });
    spans.collect()
}

/// The span of these fields, which follow ids and times.
fn span(fields: &str) -> Span {
    spans(&format!("[{{{IDS},{TIMES}{fields}}}]")).remove(0)
}

fn handoffs(mapped: Mapped) -> Vec<Handoff> {
    let records = mapped.records.into_iter();
    let handoffs = records.filter_map(|record| match record {
        Record::Handoff(handoff) => Some(*handoff),
        _ => None,
    });
    handoffs.collect()
}

fn text(key: &str, value: &str) -> String {
    format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)
}

#[test]
fn a_span_becomes_a_record_that_keeps_everything() {
    let span = span(
        r#","parentSpanId":"1112131415161718","name":"step","kind":3,"flags":257,"traceState":"a=b",
        "droppedEventsCount":2,
        "attributes":[
            {"key":"n","value":{"intValue":"7"}},
            {"key":"bytes","value":{"bytesValue":"AQI="}},
            {"key":"nan","value":{"doubleValue":"NaN"}},
            {"key":"list","value":{"arrayValue":{"values":[{"boolValue":true},{"doubleValue":0.5}]}}},
            {"key":"map","value":{"kvlistValue":{"values":[{"key":"x","value":{"stringValue":"y"}}]}}}
        ],
        "events":[{"timeUnixNano":"1700000000500000000","name":"tick","attributes":[
            {"key":"i","value":{"intValue":1}}]}],
        "links":[{"traceId":"aa02030405060708090a0b0c0d0e0f10","spanId":"aa02030405060708"}]"#,
    );
    let json: serde_json::Value =
        serde_json::from_slice(&Record::from(span).to_json().unwrap()).unwrap();
    insta::assert_json_snapshot!(json);
}

#[test]
fn ids_of_wrong_length_or_zeros_reject_their_span_alone() {
    let mapped = mapped(&format!(
        r#"[
            {{"name":"short","traceId":"0102","spanId":"0102030405060708",{TIMES}}},
            {{"name":"zeros","traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000000",{TIMES}}},
            {{"name":"late",{IDS},"startTimeUnixNano":"18446744073709551615"}},
            {{"name":"timeless",{IDS}}},
            {{"name":"good",{IDS},{TIMES}}}
        ]"#
    ));
    assert_eq!(mapped.records.len(), 1);
    let items: Vec<_> = mapped
        .rejected
        .iter()
        .map(|rejected| rejected.item.as_str())
        .collect();
    assert_eq!(
        items,
        [
            "span `short` 0102030405060708",
            "span `zeros` 0000000000000000",
            "span `late` 0102030405060708",
            "span `timeless` 0102030405060708",
        ]
    );
    let message = mapped.rejection_message().unwrap();
    assert!(
        message.contains("1 × the span has no time; set startTimeUnixNano"),
        "{message}"
    );
}

#[test]
fn times_are_repaired_where_they_have_one_meaning() {
    let times = |times: &str| {
        let span = spans(&format!("[{{{IDS},{times}}}]")).remove(0);
        let end = span.end_time.map(telemetron_model::Timestamp::nanos);
        (span.start_time.nanos(), end, span.status)
    };
    let backwards = r#""startTimeUnixNano":"1000","endTimeUnixNano":"900""#;
    assert_eq!(times(backwards), (1000, Some(1000), Status::Completed));
    let no_start = r#""endTimeUnixNano":"900""#;
    assert_eq!(times(no_start), (900, Some(900), Status::Completed));
    let no_end = r#""startTimeUnixNano":"1000""#;
    assert_eq!(times(no_end), (1000, None, Status::Running));
    let failed = r#""startTimeUnixNano":"1000","status":{"code":2}"#;
    assert_eq!(times(failed), (1000, Some(1000), Status::Failed));
    let event = r#""events":[{"name":"e","timeUnixNano":"7"}]"#;
    assert_eq!(times(event), (7, None, Status::Running));
}

#[test]
fn a_parent_of_zeros_or_of_its_own_id_is_none() {
    for parent in ["0000000000000000", "0102030405060708", "0102", ""] {
        let span = span(&format!(r#","parentSpanId":"{parent}""#));
        assert_eq!(span.parent_span_id, None, "{parent}");
    }
}

#[test]
fn the_status_of_an_http_answer_is_the_type_of_an_error_that_names_none() {
    let answered = |name: &str, code: u16| {
        let fields = format!(
            r#","status":{{"code":2}},"attributes":[{{"key":"{name}","value":{{"intValue":"{code}"}}}}]"#
        );
        span(&fields).error.unwrap()
    };
    let limited = answered("http.response.status_code", 429);
    assert_eq!(
        (limited.error_type.as_str(), limited.category),
        ("429", Some(ErrorCategory::Llm))
    );
    assert_eq!(answered("http.status_code", 503).error_type, "503");
    assert_eq!(
        answered("http.response.status_code", 200).error_type,
        "_OTHER"
    );
}

#[test]
fn session_and_user_may_be_numbers() {
    let span = span(
        r#","attributes":[{"key":"session.id","value":{"intValue":"42"}},
            {"key":"user.id","value":{"intValue":"7"}}]"#,
    );
    assert_eq!(
        (span.session_id.as_deref(), span.user_id.as_deref()),
        (Some("42"), Some("7"))
    );
}

#[test]
fn errors_come_from_status_exception_and_attributes_together() {
    let exception = format!(
        r#","events":[{{"name":"exception","attributes":[{},{},{}]}}]"#,
        text("exception.type", "RateLimitError"),
        text("exception.message", "too many requests"),
        text("exception.stacktrace", "at line 1"),
    );
    let failed = span(&format!(
        r#"{exception},"status":{{"code":2,"message":"shorter"}}"#
    ));
    let error = failed.error.unwrap();
    assert_eq!(failed.status, Status::Failed);
    assert_eq!(
        (error.error_type.as_str(), error.message.as_str()),
        ("RateLimitError", "too many requests")
    );
    assert_eq!(error.stack.as_deref(), Some("at line 1"));
    assert_eq!(
        (error.category, error.retryable),
        (Some(ErrorCategory::Llm), Some(true))
    );

    let unset = span(&exception);
    assert_eq!(unset.status, Status::Failed, "an exception left it");
    let ok = span(&format!(r#"{exception},"status":{{"code":1}}"#));
    assert_eq!(
        (ok.status, ok.error),
        (Status::Completed, None),
        "it was handled"
    );

    let status = span(r#","status":{"code":2,"message":"no"}"#)
        .error
        .unwrap();
    assert_eq!(
        (status.error_type.as_str(), status.message.as_str()),
        ("_OTHER", "no")
    );
}

#[test]
fn an_exception_that_did_not_escape_is_no_failure() {
    let events = r#","events":[{"name":"exception","attributes":[
        {"key":"exception.escaped","value":{"boolValue":false}}]}]"#;
    assert_eq!(span(events).status, Status::Completed);
}

#[test]
fn message_events_are_input_and_output_where_attributes_bring_none() {
    let span = span(&format!(
        r#","attributes":[{}],"events":[
            {{"name":"gen_ai.system.message","attributes":[{}]}},
            {{"name":"gen_ai.user.message","attributes":[{},{}]}},
            {{"name":"gen_ai.choice","attributes":[{},{{"key":"index","value":{{"intValue":0}}}}]}}
        ]"#,
        text("gen_ai.request.model", "m"),
        text("content", "be brief"),
        text("content", "hello"),
        text("gen_ai.system", "openai"),
        text("finish_reason", "stop"),
    ));
    let json = |payload: Option<telemetron_model::RawJson>| -> serde_json::Value {
        payload.unwrap().parse().unwrap()
    };
    let input = json(span.input_data);
    assert_eq!(
        input[0],
        serde_json::json!({"role": "system", "content": "be brief"})
    );
    assert_eq!(
        input[1],
        serde_json::json!({"role": "user", "content": "hello"})
    );
    assert_eq!(json(span.output_data)[0]["finish_reason"], "stop");
}

#[test]
fn an_announced_start_is_the_running_span_that_it_announces() {
    let pending = format!(
        r#"[{{"name":"agent run","traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"ffffffffffffffff",
        "parentSpanId":"0102030405060708",{TIMES},"attributes":[{},{}]}}]"#,
        text("logfire.span_type", "pending_span"),
        text("logfire.pending_parent_id", "1112131415161718"),
    );
    let running = spans(&pending).remove(0);
    assert_eq!(running.span_id.to_string(), "0102030405060708");
    assert_eq!(
        running.parent_span_id.unwrap().to_string(),
        "1112131415161718"
    );
    assert_eq!((running.status, running.end_time), (Status::Running, None));
    assert_eq!((running.attributes, running.input_data), (None, None));
}

#[test]
fn an_agent_below_another_span_may_have_been_handed_work() {
    let agent = format!(
        r#"[{{{IDS},{TIMES},"parentSpanId":"1112131415161718","attributes":[{},{}]}}]"#,
        text("gen_ai.operation.name", "invoke_agent"),
        text("gen_ai.agent.name", "coder"),
    );
    let found = mapped(&agent);
    let [handoff] = handoffs(found).try_into().unwrap();
    assert_eq!(handoff.handoff_id, "0102030405060708-nested");
    assert_eq!(handoff.span_id.unwrap().to_string(), "1112131415161718");
    assert_eq!(
        (
            handoff.source_agent_name,
            handoff.target_agent_name.as_str()
        ),
        (None, "coder")
    );
    assert_eq!(
        handoff.rule.as_deref(),
        Some(HandoffRule::NestedAgent.as_str())
    );
    assert_eq!(
        handoffs(mapped(&agent)).len(),
        1,
        "a root or another kind tells nothing"
    );
}

#[test]
fn the_same_request_gives_the_same_bytes() {
    let request = format!("[{{{IDS},{TIMES},\"name\":\"x\"}}]");
    let bytes = |mapped: Mapped| mapped.records[0].to_json().unwrap();
    assert_eq!(bytes(mapped(&request)), bytes(mapped(&request)));
}

#[test]
fn payloads_beyond_the_limit_are_cut_and_the_record_is_kept() {
    let large = "x".repeat(5 * 1024 * 1024);
    let span = span(&format!(
        r#","attributes":[{},{},{}]"#,
        text("input.value", &large),
        text("openinference.span.kind", "TOOL"),
        text("note", &"y".repeat(4 * 1024 * 1024)),
    ));
    assert_eq!(span.span_kind, SpanKind::Tool);
    assert_eq!(
        span.input_data.as_ref().unwrap().get().len(),
        large.len() + 2,
        "input stays whole"
    );
    let attributes: serde_json::Value = span.attributes.as_ref().unwrap().parse().unwrap();
    assert_eq!(
        attributes["note"]["telemetron.cut"]["bytes"],
        4 * 1024 * 1024 + 2
    );
    assert_eq!(attributes["openinference.span.kind"], "TOOL");
    assert!(
        Record::from(span).to_json().unwrap().len() <= telemetron_model::decode::MAX_RECORD_BYTES
    );
}

#[test]
fn an_empty_request_maps_to_nothing() {
    let nothing = map(&ExportTraceServiceRequest::default(), &Prices::default());
    assert_eq!(nothing, Mapped::default());
    assert_eq!(nothing.rejection_message(), None);
}

#[test]
fn a_name_that_is_a_template_is_filled_in() {
    let named = |name: &str, attributes: &[(&str, &str)]| {
        let attributes: Vec<_> = attributes
            .iter()
            .map(|(key, value)| text(key, value))
            .collect();
        let template = text("logfire.msg_template", name);
        let attributes = attributes.join(",");
        span(&format!(
            r#","name":"{name}","attributes":[{template},{attributes}]"#
        ))
        .name
    };
    let cases = [
        (
            named("Agent run: {name!r}", &[("name", "Booker")]),
            "Agent run: Booker",
        ),
        (
            named("OpenAI Agents trace: {name}", &[("name", "Trip")]),
            "Trip",
        ),
        (
            named(
                "Chat with {gen_ai.request.model!r} now",
                &[("gen_ai.request.model", "m")],
            ),
            "Chat with m now",
        ),
        (
            named("Hello {who}", &[("logfire.msg", "Hello Ada")]),
            "Hello Ada",
        ),
        (named("Odd {x", &[("x", "1")]), "Odd {x"),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
    assert_eq!(
        span(r#","name":"GET /items/{id}","attributes":[]"#).name,
        "GET /items/{id}"
    );
}

#[test]
fn a_failure_that_is_stated_beside_the_status_counts() {
    let tool = |attributes: &str| {
        span(&format!(
            r#","name":"t","status":{{"code":1}},"attributes":[{},{attributes}]"#,
            text("gen_ai.tool.name", "t")
        ))
    };
    let result = |json: &str| text("gen_ai.tool.call.result", &json.replace('"', "\\\""));
    let failed = [
        (text("gen_ai.tool.status", "error"), ""),
        (
            result(r#"{"content":[{"type":"text","text":"read-only"}],"isError":true}"#),
            "read-only",
        ),
        (
            result(r#"[{"type":"tool_result","is_error":true,"content":"read-only"}]"#),
            "read-only",
        ),
        (
            result(r#"{"role":"tool","tool_call_id":"1","status":"error","content":"read-only"}"#),
            "read-only",
        ),
        (
            result(
                r#"[{"toolResult":{"toolUseId":"1","status":"error","content":[{"text":"no"}]}}]"#,
            ),
            "no",
        ),
    ];
    for (attributes, message) in failed {
        let span = tool(&attributes);
        assert_eq!(span.status, Status::Failed, "{attributes}");
        let error = span.error.unwrap();
        assert_eq!(
            (error.message.as_str(), error.category),
            (message, Some(ErrorCategory::Tool))
        );
    }
    let fine = [
        result(r#"{"content":[{"type":"text","text":"isError: true was seen"}],"isError":false}"#),
        result(r#"{"status":"error","order":7}"#),
        result("is_error: true"),
    ];
    for attributes in fine {
        assert_eq!(tool(&attributes).status, Status::Completed, "{attributes}");
    }
}

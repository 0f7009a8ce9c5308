//! Events, handoffs, errors and the rest, as log records and back.

use telemetron_model::record::{
    Agent, AgentStatus, ErrorRecord, Event, Handoff, HandoffMode, Record, Severity, Trace,
};
use telemetron_model::{RawJson, Timestamp};

use crate::encode;
use crate::logs::map;
use crate::wire::{Encoding, decode_logs, encode_logs};

const TRACE: &str = "0102030405060708090a0b0c0d0e0f10";
const SPAN: &str = "0102030405060708";

fn time() -> Timestamp {
    Timestamp::from_nanos(1_700_000_000_000_000_001)
}

/// What another Telemetron makes of these records, over either encoding.
fn there(records: &[Record]) -> Vec<Record> {
    let request = encode::logs(records.iter());
    let read = |encoding| {
        let body = encode_logs(&request, encoding);
        let mapped = map(&decode_logs(&body, encoding).unwrap());
        assert_eq!(mapped.rejected, []);
        mapped.records
    };
    let (json, protobuf) = (read(Encoding::Json), read(Encoding::Protobuf));
    assert_eq!(json, protobuf);
    json
}

fn event(data: Option<&str>) -> Event {
    Event {
        event_id: Some("e-1".to_owned()),
        trace_id: TRACE.parse().ok(),
        span_id: SPAN.parse().ok(),
        agent_id: Some("a-1".to_owned()),
        agent_name: Some("coder".to_owned()),
        event_type: "state_change".to_owned(),
        event_name: "compaction".to_owned(),
        severity: Severity::Warning,
        message: Some("the context was compacted".to_owned()),
        data: data.map(|data| RawJson::from_text(data.to_owned()).unwrap()),
        timestamp: time(),
        correlation_id: Some("c".to_owned()),
        cause: None,
    }
}

#[test]
fn an_event_comes_back_whole_whatever_it_carries() {
    let carried = [
        None,
        // Keys of attributes come back in order of name.
        Some(r#"{"before":100,"deep":{"a":null},"kept":[1,2.5,"x"]}"#),
        // What attributes cannot say: no object, `null` at the top, nothing at all, a large number.
        Some(r#"[1,2]"#),
        Some(r#"{"a":null}"#),
        Some("{}"),
        Some(r#"{"a":18446744073709551615}"#),
        // What a log record of somebody else's became.
        Some(
            r#"{"k":"v","otel.body":{"a":1},"otel.resource":{"service.name":"s"},"otel.scope":{"name":"n"}}"#,
        ),
    ];
    for data in carried {
        let record = Record::from(event(data));
        assert_eq!(there(std::slice::from_ref(&record)), [record], "{data:?}");
    }
}

#[test]
fn what_an_event_carries_is_not_written_twice() {
    let request = encode::logs([Record::from(event(Some(r#"{"needle":"once"}"#)))].iter());
    let text = String::from_utf8(encode_logs(&request, Encoding::Json)).unwrap();
    assert_eq!(text.matches("once").count(), 1, "{text}");
}

#[test]
fn handoffs_errors_traces_and_agents_come_back_as_they_were() {
    let handoff = Handoff {
        handoff_id: "h-1".to_owned(),
        trace_id: TRACE.parse().unwrap(),
        span_id: SPAN.parse().ok(),
        source_agent_id: Some("p".to_owned()),
        source_agent_name: Some("planner".to_owned()),
        target_agent_id: None,
        target_agent_name: "coder".to_owned(),
        timestamp: time(),
        until: Some(time().plus_nanos(5)),
        reason: Some("write it".to_owned()),
        mode: Some(HandoffMode::Delegate),
        rule: None,
        context: RawJson::from_text(r#"{"file":"a.rs"}"#.to_owned()).ok(),
    };
    let error = ErrorRecord {
        error_id: Some("x-1".to_owned()),
        trace_id: TRACE.parse().unwrap(),
        span_id: SPAN.parse().ok(),
        agent_id: None,
        agent_name: Some("coder".to_owned()),
        error_type: "TimeoutError".to_owned(),
        message: "the request timed out".to_owned(),
        stack: Some("at line 1".to_owned()),
        category: Some(telemetron_model::record::ErrorCategory::Timeout),
        severity: Some(Severity::Error),
        retryable: Some(true),
        attempts: Some(3),
        suggested_fixes: vec!["wait".to_owned()],
        timestamp: time(),
    };
    let trace = Trace {
        name: Some("booking".to_owned()),
        user_input: RawJson::of("book a table"),
        ..Trace::opened(TRACE.parse().unwrap(), time())
    };
    let agent = Agent {
        agent_id: "a-1".to_owned(),
        name: "coder".to_owned(),
        description: None,
        capabilities: vec!["rust".to_owned()],
        models: Vec::new(),
        max_parallel_invocations: Some(2),
        deployment_name: None,
        instance: None,
        status: AgentStatus::Healthy,
        reason: None,
        registered_at: time(),
        timestamp: time(),
        vitals: None,
    };
    let records = [handoff.into(), error.into(), trace.into(), agent.into()];
    assert_eq!(there(&records), records);
}

#[test]
fn a_carried_record_that_is_none_is_rejected_with_the_reason() {
    let mut request = encode::logs([Record::from(event(None))].iter());
    let line = &mut request.resource_logs[0].scope_logs[0].log_records[0];
    line.attributes
        .retain(|pair| pair.key != "telemetron.record");
    line.attributes.push(super::super::plain::pair(
        "telemetron.record",
        super::super::plain::value(r#""{\"event_name\":1}""#)
            .unwrap()
            .value,
    ));
    let mapped = map(&request);
    assert!(mapped.records.is_empty());
    let message = mapped.rejection_message().unwrap();
    assert!(
        message.contains("`telemetron.record` cannot be read"),
        "{message}"
    );
}

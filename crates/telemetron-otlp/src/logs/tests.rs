//! What log records become.

use telemetron_model::record::{ErrorCategory, ErrorRecord, Event, Record, Severity};

use super::map;
use crate::Mapped;
use crate::wire::{self, Encoding};

const CONTEXT: &str = r#""timeUnixNano":"1700000000000000000",
    "traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708""#;

fn mapped(scope: &str, record: &str) -> Mapped {
    let json = format!(
        r#"{{"resourceLogs":[{{
            "resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"shop"}}}}]}},
            "scopeLogs":[{{"scope":{{"name":"{scope}"}},"logRecords":[{{{record}}}]}}]
        }}]}}"#
    );
    map(&wire::decode_logs(json.as_bytes(), Encoding::Json).unwrap())
}

fn event(mapped: &Mapped) -> &Event {
    match &mapped.records[..] {
        [Record::Event(event), ..] => event,
        other => panic!("{other:?}"),
    }
}

fn error(mapped: &Mapped) -> Option<&ErrorRecord> {
    match &mapped.records[..] {
        [_, Record::Error(error)] => Some(error),
        _ => None,
    }
}

fn text(key: &str, value: &str) -> String {
    format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)
}

#[test]
fn a_line_with_a_trace_is_an_event_of_its_span() {
    let line = format!(r#"{CONTEXT},"severityNumber":9,"body":{{"stringValue":"ready"}}"#);
    let mapped = mapped("lib", &line);
    let json = mapped.records[0].to_json().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    insta::assert_json_snapshot!(json);
    assert_eq!(mapped.records.len(), 1);
}

#[test]
fn a_line_without_a_trace_is_an_event_of_its_service() {
    let line = r#""observedTimeUnixNano":"5","traceId":"","severityText":"ERROR","body":{"stringValue":"x"}"#;
    let found = mapped("lib", line);
    let event = event(&found);
    assert_eq!((event.trace_id, event.span_id), (None, None));
    assert_eq!(
        (event.severity, event.timestamp.nanos()),
        (Severity::Error, 5)
    );
    assert_eq!(error(&found), None, "an error belongs to a trace");
}

#[test]
fn a_record_without_a_time_is_rejected_with_what_to_set() {
    let found = mapped("lib", r#""eventName":"x""#);
    assert!(found.records.is_empty());
    assert!(found.rejected[0].reason.contains("timeUnixNano"));
}

#[test]
fn exceptions_and_severe_lines_become_errors() {
    let exception = format!(
        r#"{CONTEXT},"severityNumber":17,"attributes":[{},{},{}]"#,
        text("exception.type", "TimeoutError"),
        text("exception.message", "the request timed out"),
        text("exception.stacktrace", "at line 1"),
    );
    let found = mapped("lib", &exception);
    let error = error(&found).unwrap();
    assert_eq!(error.error_type, "TimeoutError");
    assert_eq!(error.message, "the request timed out");
    assert_eq!(error.category, Some(ErrorCategory::Timeout));
    assert_eq!(error.stack.as_deref(), Some("at line 1"));
    assert_eq!(error.error_id, event(&found).event_id);
    assert_eq!(event(&found).event_type, "error");

    let noted = format!(
        r#"{CONTEXT},"severityNumber":5,"attributes":[{}]"#,
        text("exception.type", "E")
    );
    assert_eq!(
        mapped("lib", &noted).records.len(),
        1,
        "a note at debug level is no failure"
    );
}

#[test]
fn an_exception_that_was_caught_or_goes_elsewhere_is_no_error_of_its_span() {
    let line = |severity: i32, kind: &str| {
        let exception = text("exception.type", kind);
        mapped(
            "lib",
            &format!(r#"{CONTEXT},"severityNumber":{severity},"attributes":[{exception}]"#),
        )
    };
    let severity = |mapped: &Mapped| error(mapped).and_then(|error| error.severity);
    assert_eq!(severity(&line(17, "ValueError")), Some(Severity::Error));
    assert_eq!(severity(&line(21, "ValueError")), Some(Severity::Critical));
    assert_eq!(severity(&line(13, "ValueError")), Some(Severity::Warning));
    assert_eq!(severity(&line(0, "ValueError")), Some(Severity::Warning));
    let elsewhere = line(17, "langgraph.errors.GraphInterrupt");
    assert_eq!(error(&elsewhere), None);
    assert_ne!(event(&elsewhere).event_type, "error");
}

#[test]
fn messages_of_a_model_become_message_events_with_their_body() {
    let choice = format!(
        r#"{CONTEXT},"eventName":"gen_ai.choice","body":{{"kvlistValue":{{"values":[
            {{"key":"finish_reason","value":{{"stringValue":"stop"}}}}]}}}}"#
    );
    let found = mapped("lib", &choice);
    let event = event(&found);
    assert_eq!(
        (event.event_type.as_str(), event.event_name.as_str()),
        ("message", "gen_ai.choice")
    );
    let data: serde_json::Value = event.data.as_ref().unwrap().parse().unwrap();
    assert_eq!(data["otel.body"]["finish_reason"], "stop");

    let details = text("event.name", "gen_ai.client.inference.operation.details");
    let details = format!(r#"{CONTEXT},"attributes":[{details}]"#);
    assert_eq!(self::event(&mapped("lib", &details)).event_type, "message");
}

#[test]
fn events_of_claude_code_are_what_they_tell() {
    let claude = |name: &str, attributes: &str| {
        let event = text("event.name", name);
        let record = format!(
            r#"{CONTEXT},"body":{{"stringValue":"claude_code.{name}"}},"attributes":[{event},{},{attributes}]"#,
            text("session.id", "s1"),
        );
        mapped("com.anthropic.claude_code.events", &record)
    };
    let prompt = claude("user_prompt", &text("prompt", "fix it"));
    let asked = event(&prompt);
    assert_eq!(
        (asked.event_type.as_str(), asked.event_name.as_str()),
        ("message", "claude_code.user_prompt")
    );
    assert_eq!(asked.message.as_deref(), Some("fix it"));
    assert_eq!(asked.correlation_id.as_deref(), Some("s1"));

    let refused = claude(
        "api_error",
        &format!(
            "{},{},{}",
            text("error", "slow down"),
            text("status_code", "429"),
            text("attempt", "3")
        ),
    );
    let failure = error(&refused).unwrap();
    assert_eq!(
        (failure.error_type.as_str(), failure.attempts),
        ("api_error", Some(3))
    );
    assert_eq!(failure.message, "slow down (status 429)");
    assert_eq!(
        (failure.category, failure.retryable),
        (Some(ErrorCategory::Llm), Some(true))
    );

    let tool = |success: &str| {
        claude(
            "tool_result",
            &format!("{},{}", text("tool_name", "Bash"), text("success", success)),
        )
    };
    assert_eq!(event(&tool("true")).event_type, "tool_call");
    assert_eq!(error(&tool("true")), None);
    assert_eq!(error(&tool("false")).unwrap().error_type, "tool_result");
    assert_eq!(
        event(&claude(
            "subagent_completed",
            &text("agent_type", "Explore")
        ))
        .agent_name
        .as_deref(),
        Some("Explore")
    );
}

#[test]
fn ids_follow_from_the_content() {
    let line = |body: &str| format!(r#"{CONTEXT},"body":{{"stringValue":"{body}"}}"#);
    let id = |scope: &str, body: &str| event(&mapped(scope, &line(body))).event_id.clone().unwrap();
    assert_eq!(id("a", "x"), id("a", "x"));
    assert_ne!(id("a", "x"), id("a", "y"));
    assert_ne!(id("a", "x"), id("b", "x"));
}

/// The ids of the events of a request with these bodies.
fn ids(bodies: &[&str]) -> Vec<String> {
    let records: Vec<_> = bodies
        .iter()
        .map(|body| format!(r#"{{{CONTEXT},"body":{{"stringValue":"{body}"}}}}"#))
        .collect();
    let json = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{}]}}]}}]}}"#,
        records.join(",")
    );
    let mapped = map(&wire::decode_logs(json.as_bytes(), Encoding::Json).unwrap());
    let events = mapped
        .records
        .into_iter()
        .filter_map(|record| match record {
            Record::Event(event) => event.event_id,
            _ => None,
        });
    events.collect()
}

#[test]
fn equal_lines_of_one_instant_are_events_of_their_own_and_the_same_when_sent_again() {
    let sent = ids(&["x", "y", "x", "x"]);
    let distinct: std::collections::BTreeSet<_> = sent.iter().collect();
    assert_eq!(distinct.len(), 4);
    assert_eq!(ids(&["x", "y", "x", "x"]), sent);
    // In another order, and cut into other requests, nothing comes that was not there.
    let mut anew = ids(&["x", "x", "x", "y"]);
    anew.extend(ids(&["x"]));
    anew.extend(ids(&["y", "x"]));
    assert!(anew.iter().all(|id| sent.contains(id)));
}

#[test]
fn a_judgement_is_a_sentence() {
    let score = r#"{"key":"gen_ai.evaluation.score.value","value":{"doubleValue":0.5}}"#;
    let told = [
        text("event.name", "gen_ai.evaluation.result"),
        text("gen_ai.evaluation.name", "Relevance"),
        text("gen_ai.evaluation.score.label", "fair"),
        text("gen_ai.evaluation.explanation", "the city is missing"),
        score.to_owned(),
    ];
    let line = format!(r#"{CONTEXT},"attributes":[{}]"#, told.join(","));
    let found = mapped("lib", &line);
    let event = event(&found);
    assert_eq!(event.event_type, "evaluation");
    assert_eq!(
        event.message.as_deref(),
        Some("Relevance: fair (0.5), the city is missing")
    );
}

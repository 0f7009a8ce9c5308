//! Sessions of Claude Code as its current build sends them, in one request each, written by hand.

use serde_json::{Value, json};
use telemetron_model::record::{Record, Span, SpanKind, Status};

use crate::wire::{Encoding, decode_traces};
use crate::{Prices, traces};

/// A span in a line: id, parent, word of its type, when it ends, and what else it says.
type Given<'a> = (&'a str, &'a str, &'a str, u64, &'a [(&'a str, &'a str)]);

fn map(told: &[Given<'_>]) -> Vec<Span> {
    let spans: Vec<_> = told.iter().map(span).collect();
    let scope = json!({"name": "com.anthropic.claude_code.tracing"});
    let body = json!({"resourceSpans": [{"scopeSpans": [{"scope": scope, "spans": spans}]}]});
    let request = decode_traces(body.to_string().as_bytes(), Encoding::Json).unwrap();
    let records = traces::map(&request, &Prices::default()).records;
    let spans = records.into_iter().filter_map(|record| match record {
        Record::Span(span) => Some(*span),
        _ => None,
    });
    spans.collect()
}

fn span((id, parent, word, end, more): &Given<'_>) -> Value {
    let attribute =
        |(key, text): &(&str, &str)| json!({"key": key, "value": {"stringValue": text}});
    let mut attributes = vec![attribute(&("span.type", word))];
    attributes.extend(more.iter().map(attribute));
    json!({
        "traceId": "0102030405060708090a0b0c0d0e0f10",
        "spanId": format!("{id:0>16}"),
        "parentSpanId": if parent.is_empty() { String::new() } else { format!("{parent:0>16}") },
        "name": format!("claude_code.{word}"),
        "startTimeUnixNano": "1", "endTimeUnixNano": end.to_string(),
        "attributes": attributes,
    })
}

#[test]
fn what_a_sub_agent_does_names_nobody_and_is_the_work_of_the_agent_above() {
    let id = ("agent_id", "a79");
    let spans = map(&[
        (
            "5",
            "4",
            "llm_request",
            20,
            &[id, ("query_source_safe", "agent.custom")],
        ),
        ("7", "6", "tool.execution", 30, &[]),
        ("6", "4", "tool", 31, &[id, ("tool_name", "Bash")]),
        ("4", "3", "tool.execution", 40, &[("success", "true")]),
        (
            "3",
            "1",
            "tool",
            41,
            &[("tool_name", "Agent"), ("subagent_type", "reviewer")],
        ),
        ("9", "8", "tool.execution", 42, &[]),
        ("8", "1", "tool", 43, &[("tool_name", "Agent")]),
        ("1", "", "interaction", 50, &[]),
    ]);
    let seen: Vec<_> = spans
        .iter()
        .map(|span| (span.span_kind, span.agent_name.as_deref()))
        .collect();
    let expected = [
        (SpanKind::Llm, None),
        (SpanKind::Chain, None),
        (SpanKind::Tool, None),
        (SpanKind::Chain, None),
        (SpanKind::Tool, Some("main")),
        (SpanKind::Chain, None),
        (SpanKind::Tool, Some("main")),
        (SpanKind::Agent, Some("main")),
    ];
    assert_eq!(
        seen, expected,
        "what names nobody is the work of the agent above"
    );
    assert!(spans.iter().all(|span| span.agent_id.is_none()));
}

#[test]
fn a_tool_fails_with_its_execution_and_an_interaction_with_its_last_request() {
    let denied = [
        ("success", "false"),
        ("error", "exit 3"),
        ("error_class", "ShellError"),
    ];
    let refused = [
        ("success", "false"),
        ("error", "not now"),
        ("status_code", "400"),
    ];
    let spans = map(&[
        ("3", "2", "tool.execution", 20, &denied),
        ("2", "1", "tool", 21, &[("tool_name", "Bash")]),
        ("4", "1", "llm_request", 30, &refused),
        ("1", "", "interaction", 31, &[]),
    ]);
    let failures: Vec<_> = spans
        .iter()
        .map(|span| {
            span.error
                .as_ref()
                .map(|error| (&*error.error_type, &*error.message))
        })
        .collect();
    let (shell, api) = (Some(("ShellError", "exit 3")), Some(("400", "not now")));
    assert_eq!(failures, [shell, shell, api, api]);
    assert!(spans.iter().all(|span| span.status == Status::Failed));
}

#[test]
fn a_request_that_was_followed_by_a_good_one_fails_alone() {
    let refused = [("success", "false"), ("error", "not now")];
    let spans = map(&[
        ("3", "1", "llm_request", 30, &[("success", "true")]),
        ("2", "1", "llm_request", 20, &refused),
        ("1", "", "interaction", 31, &[]),
    ]);
    let statuses: Vec<_> = spans.iter().map(|span| span.status).collect();
    assert_eq!(
        statuses,
        [Status::Completed, Status::Failed, Status::Completed]
    );
}

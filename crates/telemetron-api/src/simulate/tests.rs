//! What made-up traces look like.

use serde_json::json;
use telemetron_model::decode::{Decoded, RawRecord, decode};
use telemetron_model::record::Status;

use super::*;

fn simulate(request: serde_json::Value) -> Simulation {
    let now = Timestamp::from_nanos(1_769_860_800_000_000_000);
    trace(serde_json::from_value(request).unwrap(), now).unwrap()
}

#[test]
fn every_record_can_be_folded() {
    let story = simulate(json!({ "agents": ["a", "b"], "steps": 3, "failure": true }));
    for record in &story.records {
        let (value, key) = (record.to_json().unwrap(), record.key());
        let raw = RawRecord {
            topic: record.schema().topic(),
            schema: Some(record.schema().header().as_bytes()),
            key: Some(key.as_bytes()),
            value: Some(&value),
        };
        assert!(matches!(decode(raw), Decoded::Fold { .. }), "{record:?}");
    }
}

#[test]
fn a_failure_fails_the_last_tool_its_agent_and_the_trace() {
    let story = simulate(json!({ "agents": ["a", "b"], "failure": true }));
    let failed: Vec<_> = story
        .records
        .iter()
        .filter_map(|record| match record {
            Record::Span(span) if span.status == Status::Failed => Some(span.name.as_str()),
            Record::Trace(trace) if trace.status == Status::Failed => Some("trace"),
            Record::Error(_) => Some("error"),
            _ => None,
        })
        .collect();
    assert_eq!(failed, ["search", "error", "b", "trace"]);
}

#[test]
fn an_unfinished_trace_leaves_its_last_agent_running() {
    let story = simulate(json!({ "agents": ["a", "b"], "unfinished": true }));
    let ended = |record: &Record| match record {
        Record::Trace(trace) => trace.end_time.is_some(),
        Record::Span(span) => span.name == "b" && span.end_time.is_some(),
        _ => false,
    };
    assert!(!story.records.iter().any(ended));
}

#[test]
fn absurd_requests_are_refused() {
    for request in [
        json!({ "agents": [] }),
        json!({ "steps": 0 }),
        json!({ "steps": 201 }),
    ] {
        let request = serde_json::from_value(request).unwrap();
        assert!(trace(request, Timestamp::now()).is_err());
    }
}

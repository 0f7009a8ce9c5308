//! A trace with more events and handoffs than one answer of the API holds, from one Telemetron to
//! another by a file: none is left out.

use serde_json::{Value, json};

use super::round_trip::{export, import};
use super::{accepted, post, span};
use crate::platform::Platform;

const TRACE: u128 = 78;
const EVENTS: usize = 3_500;
const HANDOFFS: usize = 1_200;

/// Records of one request.
const REQUEST: usize = 500;

/// Every so many events carry a lot: together more than one answer holds.
const LARGE_EVERY: usize = 10;
const LARGE_BYTES: usize = 4_096;

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_with_thousands_of_events_and_handoffs_is_the_same_elsewhere() {
    let (Some(here), Some(there)) = (Platform::start().await, Platform::start().await) else {
        return;
    };
    accepted(&here, &[span(TRACE, 1, None)], "planner").await;
    let lines: Vec<Value> = (0..EVENTS)
        .map(event)
        .chain((0..HANDOFFS).map(handoff))
        .collect();
    for lines in lines.chunks(REQUEST) {
        let scope = json!({"scope": {"name": "agents"}, "logRecords": lines});
        let body = json!({"resourceLogs": [{"scopeLogs": [scope]}]});
        let answer = post(&here, "/v1/logs", &body).await;
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.json::<Value>().await.unwrap(), json!({}));
    }
    let (events, handoffs) = notes(&here).await;
    let first = here.eventually(&trace_path(), |_| true).await;
    assert!(
        first["omitted"]["events"].as_u64() > Some(0),
        "more than one answer holds"
    );

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("trace.jsonl");
    export(&here, &[format!("{TRACE:032x}")], &file);
    import(&there, &file);
    let (events_there, handoffs_there) = notes(&there).await;
    assert!(events == events_there, "events differ");
    assert!(handoffs == handoffs_there, "handoffs differ");
}

fn trace_path() -> String {
    format!("/api/v1/traces/{TRACE:032x}")
}

/// All events and handoffs, once they are there.
async fn notes(platform: &Platform) -> (Vec<Value>, Vec<Value>) {
    let all = |answer: &Value| {
        let counts = &answer["trace"]["counts"];
        counts["events"] == EVENTS && counts["handoffs"] == HANDOFFS
    };
    platform.eventually(&trace_path(), all).await;
    let events = list(platform, "events", EVENTS).await;
    (events, list(platform, "handoffs", HANDOFFS).await)
}

/// All items of a list of the trace, page after page.
async fn list(platform: &Platform, name: &str, expected: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("{}/{name}?limit=700{cursor}", trace_path());
        let page = platform
            .eventually(&path, |page| page["items"].is_array())
            .await;
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(items.len(), expected, "{name}");
    items
}

/// A log record within the trace; some share an instant.
fn line(name: &str, number: usize, attributes: &[(&str, String)]) -> Value {
    let pair = |(key, text): &(&str, String)| json!({"key": key, "value": {"stringValue": text}});
    let attributes: Vec<Value> = attributes.iter().map(pair).collect();
    let time = 1_700_000_000_000_000_000_u64 + number as u64 / 3 * 1_000;
    json!({
        "traceId": format!("{TRACE:032x}"), "spanId": format!("{:016x}", 1),
        "timeUnixNano": time.to_string(), "severityNumber": 9, "eventName": name,
        "body": {"stringValue": format!("{name} {number}")}, "attributes": attributes,
    })
}

fn event(number: usize) -> Value {
    let large = number.is_multiple_of(LARGE_EVERY);
    let text = "x".repeat(if large { LARGE_BYTES } else { 8 });
    line("thought", number, &[("note", format!("{number} {text}"))])
}

fn handoff(number: usize) -> Value {
    let time = 1_700_000_000_000_000_000_u64 + number as u64 / 2 * 1_000;
    let record = json!({
        "handoff_id": format!("h-{number:05}"), "trace_id": format!("{TRACE:032x}"),
        "source_agent_name": "planner", "target_agent_name": format!("worker {}", number % 7),
        "timestamp": time, "reason": format!("part {number}"), "context": {"part": number},
    });
    let attributes = [
        ("telemetron.schema", "telemetron.handoff.v1".to_owned()),
        ("telemetron.record", record.to_string()),
    ];
    line("telemetron.handoff", number, &attributes)
}

//! OpenTelemetry from real exporters, from recordings, and while Kafka is killed.

mod alone;
mod amplification;
mod claude_code;
mod doctor;
mod faults;
mod forward;
mod going_round;
mod hooks;
mod identities;
mod python;
mod recorded;
mod round_trip;
mod round_trip_notes;
mod runs;
mod rust_exporter;

use reqwest::Response;
use serde_json::{Value, json};

use crate::platform::Platform;

/// Posts a request of OTLP/JSON.
async fn post(platform: &Platform, path: &str, body: &Value) -> Response {
    let url = format!("{}{path}", platform.otlp_http());
    let request = reqwest::Client::new().post(url).json(body);
    request.send().await.unwrap()
}

/// Posts spans; all of them must be taken.
async fn accepted(platform: &Platform, spans: &[Value], service: &str) {
    let answer = post(platform, "/v1/traces", &request(spans, service)).await;
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({}));
}

fn request(spans: &[Value], service: &str) -> Value {
    let resource = json!({"attributes": [
        {"key": "service.name", "value": {"stringValue": service}},
    ]});
    json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]})
}

/// A span of a second, an agent when it has no parent, else a call of a model.
fn span(trace: u128, id: u64, parent: Option<u64>) -> Value {
    let operation = if parent.is_some() {
        "chat"
    } else {
        "invoke_agent"
    };
    let number = |key: &str, value: u32| json!({"key": key, "value": {"intValue": value}});
    let word = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let mut attributes = vec![word("gen_ai.operation.name", operation)];
    if parent.is_some() {
        attributes.push(word("gen_ai.request.model", "gpt-5"));
        attributes.push(number("gen_ai.usage.input_tokens", 5));
        attributes.push(number("gen_ai.usage.output_tokens", 2));
    } else {
        attributes.push(word("gen_ai.agent.name", "planner"));
    }
    json!({
        "traceId": format!("{trace:032x}"),
        "spanId": format!("{id:016x}"),
        "parentSpanId": parent.map(|parent| format!("{parent:016x}")),
        "name": operation,
        "startTimeUnixNano": "1700000000000000000",
        "endTimeUnixNano": "1700000001000000000",
        "attributes": attributes,
    })
}

/// A trace, once it has so many spans.
async fn trace_with(platform: &Platform, trace_id: &str, spans: usize) -> Value {
    let path = format!("/api/v1/traces/{trace_id}");
    let whole = |answer: &Value| {
        answer["spans"]
            .as_array()
            .is_some_and(|all| all.len() == spans)
    };
    platform.eventually(&path, whole).await
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_sent_again_change_nothing_and_parents_may_come_late_from_somebody_else() {
    let Some(platform) = Platform::start().await else {
        return;
    };
    let (trace, id) = (7, format!("{:032x}", 7));
    // The child comes first, from another process than its parent.
    accepted(&platform, &[span(trace, 2, Some(1))], "booker").await;
    trace_with(&platform, &id, 1).await;
    accepted(&platform, &[span(trace, 1, None)], "planner").await;
    let before = trace_with(&platform, &id, 2).await;
    assert_eq!(before["trace"]["tokens"]["total"], 7);

    for _ in 0..3 {
        accepted(
            &platform,
            &[span(trace, 1, None), span(trace, 2, Some(1))],
            "planner",
        )
        .await;
        accepted(&platform, &[span(trace, 2, Some(1))], "booker").await;
    }
    let all_came = |answer: &Value| answer["ledger"]["received"].as_u64() >= Some(11);
    let ledger = platform.eventually("/api/v1/ingest", all_came).await["ledger"].clone();
    assert_eq!(ledger["balanced"], true);
    let after = trace_with(&platform, &id, 2).await;
    assert_eq!(after["trace"]["tokens"], before["trace"]["tokens"]);
    assert_eq!(after["trace"]["counts"], before["trace"]["counts"]);
    let parents: Vec<_> = after["spans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|span| &span["parent_span_id"])
        .collect();
    assert!(
        parents.contains(&&json!(format!("{:016x}", 1))),
        "{parents:?}"
    );
}

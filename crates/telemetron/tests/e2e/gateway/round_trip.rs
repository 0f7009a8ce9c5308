//! From one Telemetron to another: by a file, and by the forwarder. What arrives is what was there.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::forward::Forwarder;
use super::{accepted, post, span};
use crate::platform::Platform;

/// The trace that is made by hand.
const BY_HAND: u128 = 77;

#[tokio::test(flavor = "multi_thread")]
async fn an_export_read_by_an_empty_platform_is_the_same_there() {
    let (Some(here), Some(there)) = (Platform::start().await, Platform::start().await) else {
        return;
    };
    let traces = fill(&here).await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("traces.jsonl.gz");
    for trace in &traces {
        settled(&here, trace).await;
    }
    export(&here, &traces, &file);
    for _ in 0..2 {
        import(&there, &file);
        for trace in &traces {
            same(&here, &there, trace).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forwarded_to_another_platform_is_the_same_there() {
    let (Some(here), Some(there)) = (Platform::start().await, Platform::start().await) else {
        return;
    };
    let forwarder = Forwarder::start(&here, &there.otlp_http());
    let traces = fill(&here).await;
    for trace in &traces {
        settled(&here, trace).await;
        same(&here, &there, trace).await;
    }
    assert_eq!(points(&there, 2).await, points(&here, 2).await);
    drop(forwarder);
}

/// Fills a platform with a simulated trace, which the SDK's records make, and one that came by
/// OTLP, with log records and metrics. Returns their ids.
async fn fill(platform: &Platform) -> [String; 2] {
    let url = platform.url("/api/v1/debug/simulate-trace");
    let ask = json!({"failure": true});
    let request = reqwest::Client::new().post(url).json(&ask).send().await;
    let simulated: Value = request.unwrap().json().await.unwrap();
    let trace = simulated["trace_id"]
        .as_str()
        .unwrap_or_else(|| panic!("{simulated}"));

    let mut handing = span(BY_HAND, 2, Some(1));
    let word = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    handing["attributes"] = json!([
        word("gen_ai.operation.name", "execute_tool"),
        word("gen_ai.tool.name", "transfer_to_booker"),
    ]);
    accepted(platform, &[span(BY_HAND, 1, None), handing], "planner").await;
    for (path, body) in [("/v1/logs", logs()), ("/v1/metrics", metrics())] {
        let answer = post(platform, path, &body).await;
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        assert_eq!(answer.json::<Value>().await.unwrap(), json!({}), "{path}");
    }
    [trace.to_owned(), format!("{BY_HAND:032x}")]
}

fn logs() -> Value {
    let line = |number: i64, name: &str, body: Value, id: u64| {
        json!({
            "traceId": format!("{BY_HAND:032x}"), "spanId": format!("{id:016x}"),
            "timeUnixNano": "1700000000500000000", "severityNumber": number,
            "eventName": name, "body": body,
            "attributes": [{"key": "try", "value": {"intValue": "3"}}],
        })
    };
    let (said, list) = (
        json!({"stringValue": "the table is taken"}),
        json!({"arrayValue": {"values": [{"boolValue": true}]}}),
    );
    let records = [
        line(17, "booking.failed", said, 2),
        line(9, "booking.asked", list, 1),
    ];
    let resource = json!({"attributes": [
        {"key": "service.name", "value": {"stringValue": "planner"}},
    ]});
    let scope = json!({"name": "booking", "version": "2"});
    json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{
        "scope": scope, "logRecords": records,
    }]}]})
}

fn metrics() -> Value {
    let point = |value: f64, model: &str| {
        json!({
            "startTimeUnixNano": "1700000000000000000", "timeUnixNano": "1700000001000000000",
            "asDouble": value,
            "attributes": [{"key": "model", "value": {"stringValue": model}}],
        })
    };
    json!({"resourceMetrics": [{"resource": {"attributes": [
        {"key": "service.name", "value": {"stringValue": "planner"}},
        {"key": "host.name", "value": {"stringValue": "host-7"}},
    ]}, "scopeMetrics": [{"metrics": [{"name": "tokens", "unit": "{token}", "sum": {
        "aggregationTemporality": 1, "isMonotonic": true,
        "dataPoints": [point(3.0, "a"), point(4.5, "b")],
    }}]}]}]})
}

/// What must be the same of a trace: all but when and by whom it was received.
fn content(answer: &Value) -> Value {
    let mut trace = answer["trace"].clone();
    trace.as_object_mut().unwrap().remove("last_seen");
    json!({
        "trace": trace, "spans": answer["spans"], "events": answer["events"],
        "handoffs": answer["handoffs"], "errors": answer["errors"],
    })
}

/// Waits until nothing of a trace runs and something of each sort is there.
async fn settled(platform: &Platform, trace: &str) -> Value {
    let whole = |answer: &Value| {
        let counts = &answer["trace"]["counts"];
        let some = ["spans", "events", "handoffs", "errors"];
        counts["running_spans"] == 0 && some.iter().all(|sort| counts[sort].as_u64() > Some(0))
    };
    platform
        .eventually(&format!("/api/v1/traces/{trace}?include=payloads"), whole)
        .await
}

/// Waits until a trace is the same on both.
async fn same(here: &Platform, there: &Platform, trace: &str) {
    let path = format!("/api/v1/traces/{trace}?include=payloads");
    let expected = content(&settled(here, trace).await);
    let as_expected = |answer: &Value| answer["trace"].is_object() && content(answer) == expected;
    there.eventually(&path, as_expected).await;
}

/// The metric points that a platform has, once there are so many.
async fn points(platform: &Platform, wanted: usize) -> Vec<String> {
    let sql = "SELECT concat_ws(' ', m, p.instance, p.start_ns, p.time_ns, p.temporality, p.value)
        FROM metric_points p JOIN metric_series m USING (series_id)
        WHERE m.name = 'tokens' ORDER BY 1";
    let pool = platform.database();
    let deadline = std::time::Instant::now() + crate::platform::PATIENCE;
    loop {
        let rows: Vec<(String,)> = sqlx::query_as(sql).fetch_all(&pool).await.unwrap();
        if rows.len() == wanted {
            return rows.into_iter().map(|(row,)| row).collect();
        }
        assert!(std::time::Instant::now() < deadline, "{rows:?}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

pub(super) fn export(platform: &Platform, traces: &[String], file: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_telemetron"))
        .args(["export", "--to", "otlp", "--output"])
        .arg(file)
        .args(traces)
        .env("TELEMETRON_API_URL", platform.url(""))
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
}

pub(super) fn import(platform: &Platform, file: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_telemetron"))
        .args(["import", "--json"])
        .arg(file)
        .env("KAFKA_BOOTSTRAP_SERVERS", platform.bootstrap_servers())
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
}

//! What is one and what are two: ids in other clothes, equal lines, scopes, processes, sides of a call.

use serde_json::{Value, json};

use super::{accepted, post, span, trace_with};
use crate::platform::{PATIENCE, Platform};

#[tokio::test(flavor = "multi_thread")]
async fn what_looks_alike_is_told_apart_and_what_comes_again_is_known() {
    let Some(platform) = Platform::start().await else {
        return;
    };
    ids_in_base64(&platform).await;
    two_sides_of_a_call(&platform).await;
    equal_lines(&platform).await;
    scopes_and_processes(&platform).await;
    a_nul_in_an_id(&platform).await;
    let balanced = |answer: &Value| answer["ledger"]["balanced"] == true;
    let ledger = platform.eventually("/api/v1/ingest", balanced).await;
    assert_eq!(ledger["ledger"]["rejected"], 0);
}

async fn ids_in_base64(platform: &Platform) {
    let mut coded = span(11, 1, None);
    coded["traceId"] = json!("q8EAAAAAAAAAAAAAAAAABA==");
    coded["spanId"] = json!("AAAAAAAAANE=");
    accepted(platform, &[coded], "coded").await;
    let found = trace_with(platform, "abc10000000000000000000000000004", 1).await;
    assert_eq!(found["spans"][0]["span_id"], "00000000000000d1");
}

async fn two_sides_of_a_call(platform: &Platform) {
    let side = |kind: u32| {
        let mut side = span(12, 2, Some(1));
        side["kind"] = json!(kind);
        side
    };
    // The server, then its client, then the server again.
    for (kind, service) in [(2, "shop"), (3, "till"), (2, "shop")] {
        accepted(platform, &[side(kind)], service).await;
    }
    let found = trace_with(platform, &format!("{:032x}", 12), 2).await;
    let spans = found["spans"].as_array().unwrap();
    let of = |service: &str| {
        spans
            .iter()
            .find(|span| span["resource"]["service"] == service)
    };
    let (client, server) = (of("till").unwrap(), of("shop").unwrap());
    assert_eq!(client["span_id"], format!("{:016x}", 2));
    assert_eq!(server["parent_span_id"], client["span_id"]);
}

async fn equal_lines(platform: &Platform) {
    let line = json!({"timeUnixNano": "1700000000000000000", "severityText": "INFO",
        "body": {"stringValue": "again"}, "traceId": format!("{:032x}", 13)});
    let request = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [line, line, line]}]}]});
    for _ in 0..2 {
        let answer = post(platform, "/v1/logs", &request).await;
        assert_eq!(answer.status().as_u16(), 200);
    }
    rows(
        platform,
        "SELECT count(*) FROM events WHERE message = 'again'",
        3,
    )
    .await;
}

async fn scopes_and_processes(platform: &Platform) {
    let point = json!({"timeUnixNano": "1700000000000000000", "asInt": "7"});
    let metric = json!({"name": "one.name", "gauge": {"dataPoints": [point]}});
    let scope = |name: &str| json!({"scope": {"name": name}, "metrics": [metric]});
    let process = |pid: u32| {
        json!({"resource": {"attributes": [
                {"key": "host.name", "value": {"stringValue": "h"}},
                {"key": "process.pid", "value": {"intValue": pid}}]},
            "scopeMetrics": [scope("openai"), scope("langchain")]})
    };
    let request = json!({"resourceMetrics": [process(7), process(8)]});
    for _ in 0..2 {
        let answer = post(platform, "/v1/metrics", &request).await;
        assert_eq!(answer.status().as_u16(), 200);
    }
    let points = "SELECT count(*) FROM metric_points p JOIN metric_series s USING (series_id)
                  WHERE s.name = 'one.name'";
    rows(platform, points, 4).await;
}

async fn a_nul_in_an_id(platform: &Platform) {
    let event = json!({"event_id": "a\u{0}b", "trace_id": format!("{:032x}", 14),
        "event_type": "log", "event_name": "nul", "severity": "info", "timestamp": 1});
    let text = |key: &str, value: String| json!({"key": key, "value": {"stringValue": value}});
    let line = json!({"timeUnixNano": "1700000000000000000", "attributes": [
        text("telemetron.schema", "telemetron.event.v1".to_owned()),
        text("telemetron.record", event.to_string()),
    ]});
    let request = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [line]}]}]});
    for _ in 0..2 {
        let answer = post(platform, "/v1/logs", &request).await;
        assert_eq!(answer.json::<Value>().await.unwrap(), json!({}));
        rows(
            platform,
            "SELECT count(*) FROM events WHERE event_name = 'nul'",
            1,
        )
        .await;
    }
}

/// Waits until a count is what it should be.
async fn rows(platform: &Platform, sql: &'static str, wanted: i64) {
    let pool = platform.database();
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let (count,): (i64,) = sqlx::query_as(sql).fetch_one(&pool).await.unwrap();
        if count == wanted {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{count}: {sql}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

use axum::body::Body;
use axum::http::Method;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message as _;
use serde_json::{Value, json};
use std::io::Write as _;
use telemetron_otlp::proto::collector::trace::v1::ExportTraceServiceResponse;

use super::support::{BODY_BYTES, Stage, spans};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

#[tokio::test]
async fn a_request_that_is_stored_is_answered_in_its_own_type() {
    let stage = Stage::new();
    let answer = stage.post("/v1/traces", PROTOBUF, spans(3, false)).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, PROTOBUF)
    );
    let response = ExportTraceServiceResponse::decode(answer.body).unwrap();
    assert_eq!(response.partial_success, None);
    for path in ["/v1/traces", "/v1/logs", "/v1/metrics"] {
        let answer = stage
            .post(path, "application/json; charset=utf-8", "{}")
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.text()),
            (200, "{}"),
            "{path}"
        );
        assert_eq!(answer.header("content-type"), JSON);
    }
    assert!(
        stage.counts("telemetron_gateway_items_total{signal=\"traces\",outcome=\"accepted\"} 3")
    );
}

#[tokio::test]
async fn a_span_that_can_never_be_stored_is_counted_and_the_others_are_taken() {
    let stage = Stage::new();
    let answer = stage.post("/v1/traces", PROTOBUF, spans(3, true)).await;
    let response = ExportTraceServiceResponse::decode(answer.body.clone()).unwrap();
    let partial = response.partial_success.unwrap();
    assert_eq!((answer.status.as_u16(), partial.rejected_spans), (200, 1));
    assert!(
        partial.error_message.contains("span id"),
        "{}",
        partial.error_message
    );
    let line = "telemetron_gateway_requests_total{signal=\"traces\",\
                transport=\"http/protobuf\",outcome=\"partial\"} 1";
    assert!(stage.counts(line));
}

#[tokio::test]
async fn who_spells_the_fields_as_nobody_does_is_told_that_nothing_was_found() {
    let stage = Stage::new();
    let request = json!({"resource_spans": [{"scope_spans": [{"spans": [{"trace_id": "00"}]}]}]});
    let answer = stage.post("/v1/traces", JSON, request.to_string()).await;
    assert_eq!(answer.status.as_u16(), 200, "unknown fields are no error");
    let answer: Value = serde_json::from_str(answer.text()).unwrap();
    let partial = &answer["partialSuccess"];
    assert_eq!(partial["rejectedSpans"], "0");
    let message = partial["errorMessage"].as_str().unwrap();
    assert!(message.contains("`resourceSpans`"), "{message}");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_once_and_for_all_with_a_sentence() {
    let stage = Stage::new();
    let cases: [(&str, &str, &str, u16, &str); 6] = [
        (
            "/v1/traces",
            JSON,
            "{\"resourceSpans\": 7}",
            400,
            "resourceSpans",
        ),
        ("/v1/traces", JSON, "", 400, "OTLP/JSON"),
        (
            "/v1/logs",
            "text/plain",
            "{}",
            415,
            "application/x-protobuf",
        ),
        ("/v1/logs", "", "{}", 415, "names no content type"),
        ("/v2/traces", JSON, "{}", 404, "/v1/traces"),
        ("/", JSON, "{}", 404, "/v1/traces, /v1/logs and /v1/metrics"),
    ];
    for (path, content_type, body, status, words) in cases {
        let answer = stage.post(path, content_type, body).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {content_type}");
        let error: Value = serde_json::from_slice(&answer.body).unwrap();
        assert!(
            error["message"].as_str().unwrap().contains(words),
            "{error}"
        );
        assert_eq!(answer.header("retry-after"), "");
    }
    let answer = stage.post("/v1/traces", PROTOBUF, "garbage").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (400, PROTOBUF)
    );
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_one() {
    let answer = Stage::new().ask(Method::GET, "/v1/traces", &[], "").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("allow")),
        (405, "POST")
    );
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_packed_or_not() {
    let stage = Stage::new();
    let large = vec![b' '; BODY_BYTES + 1];
    let answer = stage.post("/v1/traces", JSON, large.clone()).await;
    assert_eq!(answer.status.as_u16(), 413);
    let streamed = Body::new(http_body_util::Full::new(Bytes::from(large.clone())));
    assert_eq!(
        stage
            .post("/v1/traces", JSON, streamed)
            .await
            .status
            .as_u16(),
        413
    );

    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..500 {
        bomb.write_all(&large).unwrap();
    }
    let headers = [("content-type", JSON), ("content-encoding", "gzip")];
    let bomb = bomb.finish().unwrap();
    let answer = stage.ask(Method::POST, "/v1/traces", &headers, bomb).await;
    assert_eq!(answer.status.as_u16(), 413);
    assert!(
        answer.text().contains("OTLP_MAX_REQUEST_BYTES"),
        "{}",
        answer.text()
    );
    // Nothing is held any more.
    assert_eq!(stage.json("/v1/traces", "{}").await.status.as_u16(), 200);
}

#[tokio::test]
async fn packed_bodies_are_unpacked() {
    let stage = Stage::new();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&spans(5, false)).unwrap();
    let packed = [
        ("gzip", gzip.finish().unwrap()),
        (
            "zstd",
            zstd::encode_all(spans(5, false).as_slice(), 1).unwrap(),
        ),
    ];
    for (coding, body) in packed {
        let headers = [("content-type", PROTOBUF), ("content-encoding", coding)];
        let answer = stage.ask(Method::POST, "/v1/traces", &headers, body).await;
        assert_eq!(answer.status.as_u16(), 200, "{coding}");
    }
    assert!(
        stage.counts("telemetron_gateway_items_total{signal=\"traces\",outcome=\"accepted\"} 10")
    );
}

#[tokio::test]
async fn without_kafka_the_sender_is_told_to_come_again() {
    let stage = Stage::without_kafka();
    let answer = stage.post("/v1/traces", PROTOBUF, spans(1, false)).await;
    assert_eq!(answer.status.as_u16(), 503);
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
}

#[tokio::test]
async fn too_many_requests_are_told_to_come_again() {
    let stage = Stage::without_kafka();
    let first = stage.post("/v1/traces", PROTOBUF, spans(1, false));
    let second = async {
        tokio::task::yield_now().await;
        stage.json("/v1/traces", "{}").await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (503, 429));
    assert_eq!(second.header("retry-after"), "1");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for_without_end() {
    let stage = Stage::new();
    let never = futures_never();
    let answer = stage.post("/v1/traces", JSON, never).await;
    assert_eq!(answer.status.as_u16(), 408);
}

/// A body that never ends and never brings anything.
fn futures_never() -> Body {
    let (sender, body) = tokio::io::duplex(8);
    // Its other end lives as long as the test.
    std::mem::forget(sender);
    Body::from_stream(tokio_util::io::ReaderStream::new(body))
}

#[tokio::test]
async fn a_hook_is_answered_with_nothing_so_that_the_agent_goes_on() {
    let stage = Stage::new();
    // The first of all requests waits for the connection.
    stage.post("/v1/traces", PROTOBUF, spans(1, false)).await;
    let hook = json!({
        "session_id": "s1", "prompt_id": "p1", "hook_event_name": "UserPromptSubmit", "prompt": "hi",
    });
    let answer = stage.json("/hooks/claude-code", &hook.to_string()).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, ""));
    assert!(stage.counts("telemetron_gateway_hook_sessions 1"));

    let refused = stage.json("/hooks/claude-code", "{}").await;
    assert_eq!(refused.status.as_u16(), 400);
    // A page may post this without asking first.
    let posted = stage
        .post("/hooks/claude-code", "text/plain", hook.to_string())
        .await;
    assert_eq!(posted.status.as_u16(), 415);
}

#[tokio::test]
async fn a_hook_never_holds_the_agent_up_for_longer_than_a_second() {
    let stage = Stage::without_kafka();
    let hook = r#"{"session_id": "s", "hook_event_name": "Notification"}"#;
    let asked = std::time::Instant::now();
    let answer = stage.json("/hooks/claude-code", hook).await;
    assert_eq!(answer.status.as_u16(), 503);
    assert!(asked.elapsed().as_millis() < 1_500, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn pages_of_this_machine_may_send_and_others_are_not_told_so() {
    let stage = Stage::new();
    for (origin, allowed) in [
        ("http://localhost:5173", true),
        ("https://evil.example", false),
    ] {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type,x-api-key"),
        ];
        let answer = stage.ask(Method::OPTIONS, "/v1/traces", &headers, "").await;
        let told = answer.header("access-control-allow-origin");
        assert_eq!(told == origin, allowed, "{origin}");
    }
}

//! Floods, half-open connections, foreign names: whoever else asks is answered.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::platform::{PATIENCE, Platform};

/// Half-open connections at each door.
const FLOOD: usize = 1_500;

/// A span for `POST /v1/traces`.
const SPAN: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{
    "traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"s",
    "startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001000000000"}]}]}]}"#;

/// Host and port of a URL.
fn authority(url: &str) -> &str {
    url.trim_start_matches("http://")
}

/// Connections to a door, each with the beginning of a request.
async fn half_open(address: &str, head: &str) -> Vec<TcpStream> {
    let mut open = Vec::new();
    for _ in 0..FLOOD {
        let Ok(mut stream) = TcpStream::connect(address).await else {
            continue;
        };
        // One that was let go already cannot be written to.
        drop(stream.write_all(head.as_bytes()).await);
        open.push(stream);
    }
    open
}

async fn send_span(platform: &Platform) -> StatusCode {
    let url = format!("{}/v1/traces", platform.otlp_http());
    let request = reqwest::Client::new()
        .post(url)
        .timeout(PATIENCE)
        .header("content-type", "application/json")
        .body(SPAN);
    request.send().await.unwrap().status()
}

/// Asks as a page would whose name was pointed here.
async fn ask_as(address: &str, host: &str, head: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{head}\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_and_strangers_keep_nobody_out() {
    raise_own_limit();
    let Some(platform) = Platform::start().await else {
        return;
    };
    let (http, grpc) = (platform.otlp_http(), platform.otlp_grpc());
    let api = platform.url("");
    let doors = [authority(&api), authority(&http), authority(&grpc)];

    foreign_names_are_refused(doors).await;
    let mut open = Vec::new();
    for door in doors {
        open.push(half_open(door, "GET / HTTP/1.1\r\nho").await);
    }
    let connected: usize = open.iter().map(Vec::len).sum();
    println!("{connected} connections are half open");
    for door in doors {
        let url = format!("http://{door}/health");
        let answer = reqwest::Client::new().get(url).timeout(PATIENCE).send();
        assert_eq!(answer.await.unwrap().status(), StatusCode::OK, "{door}");
    }
    assert_eq!(send_span(&platform).await, StatusCode::OK);
    let path = "/api/v1/traces/0102030405060708090a0b0c0d0e0f10";
    let stored = |answer: &Value| {
        answer["spans"]
            .as_array()
            .is_some_and(|spans| spans.len() == 1)
    };
    platform.eventually(path, stored).await;
    drop(open);
    bodies_that_do_not_come_refuse_nobody(&platform, doors[1]).await;
}

async fn foreign_names_are_refused(doors: [&str; 3]) {
    let [api, http, grpc] = doors;
    let asked = [
        (api, "GET /api/v1/traces HTTP/1.1"),
        (api, "GET /docs HTTP/1.1"),
        (api, "GET / HTTP/1.1\r\naccept: text/html"),
        (api, "GET /api/v1/events/stream HTTP/1.1"),
        (
            api,
            "GET /ws/debug/x HTTP/1.1\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
        ),
        (api, "POST /mcp HTTP/1.1\r\ncontent-length: 0"),
        (
            api,
            "POST /api/v1/debug/simulate-trace HTTP/1.1\r\norigin: http://evil.example\r\ncontent-length: 0",
        ),
        (
            http,
            "POST /v1/traces HTTP/1.1\r\norigin: http://evil.example\r\ncontent-type: application/json\r\ncontent-length: 0",
        ),
        (
            http,
            "POST /hooks/claude-code HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 0",
        ),
        (http, "GET /metrics HTTP/1.1"),
        (grpc, "GET /ready HTTP/1.1"),
    ];
    for (door, head) in asked {
        let answer = ask_as(door, "evil.example", head).await;
        assert!(answer.starts_with("HTTP/1.1 421"), "{head}: {answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
        assert!(answer.contains("ALLOWED_HOSTS"), "{answer}");
    }
    let page = "GET /api/v1/traces HTTP/1.1\r\norigin: https://evil.example";
    let answer = ask_as(api, "localhost", page).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    let answer = ask_as(api, "localhost", "GET /api/v1/traces HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

async fn bodies_that_do_not_come_refuse_nobody(platform: &Platform, http: &str) {
    let mut stalled = Vec::new();
    for length in [60 << 20; 8] {
        let mut stream = TcpStream::connect(http).await.unwrap();
        let head = format!(
            "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\n\
             content-type: application/x-protobuf\r\ncontent-length: {length}\r\n\r\n\x0a"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stalled.push(stream);
    }
    for _ in 0..5 {
        assert_eq!(send_span(platform).await, StatusCode::OK);
    }
    // And they are told to go, long before anybody else would have to wait for them.
    let mut answer = [0; 12];
    let told = stalled[0].read_exact(&mut answer);
    let told = tokio::time::timeout(PATIENCE + Duration::from_secs(30), told).await;
    told.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
}

/// The test itself needs a descriptor for each connection.
fn raise_own_limit() {
    telemetron_runtime::doors::raise_file_limit();
}

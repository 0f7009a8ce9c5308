//! A trace on its way: emitted by the SDK, watched live, queried, watched by a client that sleeps.

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use telemetron_sdk::{Collector, TokenUsage};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::platform::{PATIENCE, Platform};

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_emits_is_seen_live_and_can_be_queried() {
    let Some(platform) = Platform::start().await else {
        return;
    };
    let mut watcher = connect(&platform).await;
    // A second client subscribes and never reads: it must harm nobody.
    let _sleeper = connect(&platform).await;
    let telemetry = Collector::builder()
        .bootstrap_servers(platform.bootstrap_servers())
        .project("e2e")
        .start()
        .unwrap();
    let trace = telemetry
        .trace("plan a trip")
        .user_input("Rome")
        .session("s1")
        .start();
    let trace_id = trace.trace_id().to_string();
    let running = trace.agent("orchestrator");
    let (span, _) = next_record(&mut watcher, "span").await;
    assert_eq!(
        (&span["status"], &span["agent_name"]),
        (&json!("RUNNING"), &json!("orchestrator"))
    );
    platform
        .eventually(&format!("/api/v1/traces/{trace_id}"), |answer| {
            answer["trace"]["counts"]["running_spans"] == 1
        })
        .await;

    let call = running.llm("gpt-5");
    call.input("Rome?")
        .output("Hotel Forum")
        .tokens(TokenUsage::new(120, 40))
        .cost_usd(0.25);
    call.complete();
    trace
        .handoff("orchestrator", "booker")
        .reason("a hotel was chosen")
        .send();
    running.complete();
    let sent = Instant::now();
    trace.complete("booked");
    let (_, seen) = next_record(&mut watcher, "handoff").await;
    println!(
        "handoff seen live {} ms after the last call returned",
        seen.saturating_duration_since(sent).as_millis()
    );

    let complete = |answer: &Value| answer["trace"]["status"] == "COMPLETED";
    let answer = platform
        .eventually(&format!("/api/v1/traces/{trace_id}"), complete)
        .await;
    assert_eq!(answer["trace"]["tokens"]["total"], 160);
    assert_eq!(answer["trace"]["cost_usd"], 0.25);
    assert_eq!(answer["handoffs"][0]["reason"], "a hotel was chosen");
    assert_eq!(answer["spans"].as_array().unwrap().len(), 2);
    telemetry.shutdown(Duration::from_secs(5)).await;
    a_fast_client_gets_everything_beside_a_slow_one(&platform, &mut watcher).await;
}

/// Sends more than the sleeper's queue holds; the watcher gets every record.
async fn a_fast_client_gets_everything_beside_a_slow_one(
    platform: &Platform,
    watcher: &mut Socket,
) {
    subscribe(
        watcher,
        &json!({"type": "subscribe", "event_types": ["load"]}),
    )
    .await;
    let telemetry = Collector::builder()
        .bootstrap_servers(platform.bootstrap_servers())
        .start()
        .unwrap();
    let trace = telemetry.trace("many events").start();
    for number in 0..5_000 {
        trace.event(format!("event {number}")).kind("load").send();
    }
    let mut seen = 0;
    while seen < 5_000 {
        let (record, _) = next_record(watcher, "event").await;
        seen += u32::from(record["event_type"] == "load");
    }
    trace.complete("sent");
    telemetry.shutdown(Duration::from_secs(5)).await;
}

async fn connect(platform: &Platform) -> Socket {
    let (mut socket, _) = connect_async(platform.websocket()).await.unwrap();
    subscribe(
        &mut socket,
        &json!({"type": "subscribe", "trace_ids": [], "agent_names": [], "event_types": []}),
    )
    .await;
    socket
}

async fn subscribe(socket: &mut Socket, message: &Value) {
    socket
        .send(Message::text(message.to_string()))
        .await
        .unwrap();
    while next_frame(socket).await["type"] != "subscription_updated" {}
}

/// The next live record of a kind, and when it was seen.
async fn next_record(socket: &mut Socket, kind: &str) -> (Value, Instant) {
    loop {
        let frame = next_frame(socket).await;
        assert_ne!(
            frame["type"], "lagged",
            "the fast client fell behind: {frame}"
        );
        if frame["type"] == "record" && frame["kind"] == kind {
            return (frame["data"].clone(), Instant::now());
        }
    }
}

async fn next_frame(socket: &mut Socket) -> Value {
    loop {
        let message = tokio::time::timeout(PATIENCE, socket.next()).await.unwrap();
        if let Message::Text(text) = message.unwrap().unwrap() {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

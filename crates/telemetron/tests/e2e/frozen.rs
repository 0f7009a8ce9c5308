//! A Kafka that stands still again and again: everything that talks to it comes back by itself.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use serde_json::Value;
use tokio_tungstenite::connect_async;

use crate::api::PATIENCE;
use crate::load::Load;
use crate::platform::{Platform, Service};

/// Health, metrics and stream say how it is within so long; more on a machine that is busy with others.
const TRUTH: Duration = Duration::from_secs(30);

/// Killed first: a broker that comes back from a crash is shut out by its controller after 1.5 seconds
/// of standing still, and then tells its clients of no broker at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_kafka_frozen_again_and_again_is_told_of_and_everything_flows_afterwards() {
    let Some(mut platform) = Platform::start().await else {
        return;
    };
    assert!(platform.kill(Service::Kafka), "no Kafka to kill");
    let load = Load::start(platform.bootstrap_servers());
    let flows = |answer: &Value| answer["ledger"]["received"].as_u64() >= Some(400);
    platform.eventually("/api/v1/ingest", flows).await;
    platform.ready().await;
    let (mut stream, _) = connect_async(platform.websocket()).await.unwrap();

    assert!(platform.signal(Service::Kafka, "STOP"));
    let told = told(&mut stream, false).await;
    assert!(told["detail"].is_string(), "{told}");
    let answer = platform
        .eventually("/ready", |ready| {
            is(ready, "live", false) && is(ready, "kafka", false)
        })
        .await;
    assert!(
        answer["components"]["live"]["reason"].is_string(),
        "{answer}"
    );
    assert!(metric(&platform, "telemetron_api_live_delivering 0").await);
    assert!(platform.signal(Service::Kafka, "CONT"));
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        assert!(platform.signal(Service::Kafka, "STOP"));
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(platform.signal(Service::Kafka, "CONT"));
    }

    let timer = Instant::now();
    platform.ready().await;
    let gateway = format!("{}/ready", platform.otlp_http());
    while !reqwest::get(&gateway)
        .await
        .is_ok_and(|answer| answer.status().is_success())
    {
        assert!(timer.elapsed() < PATIENCE, "{}", platform.log());
    }
    println!(
        "ready {:.1} s after the last freeze",
        timer.elapsed().as_secs_f64()
    );
    assert!(metric(&platform, "telemetron_api_live_delivering 1").await);
    let sent = load.stop().await;
    let all = |answer: &Value| answer["ledger"]["received"].as_u64() >= Some(sent * 2);
    let answer = platform.eventually("/api/v1/ingest", all).await;
    assert_eq!(answer["ledger"]["balanced"], true);
    // What flows now is seen live by who listened all the time.
    let load = Load::start(platform.bootstrap_servers());
    while frame(&mut stream).await["type"] != "record" {}
    load.stop().await;
}

type Stream =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// Waits for word that the stream delivers, or does not.
async fn told(stream: &mut Stream, delivering: bool) -> Value {
    let timer = Instant::now();
    loop {
        let frame = frame(stream).await;
        if frame["type"] == "delivery" && frame["delivering"] == delivering {
            assert!(timer.elapsed() < TRUTH, "told after {:?}", timer.elapsed());
            return frame;
        }
    }
}

async fn frame(stream: &mut Stream) -> Value {
    loop {
        let message = tokio::time::timeout(PATIENCE, stream.next()).await;
        let message = message.unwrap().unwrap().unwrap();
        if let Ok(text) = message.to_text()
            && let Ok(frame) = serde_json::from_str(text)
        {
            return frame;
        }
    }
}

fn is(answer: &Value, component: &str, ready: bool) -> bool {
    answer["components"][component]["ready"] == ready
}

async fn metric(platform: &Platform, line: &str) -> bool {
    let text = reqwest::get(platform.url("/metrics")).await.unwrap().text();
    let text = text.await.unwrap();
    assert!(
        text.contains("telemetron_kafka_client_delivered_timestamp_seconds{"),
        "{text}"
    );
    text.lines().any(|known| known == line)
}

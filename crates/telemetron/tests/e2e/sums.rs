//! Whatever is accepted can be added up: times at both ends of what a clock can say, a million dollars
//! again and again, and a child on a host whose clock is an hour behind.

use serde_json::Value;
use telemetron_kafka::{KafkaConfig, Producer, ProducerOptions};
use telemetron_model::record::{Record, Span, SpanKind, Status};
use telemetron_model::{NanoUsd, SpanId, Timestamp, TraceId};

use crate::platform::Platform;

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3_600 * SECOND;

/// The largest amount that one call can have cost, in nano-dollars: a million dollars.
const MILLION: i64 = 1_000_000 * SECOND;

/// Calls for so much: their sum in nano-dollars is beyond 64 bits.
const CALLS: u64 = 9_600;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_accepted_can_be_added_up() {
    let Some(platform) = Platform::start().await else {
        return;
    };
    let now = Timestamp::now();
    let mut spans = vec![
        span(1, 1, None, ends(-292), ends(292)),
        span(1, 2, None, now, ends(291)),
        span(2, 1, None, now.plus_nanos(-2 * SECOND), now),
        span(
            2,
            2,
            Some(1),
            now.plus_nanos(-HOUR),
            now.plus_nanos(SECOND - HOUR),
        ),
    ];
    for call in 1..=CALLS {
        let mut paid = span(3, call, None, now, now);
        paid.span_kind = SpanKind::Llm;
        paid.model = Some("dear".to_owned());
        paid.session_id = Some("dear".to_owned());
        paid.cost_usd = Some(NanoUsd::from_nanos(MILLION));
        spans.push(paid);
    }
    let sent = u64::try_from(spans.len()).unwrap();
    send(&platform, spans).await;
    let all = |answer: &Value| answer["ledger"]["received"].as_u64() >= Some(sent);
    let ledger = platform.eventually("/api/v1/ingest", all).await["ledger"].clone();
    assert_eq!(
        (&ledger["rejected"], &ledger["balanced"]),
        (&1.into(), &true.into())
    );

    // Everybody's pages, and those of what is odd.
    let [early, child, dear] = [1, 2, 3].map(|trace| format!("/api/v1/traces/{}", id(trace)));
    for path in [
        "/metrics",
        "/api/v1/traces",
        "/api/v1/metrics",
        "/api/v1/oracle/state",
    ] {
        assert_eq!(status(&platform, path).await, 200, "{path}");
    }
    for trace in [&early, &child, &dear] {
        for part in ["", "/timeline", "/graph"] {
            let path = format!("{trace}{part}");
            assert_eq!(status(&platform, &path).await, 200, "{path}");
        }
    }
    // What began before there were computers is a dead letter, which says why.
    let letters = platform.api().get("/api/v1/dead-letters").await.unwrap();
    let reason = letters["items"][0]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("`start_time` is 1678"), "{letters}");
    let trace = platform.api().get(&child).await.unwrap();
    assert_eq!(trace["trace"]["duration_ms"], 2_000.0, "{}", trace["trace"]);
    // The most that can be said, and neither less than nothing nor an error.
    let sessions = platform.api().get("/api/v1/sessions").await.unwrap();
    let session = sessions["items"].as_array().unwrap().iter();
    let session = session
        .clone()
        .find(|it| it["session_id"] == "dear")
        .unwrap();
    let most = NanoUsd::from_nanos(i64::MAX);
    assert_eq!(
        session["cost_usd"],
        serde_json::to_value(most).unwrap(),
        "{session}"
    );
}

/// An instant so many years after 1970, or as far as nanoseconds in 64 bits reach.
fn ends(years: i64) -> Timestamp {
    Timestamp::from_nanos(years.saturating_mul(365 * 24 * HOUR))
}

fn id(trace: u8) -> TraceId {
    TraceId::from_bytes([trace; 16]).unwrap()
}

fn span(trace: u8, place: u64, parent: Option<u64>, start: Timestamp, end: Timestamp) -> Span {
    let span_id = |place: u64| SpanId::from_slice(&place.to_be_bytes()).unwrap();
    let mut span = Span::started(id(trace), span_id(place), "work", SpanKind::Chain, start);
    span.parent_span_id = parent.map(span_id);
    span.status = Status::Completed;
    span.end_time = Some(end);
    span
}

async fn send(platform: &Platform, spans: Vec<Span>) {
    let kafka = KafkaConfig::new(platform.bootstrap_servers());
    let producer = Producer::new(&kafka, &ProducerOptions::default()).unwrap();
    let mut batch = producer.batch();
    for span in spans {
        batch.send(&Record::from(span)).await.unwrap();
    }
    batch.delivered().await.unwrap();
}

async fn status(platform: &Platform, path: &str) -> u16 {
    let answer = reqwest::get(platform.url(path)).await.unwrap();
    answer.status().as_u16()
}

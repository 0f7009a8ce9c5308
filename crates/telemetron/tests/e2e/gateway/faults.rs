//! What was answered 200 is stored, whatever is killed meanwhile.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{request, span};
use crate::platform::{PATIENCE, Platform, Service};

/// Exporters that send at the same time, and spans in each of their requests.
const EXPORTERS: u64 = 4;
const SPANS: u64 = 50;

/// What became of the requests of all exporters.
#[derive(Default)]
struct Tally {
    next: AtomicU64,
    accepted: AtomicU64,
    refused: AtomicU64,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_while_kafka_was_killed_is_stored_to_the_last_span() {
    let Some(mut platform) = Platform::start().await else {
        return;
    };
    let (tally, stop) = (Arc::new(Tally::default()), CancellationToken::new());
    let url = format!("{}/v1/traces", platform.otlp_http());
    let mut exporters = JoinSet::new();
    for _ in 0..EXPORTERS {
        exporters.spawn(export(url.clone(), Arc::clone(&tally), stop.clone()));
    }
    more_than(&tally.accepted, 20).await;
    assert!(platform.kill(Service::Kafka), "no Kafka to kill");
    platform.ready().await;
    more_than(&tally.accepted, tally.accepted.load(Relaxed) + 20).await;
    stop.cancel();
    let accepted: BTreeSet<u64> = exporters.join_all().await.into_iter().flatten().collect();

    let wanted: Vec<_> = accepted
        .iter()
        .flat_map(|number| (1..=SPANS).map(|id| (u128::from(*number), id)))
        .collect();
    let missing = missing_after_a_while(&platform, &wanted).await;
    let refused = tally.refused.load(Relaxed);
    println!(
        "{} spans accepted, {refused} requests refused, {missing} missing",
        wanted.len()
    );
    assert_eq!(missing, 0);
}

/// Sends requests, each with a trace of its own; returns those that were answered 200.
async fn export(url: String, tally: Arc<Tally>, stop: CancellationToken) -> Vec<u64> {
    let client = reqwest::Client::new();
    let mut accepted = Vec::new();
    while !stop.is_cancelled() {
        let number = tally.next.fetch_add(1, Relaxed) + 1;
        let parent = |id: u64| (id > 1).then_some(1);
        let spans: Vec<_> = (1..=SPANS)
            .map(|id| span(number.into(), id, parent(id)))
            .collect();
        let answer = client
            .post(&url)
            .json(&request(&spans, "load"))
            .send()
            .await;
        let status = answer.map_or(0, |answer| answer.status().as_u16());
        if status == 200 {
            accepted.push(number);
            tally.accepted.fetch_add(1, Relaxed);
        } else {
            assert!(matches!(status, 429 | 503), "answered {status}");
            tally.refused.fetch_add(1, Relaxed);
        }
    }
    accepted
}

async fn more_than(count: &AtomicU64, before: u64) {
    let deadline = Instant::now() + PATIENCE;
    while count.load(Relaxed) <= before {
        assert!(Instant::now() < deadline, "no request more than {before}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How many of these spans are not stored, once nothing waits any more.
async fn missing_after_a_while(platform: &Platform, wanted: &[(u128, u64)]) -> usize {
    let pool = platform.database();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let rows: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as("SELECT trace_id, span_id FROM spans")
            .fetch_all(&pool)
            .await
            .unwrap();
        let stored: BTreeSet<_> = rows.into_iter().collect();
        let is_missing = |(trace, id): &&(u128, u64)| {
            !stored.contains(&(trace.to_be_bytes().to_vec(), id.to_be_bytes().to_vec()))
        };
        let missing = wanted.iter().filter(is_missing).count();
        if missing == 0 || Instant::now() > deadline {
            return missing;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

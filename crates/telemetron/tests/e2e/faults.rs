//! Whatever is killed, every record is stored exactly once.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::load::Load;
use crate::platform::{Platform, Service};

/// Kills in turn Kafka, Postgres and the whole platform under load, then counts by identity and
/// by ledger.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_killed_every_record_is_stored_exactly_once() {
    let kills: u32 = std::env::var("TELEMETRON_KILLS").map_or(3, |count| count.parse().unwrap());
    let Some(mut platform) = Platform::start().await else {
        return;
    };
    let load = Load::start(platform.bootstrap_servers());
    let mut spans_before = 0;
    for kill in 0..kills {
        spans_before = more_than(&platform, spans_before).await;
        let timer = Instant::now();
        match kill % 3 {
            0 => assert!(platform.kill(Service::Kafka), "no Kafka to kill"),
            1 => assert!(platform.kill(Service::Postgres), "no Postgres to kill"),
            _ => platform.kill_and_restart(),
        }
        platform.ready().await;
        spans_before = more_than(&platform, spans_before).await;
        println!(
            "kill {}: records flow again after {:.1} s",
            kill + 1,
            timer.elapsed().as_secs_f64()
        );
    }
    let sent = load.stop().await;
    let ledger = settled(&platform, sent * 2).await;
    println!("{kills} kills, {sent} spans sent, ledger {ledger}");
    let stored = stored_spans(&platform).await;
    assert_eq!(
        stored,
        (i64::try_from(sent).unwrap(), 0),
        "spans stored, and of them not completed"
    );
    assert_eq!(ledger["received"], sent * 2);
    assert_eq!(ledger["stored"], sent * 2);
    assert_eq!(ledger["balanced"], true);
}

/// A Kafka that lost everything is read from its beginning, and what was stored stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_kafka_that_was_wiped_is_noticed_and_not_skipped_over() {
    let Some(mut platform) = Platform::start().await else {
        return;
    };
    let load = Load::start(platform.bootstrap_servers());
    more_than(&platform, 0).await;
    let before = load.stop().await;
    settled(&platform, before * 2).await;
    platform.stop();
    std::fs::remove_dir_all(platform.kafka_data()).unwrap();
    platform.restart();
    platform.ready().await;
    let load = Load::start(platform.bootstrap_servers());
    // The same identities come again; the ledger is that of the new cluster.
    more_than(&platform, 0).await;
    let after = load.stop().await;
    let ledger = settled(&platform, after * 2).await;
    let twice = before.min(after) * 2;
    assert_eq!(
        (&ledger["received"], &ledger["duplicate"]),
        (&(after * 2).into(), &twice.into())
    );
    let (stored, running) = stored_spans(&platform).await;
    assert_eq!(
        (stored, running),
        (i64::try_from(before.max(after)).unwrap(), 0)
    );
}

/// Waits until the ledger has received so many records, and nothing waits.
async fn settled(platform: &Platform, records: u64) -> Value {
    let settled = |answer: &Value| {
        answer["ledger"]["received"]
            .as_u64()
            .is_some_and(|received| received >= records)
    };
    platform.eventually("/api/v1/ingest", settled).await["ledger"].clone()
}

/// Waits until more records are stored than before.
async fn more_than(platform: &Platform, before: u64) -> u64 {
    let received = |answer: &Value| answer["ledger"]["received"].as_u64().unwrap_or_default();
    let wanted = before + 400;
    received(
        &platform
            .eventually("/api/v1/ingest", |answer| received(answer) >= wanted)
            .await,
    )
}

/// Spans in the store by identity, and how many of them have not completed.
async fn stored_spans(platform: &Platform) -> (i64, i64) {
    let pool = platform.database();
    let count = "SELECT count(DISTINCT (trace_id, span_id)), count(*) FILTER (WHERE status <> 2) FROM spans";
    let query = sqlx::query_as(count).fetch_one(&pool);
    tokio::time::timeout(Duration::from_secs(30), query)
        .await
        .unwrap()
        .unwrap()
}

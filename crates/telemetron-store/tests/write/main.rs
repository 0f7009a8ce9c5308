//! The write path on a real Postgres: whatever the order and the batches, the same rows.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod abandoned;
mod blamed;
mod counted;
mod handoffs;
mod inherited;
mod leads;
mod links;
mod offsets;
mod retention;
mod sides;
mod support;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sqlx::PgPool;
use support::{Feed, record, rows, span_json, trace_id};
use telemetron_model::Timestamp;
use telemetron_model::record::Record;
use telemetron_store::StoreError;

/// Any records, in any order, repeated and cut into batches of any size, leave the same rows.
#[sqlx::test(migrations = "../../migrations")]
async fn order_repetition_and_batches_do_not_matter(pool: PgPool) {
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(60)
    });
    let records = prop::collection::vec(support::any_record(), 1..20).prop_flat_map(|records| {
        let doubled: Vec<_> = records.iter().chain(&records).cloned().collect();
        (Just(records), Just(doubled).prop_shuffle(), 1_usize..9)
    });
    let handle = tokio::runtime::Handle::current();
    let outcome = tokio::task::spawn_blocking(move || {
        runner.run(&records, |(once, shuffled, size)| {
            let expected = handle.block_on(stored(&pool, &once, 1));
            let actual = handle.block_on(stored(&pool, &shuffled, size));
            prop_assert_eq!(expected, actual);
            Ok(())
        })
    });
    outcome.await.unwrap().unwrap();
}

async fn stored(pool: &PgPool, records: &[String], size: usize) -> Vec<String> {
    let mut feed = Feed::start(pool).await;
    for batch in records.chunks(size) {
        feed.send(batch).await.unwrap();
    }
    let (received, stored, duplicate) = feed.ledger().await;
    assert_eq!(received, stored + duplicate);
    rows(pool).await
}

#[sqlx::test(migrations = "../../migrations")]
async fn sums_equal_what_the_spans_add_up_to(pool: PgPool) {
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(60)
    });
    let records = (
        prop::collection::vec(support::any_record(), 1..30),
        1_usize..9,
    );
    let handle = tokio::runtime::Handle::current();
    let outcome = tokio::task::spawn_blocking(move || {
        runner.run(&records, |(records, size)| {
            handle.block_on(stored(&pool, &records, size));
            let wrong = [
                handle.block_on(support::wrong_sums(&pool)),
                handle.block_on(support::wrong_agents(&pool)),
                handle.block_on(support::misplaced_tokens(&pool)),
            ];
            prop_assert_eq!(wrong.concat(), Vec::<String>::new());
            Ok(())
        })
    });
    outcome.await.unwrap().unwrap();
}

#[sqlx::test(migrations = "../../migrations")]
async fn every_record_is_counted_as_stored_or_duplicate(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    let span = span_json(1, 1, r#"{"status":"RUNNING"}"#);
    let end = span_json(1, 1, r#"{"status":"COMPLETED","end_time":9}"#);
    feed.send(&[span.clone(), end.clone(), span.clone()])
        .await
        .unwrap();
    assert_eq!(feed.ledger().await, (3, 2, 1));
    feed.send(&[end, span]).await.unwrap();
    assert_eq!(feed.ledger().await, (5, 2, 3));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_consumer_that_lost_its_partition_writes_nothing(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    let mut other = feed.clone();
    feed.send(&[span_json(1, 1, "{}")]).await.unwrap();
    let error = other.send(&[span_json(2, 2, "{}")]).await.unwrap_err();
    assert!(matches!(error, StoreError::Fenced(_)), "{error}");
    let (traces,): (i64,) = sqlx::query_as("SELECT count(*) FROM traces")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(traces, 1);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_wrapper_that_ends_last_takes_the_tokens_of_its_call_back(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    let call = span_json(
        1,
        2,
        r#"{"parent_span_id":"0101010101010101","token_usage":{"input":5,"output":5}}"#,
    );
    feed.send(&[call]).await.unwrap();
    let tokens = "SELECT total_tokens FROM traces";
    let (before,): (i64,) = sqlx::query_as(tokens).fetch_one(&pool).await.unwrap();
    let wrapper = span_json(1, 1, r#"{"token_usage":{"input":5,"output":5}}"#);
    feed.send(&[wrapper]).await.unwrap();
    let (after,): (i64,) = sqlx::query_as(tokens).fetch_one(&pool).await.unwrap();
    assert_eq!((before, after), (10, 10));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_missing_partition_is_transient_and_nothing_moves(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    feed.broker_time = Timestamp::parse_rfc3339("2031-05-05T00:00:00Z").unwrap();
    let error = feed.send(&[span_json(1, 1, "{}")]).await.unwrap_err();
    assert!(matches!(error, StoreError::MissingPartition(_)), "{error}");
    telemetron_store::partitions::ensure(&pool, &[feed.broker_time.day()])
        .await
        .unwrap();
    feed.retry(&[span_json(1, 1, "{}")]).await.unwrap();
    assert_eq!(feed.ledger().await, (1, 1, 0));
}

/// A trace that lives on past midnight stays whole, in the partition of its first day.
#[sqlx::test(migrations = "../../migrations")]
async fn a_trace_keeps_its_day_past_midnight(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    let day = feed.broker_time.day();
    let start = span_json(1, 1, r#"{"status":"RUNNING"}"#);
    feed.send(&[start]).await.unwrap();
    feed.broker_time = feed.broker_time.plus_nanos(2 * 3_600_000_000_000);
    assert_ne!(feed.broker_time.day(), day);
    feed.send(&[span_json(1, 1, "{}"), span_json(1, 2, "{}")])
        .await
        .unwrap();
    let days: Vec<(chrono::NaiveDate, i64)> =
        sqlx::query_as("SELECT day, count(*) FROM spans GROUP BY day")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(days, [(day, 2)]);
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_postgres_cannot_hold_is_marked_and_stored(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    let change = r#"{"name":"a\u0000b","attributes":{"k\u0000":"HALF"},"output_data":"x\u0000"}"#;
    feed.send(&[span_json(1, 1, change).replace("HALF", "\\ud800")])
        .await
        .unwrap();
    let (name, half): (String, String) =
        sqlx::query_as("SELECT name, attributes ->> $1 FROM spans")
            .bind("k\u{241b}0000")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(
        (name.as_str(), half.as_str()),
        ("a\u{241b}0000b", "\u{241b}d800")
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn agents_tasks_metrics_and_events_are_known_again(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    let life = [
        r#"{"agent_id":"a","name":"A","status":"healthy","registered_at":1,"timestamp":5}"#,
        r#"{"task_id":"t","queue":"q","status":"running","submitted_at":1,"timestamp":6}"#,
        r#"{"name":"m","type":"counter","value":2.5,"labels":{"x":"1"},"time":7}"#,
        r#"{"event_name":"started","timestamp":8}"#,
    ]
    .map(str::to_owned);
    feed.send(&life).await.unwrap();
    feed.send(&life).await.unwrap();
    assert_eq!(feed.ledger().await, (8, 4, 4));
    let late =
        r#"{"agent_id":"a","name":"old","status":"healthy","registered_at":1,"timestamp":4}"#;
    feed.send(&[late.to_owned()]).await.unwrap();
    let (name,): (String,) = sqlx::query_as("SELECT name FROM agents")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(name, "A");
}

#[test]
fn the_feed_decodes_what_it_sends() {
    assert!(matches!(record(&span_json(1, 1, "{}")), Record::Span(_)));
    assert_eq!(trace_id(1).to_string(), "01".repeat(16));
}

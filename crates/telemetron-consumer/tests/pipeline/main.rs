//! From Kafka into Postgres on real services: nothing lost, nothing doubled, everything counted.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and says why it is skipped"
)]

mod poison;
mod refusals;
mod support;

use std::time::Duration;

use support::{Platform, event, opened, span};

#[sqlx::test(migrations = "../../migrations")]
async fn records_are_stored_once_and_the_ledger_balances(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start(pool).await else {
        return;
    };
    let consumer = platform.consume();
    let spans: Vec<_> = (0..2_000).map(|n| span(n / 20, n)).collect();
    platform.send(&spans).await;
    platform.send(&spans[..500]).await;
    let ledger = platform.ledger_of(2_500).await;
    assert_eq!(
        (ledger.stored, ledger.duplicate, ledger.rejected),
        (2_000, 500, 0)
    );
    assert_eq!(platform.count("spans").await, 2_000);
    assert_eq!(platform.count("traces").await, 100);
    consumer.stop().await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_cannot_be_folded_goes_to_the_dead_letters_and_the_partition_goes_on(
    pool: sqlx::PgPool,
) {
    let Some(platform) = Platform::start(pool).await else {
        return;
    };
    let consumer = platform.consume();
    let id = "01".repeat(16);
    platform
        .send_raw(
            "spans",
            Some(&id),
            "telemetron.span.v1",
            b"{\"trace_id\": 7",
        )
        .await;
    platform
        .send_raw("spans", Some(&id), "telemetron.span.v9", b"{}")
        .await;
    platform
        .send_raw(
            "spans",
            Some("nobody"),
            "telemetron.span.v1",
            &span(1, 1).to_json().unwrap(),
        )
        .await;
    platform
        .send_raw("spans", Some(&id), "telemetron.event.v1", b"{}")
        .await;
    platform.send(&[span(1, 1)]).await;
    let ledger = platform.ledger_of(5).await;
    assert_eq!((ledger.stored, ledger.rejected), (1, 4));
    let codes = platform
        .texts("SELECT code FROM dead_letters ORDER BY code")
        .await;
    assert_eq!(
        codes,
        ["future_schema", "malformed", "wrong_key", "wrong_topic"]
    );
    consumer.stop().await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_row_that_postgres_refuses_is_rejected_alone(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start(pool).await else {
        return;
    };
    sqlx::query("ALTER TABLE spans ADD CONSTRAINT no_seven CHECK (name <> 'span 7')")
        .execute(&platform.pool)
        .await
        .unwrap();
    let spans: Vec<_> = (0..40).map(|n| span(n / 5, n)).collect();
    platform.send(&spans).await;
    let consumer = platform.consume();
    let ledger = platform.ledger_of(40).await;
    assert_eq!((ledger.stored, ledger.rejected), (39, 1));
    assert_eq!(
        platform.texts("SELECT code FROM dead_letters").await,
        ["refused"]
    );
    consumer.stop().await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn two_consumers_share_the_work_and_nothing_is_lost_or_doubled_when_one_leaves(
    pool: sqlx::PgPool,
) {
    let Some(platform) = Platform::start(pool).await else {
        return;
    };
    let first = platform.consume();
    platform
        .send(&(0..1_000).map(|n| span(n / 10, n)).collect::<Vec<_>>())
        .await;
    let second = platform.consume();
    platform
        .send(&(1_000..3_000).map(|n| span(n / 10, n)).collect::<Vec<_>>())
        .await;
    platform.ledger_of(1_500).await;
    first.stop().await;
    platform
        .send(&(3_000..4_000).map(|n| span(n / 10, n)).collect::<Vec<_>>())
        .await;
    let ledger = platform.ledger_of(4_000).await;
    assert_eq!((ledger.stored, ledger.duplicate), (4_000, 0));
    assert_eq!(platform.count("spans").await, 4_000);
    second.stop().await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_consumer_that_is_killed_is_followed_by_one_that_goes_on(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start(pool).await else {
        return;
    };
    for round in 0..4 {
        let consumer = platform.consume();
        let from = round * 1_000;
        platform
            .send(
                &(from..from + 1_000)
                    .map(|n| span(n / 10, n))
                    .collect::<Vec<_>>(),
            )
            .await;
        platform.ledger_of(i64::from(from) + 300).await;
        consumer.abort();
    }
    let last = platform.consume();
    let ledger = platform.ledger_of(4_000).await;
    assert_eq!((ledger.stored, ledger.duplicate), (4_000, 0));
    assert_eq!(platform.count("spans").await, 4_000);
    last.stop().await;
}

/// Spans, events and the trace itself come through three topics at once, and none of them first.
#[sqlx::test(migrations = "../../migrations")]
async fn topics_meet_in_one_new_trace(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start(pool).await else {
        return;
    };
    let consumers = [platform.consume(), platform.consume()];
    let traces = 150;
    let records = (0..traces).flat_map(|n| [event(n), span(n, n), opened(n)]);
    platform.send(&records.collect::<Vec<_>>()).await;
    let ledger = platform.ledger_of(i64::from(traces) * 3).await;
    assert_eq!(
        (ledger.stored, ledger.duplicate),
        (i64::from(traces) * 3, 0)
    );
    let whole = "SELECT count(*)::text FROM traces
                 WHERE span_count = 1 AND event_count = 1 AND report_status IS NOT NULL";
    assert_eq!(platform.texts(whole).await, [traces.to_string()]);
    for consumer in consumers {
        consumer.stop().await;
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_missing_partition_is_made_and_the_batch_is_stored(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start_without_partitions(pool).await else {
        return;
    };
    let consumer = platform.consume();
    platform.send(&[span(1, 1)]).await;
    assert_eq!(platform.ledger_of(1).await.stored, 1);
    consumer.stop().await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn while_postgres_refuses_to_write_records_wait_and_are_stored_after(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start(pool).await else {
        return;
    };
    let consumer = platform.consume();
    platform.send(&[span(1, 1)]).await;
    platform.ledger_of(1).await;
    let mut lock = platform.pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE spans IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *lock)
        .await
        .unwrap();
    platform
        .send(&(2..102).map(|n| span(n, n)).collect::<Vec<_>>())
        .await;
    platform.blocked_writers().await;
    lock.rollback().await.unwrap();
    let ledger = tokio::time::timeout(Duration::from_secs(60), platform.ledger_of(101))
        .await
        .unwrap();
    assert_eq!((ledger.stored, ledger.duplicate), (101, 0));
    consumer.stop().await;
}

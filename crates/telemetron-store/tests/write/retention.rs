//! Retention: what is old goes, what still receives stays, and a clock that jumped drops nothing.

use sqlx::PgPool;
use telemetron_model::Timestamp;
use telemetron_store::retention::{Removed, Retention, enforce};

use crate::support::{Feed, span_json};

const DAY_NS: i64 = 86_400_000_000_000;

/// Lets so many days pass, and makes the partition of the day that comes then.
async fn days_later(pool: &PgPool, feed: &mut Feed, days: i64) {
    feed.broker_time = feed.broker_time.plus_nanos(days * DAY_NS);
    let today = feed.broker_time.day();
    telemetron_store::partitions::ensure(pool, &[today])
        .await
        .unwrap();
}

async fn forget(pool: &PgPool, now: Timestamp) -> Removed {
    enforce(pool, Retention::default(), now).await.unwrap()
}

async fn count(pool: &PgPool, of: &str) -> i64 {
    let count = format!("SELECT count(*) FROM {of}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(count))
        .fetch_one(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrations = "../../migrations")]
async fn retention_drops_whole_days_and_a_late_record_starts_anew(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    feed.send(&[span_json(1, 1, "{}")]).await.unwrap();
    let later = feed.broker_time.plus_nanos(9 * 86_400_000_000_000);
    let removed = enforce(&pool, Retention::default(), later).await.unwrap();
    assert_eq!((removed.traces, removed.days.len()), (1, 1));
    feed.broker_time = later;
    telemetron_store::partitions::ensure(&pool, &[later.day()])
        .await
        .unwrap();
    feed.send(&[span_json(1, 2, "{}")]).await.unwrap();
    let (truncated, spans): (bool, i64) =
        sqlx::query_as("SELECT truncated, span_count FROM traces")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!((truncated, spans), (true, 1));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_trace_that_still_receives_loses_nothing(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    let calls = r#"{"tool_calls":[{"tool_name":"t"}],"status":"RUNNING"}"#;
    let event = r#"{"event_name":"e","trace_id":"01010101010101010101010101010101","timestamp":5}"#;
    feed.send(&[
        span_json(1, 1, calls),
        event.to_owned(),
        span_json(2, 1, "{}"),
    ])
    .await
    .unwrap();
    days_later(&pool, &mut feed, 8).await;
    feed.send(&[span_json(1, 2, "{}")]).await.unwrap();
    let removed = forget(&pool, feed.broker_time).await;
    assert_eq!(
        (removed.traces, removed.kept, removed.days.len()),
        (1, 1, 1)
    );
    assert_eq!(count(&pool, "traces").await, 1);
    for (of, kept) in [("spans", 2), ("tool_calls", 1), ("events", 1)] {
        let beside = format!("{of} JOIN traces USING (trace_id, day)");
        assert_eq!(
            (count(&pool, of).await, count(&pool, &beside).await),
            (kept, kept),
            "{of}"
        );
    }
    // It goes on where it is now, and goes when nothing has come for long.
    feed.send(&[span_json(1, 1, r#"{"end_time":9}"#)])
        .await
        .unwrap();
    assert_eq!(count(&pool, "spans WHERE status = 1").await, 0);
    for _ in 0..9 {
        days_later(&pool, &mut feed, 1).await;
        forget(&pool, feed.broker_time).await;
    }
    assert_eq!(
        (count(&pool, "traces").await, count(&pool, "spans").await),
        (0, 0)
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_clock_that_is_set_ahead_drops_nothing_for_a_day(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    feed.send(&[span_json(1, 1, "{}")]).await.unwrap();
    let now = feed.broker_time;
    assert_eq!(forget(&pool, now).await.held_until, None);
    let ahead = now.plus_nanos(400 * DAY_NS);
    let held = forget(&pool, ahead).await;
    assert_eq!(
        (held.held_until, held.traces),
        (Some(ahead.plus_nanos(DAY_NS)), 0)
    );
    assert!(
        forget(&pool, ahead.plus_nanos(DAY_NS / 2))
            .await
            .held_until
            .is_some()
    );
    // Somebody sets it right: all is as it was.
    assert_eq!(
        forget(&pool, now.plus_nanos(DAY_NS / 2)).await,
        Removed::default()
    );
    assert_eq!(count(&pool, "traces").await, 1);
    // Nobody does: a day later it is believed.
    forget(&pool, ahead).await;
    let removed = forget(&pool, ahead.plus_nanos(DAY_NS)).await;
    assert_eq!((removed.traces, removed.held_until), (1, None));
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_nobody_ends_or_names_any_more_goes_too(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    let life = [
        r#"{"agent_id":"a","name":"A","status":"healthy","registered_at":1,"timestamp":5}"#,
        r#"{"task_id":"t","queue":"q","status":"running","submitted_at":1,"timestamp":6}"#,
        r#"{"name":"m","type":"counter","value":2.5,"labels":{"x":"1"},"time":7}"#,
    ]
    .map(str::to_owned);
    feed.send(&life).await.unwrap();
    let rejected =
        "INSERT INTO dead_letters (cluster_id, topic, partition, record_offset, dlq_partition,
            dlq_offset, broker_time_ns, rejected_at, code, reason, value_bytes, excerpt)
        VALUES ('c', 't', 0, 0, 0, 0, 0, to_timestamp($1), 'malformed', 'r', 1, 'e')";
    let seconds = feed.broker_time.nanos() / 1_000_000_000;
    sqlx::query(rejected)
        .bind(seconds)
        .execute(&pool)
        .await
        .unwrap();
    let tables = [
        "agents",
        "tasks",
        "metric_points",
        "metric_series",
        "dead_letters",
    ];
    for (days, left) in [(29, 1), (31, 0)] {
        let now = feed.broker_time.plus_nanos(days * DAY_NS);
        // The clock has not jumped: it went on day by day.
        sqlx::query("DELETE FROM retention_clock")
            .execute(&pool)
            .await
            .unwrap();
        forget(&pool, now).await;
        for table in tables {
            assert_eq!(count(&pool, table).await, left, "{table} after {days} days");
        }
    }
}

//! Retention in a running platform: what is old goes, what still receives stays whole, and a clock that
//! jumped drops nothing and is told of.

use chrono::Days;
use serde_json::Value;
use sqlx::PgPool;
use telemetron_kafka::{KafkaConfig, Producer, ProducerOptions};
use telemetron_model::record::{Record, Span, SpanKind};
use telemetron_model::{SpanId, Timestamp, TraceId};
use telemetron_store::partitions;

use crate::platform::Platform;

/// Beyond the seven days for which traces are kept.
const DAYS: u64 = 9;
const DAY_NS: i64 = 86_400_000_000_000;

/// Nothing is heard of any more, and goes.
const OVER: u8 = 1;

/// Began as long ago, and received a moment ago.
const LIVING: u8 = 2;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_old_goes_and_a_clock_that_jumped_drops_nothing() {
    let Some(mut platform) = Platform::start().await else {
        return;
    };
    for trace in [OVER, LIVING] {
        send(&platform, trace).await;
        platform
            .eventually(&page(trace), |it| {
                it["spans"].as_array().map(Vec::len) == Some(2)
            })
            .await;
        begun_long_ago(&platform.database(), trace).await;
    }
    not_heard_of(&platform.database(), OVER).await;

    // As after a weekend, or with a clock that is set ahead: nobody can tell, so nothing goes.
    ran_last(&platform.database(), 2).await;
    again(&mut platform).await;
    let held = |answer: &Value| answer["retention"]["held_until"].is_string();
    platform.eventually("/api/v1/ingest", held).await;
    let metrics = reqwest::get(platform.url("/metrics"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let gauge = "telemetron_retention_held_until_timestamp_seconds ";
    let until = metrics
        .lines()
        .find_map(|line| line.strip_prefix(gauge))
        .unwrap();
    assert!(until.parse::<i64>().unwrap() > Timestamp::now().nanos() / 1_000_000_000);
    assert_eq!(
        [spans(&platform, OVER).await, spans(&platform, LIVING).await],
        [2, 2]
    );

    // It ran an hour ago.
    ran_last(&platform.database(), 0).await;
    again(&mut platform).await;
    let dropped = |answer: &Value| answer["retention"]["held_until"].is_null();
    platform.eventually("/api/v1/ingest", dropped).await;
    platform
        .eventually(&page(OVER), |answer| answer["status"] == 404)
        .await;
    assert_eq!(
        [spans(&platform, OVER).await, spans(&platform, LIVING).await],
        [0, 2]
    );
    let day: chrono::NaiveDate = sqlx::query_scalar("SELECT day FROM traces WHERE trace_id = $1")
        .bind(vec![LIVING; 16])
        .fetch_one(&platform.database())
        .await
        .unwrap();
    assert!(
        day + Days::new(1) >= Timestamp::now().day(),
        "it moved to the present day"
    );
}

fn page(trace: u8) -> String {
    format!("/api/v1/traces/{}", id(trace))
}

fn id(trace: u8) -> TraceId {
    TraceId::from_bytes([trace; 16]).unwrap()
}

async fn send(platform: &Platform, trace: u8) {
    let kafka = KafkaConfig::new(platform.bootstrap_servers());
    let producer = Producer::new(&kafka, &ProducerOptions::default()).unwrap();
    let mut batch = producer.batch();
    for place in [1, 2] {
        let span_id = SpanId::from_slice(&[place; 8]).unwrap();
        let now = Timestamp::now();
        let span = Span::started(id(trace), span_id, "work", SpanKind::Chain, now);
        batch.send(&Record::from(span)).await.unwrap();
    }
    batch.delivered().await.unwrap();
}

/// Makes the first record of a trace one of nine days ago.
async fn begun_long_ago(pool: &PgPool, trace: u8) {
    let day = Timestamp::now().day() - Days::new(DAYS);
    partitions::ensure(pool, &[day]).await.unwrap();
    for table in ["traces", "spans"] {
        let statement = format!("UPDATE {table} SET day = $1 WHERE trace_id = $2");
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(day)
            .bind(vec![trace; 16])
            .execute(pool)
            .await
            .unwrap();
    }
}

/// Makes the last record of a trace one of nine days ago.
async fn not_heard_of(pool: &PgPool, trace: u8) {
    sqlx::query("UPDATE traces SET last_seen_ns = last_seen_ns - $1 WHERE trace_id = $2")
        .bind(i64::try_from(DAYS).unwrap() * DAY_NS)
        .bind(vec![trace; 16])
        .execute(pool)
        .await
        .unwrap();
}

/// Makes the last run of retention one of so many days and an hour ago, after which nothing was held.
async fn ran_last(pool: &PgPool, days: i64) {
    sqlx::query("UPDATE retention_clock SET seen_ns = $1, held_until_ns = NULL")
        .bind(Timestamp::now().nanos() - days * DAY_NS - DAY_NS / 24)
        .execute(pool)
        .await
        .unwrap();
}

/// Starts the platform anew: retention runs as it begins.
async fn again(platform: &mut Platform) {
    platform.stop();
    platform.restart();
    platform.ready().await;
}

async fn spans(platform: &Platform, trace: u8) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM spans WHERE trace_id = $1")
        .bind(vec![trace; 16])
        .fetch_one(&platform.database())
        .await
        .unwrap()
}

//! Work that is given up half-way leaves no connection behind on which answers are still to come.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use telemetron_store::StoreError;
use telemetron_store::read::{graph, traces};
use tokio::time::timeout;

use super::support::{Feed, span_json, trace_id};

/// A pool whose next borrower gets just the connection that the last one left.
async fn single(pool: &PgPool) -> PgPool {
    let options = (*pool.connect_options()).clone();
    let one = PgPoolOptions::new().max_connections(1);
    one.connect_with(options).await.unwrap()
}

/// Longer and longer, so that every step of the work is once the last.
fn moments() -> impl Iterator<Item = Duration> {
    (0..120).map(|step| Duration::from_micros(step * 100))
}

/// Twenty spans of the next trace.
fn spans(traces: &mut u8) -> Vec<String> {
    let trace = *traces;
    *traces += 1;
    (1..=20).map(|span| span_json(trace, span, "{}")).collect()
}

async fn one(pool: &PgPool) -> i32 {
    let answer = sqlx::query_scalar("SELECT $1::int4").bind(1);
    answer.fetch_one(pool).await.unwrap()
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_batch_that_is_given_up_spoils_no_connection(pool: PgPool) {
    let pool = single(&pool).await;
    let mut feed = Feed::start(&pool).await;
    let mut sent = 1;
    for moment in moments() {
        let batch = spans(&mut sent);
        if timeout(moment, feed.send(&batch)).await.is_err() {
            assert_eq!(one(&pool).await, 1, "after {moment:?}");
            feed.catch_up().await;
        }
    }
    // A commit that was under way when its batch was given up may arrive only now.
    while let Err(StoreError::Fenced(_)) = feed.send(&spans(&mut sent)).await {
        feed.catch_up().await;
    }
    let (received, stored, duplicate) = feed.ledger().await;
    assert_eq!(received, stored + duplicate);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_reader_that_goes_away_spoils_no_connection(pool: PgPool) {
    let pool = single(&pool).await;
    let mut feed = Feed::start(&pool).await;
    feed.send(&spans(&mut 1)).await.unwrap();
    for moment in moments() {
        let _given_up = timeout(moment, async {
            let located = traces::locate(&pool, trace_id(1)).await;
            graph::read(&pool, located.unwrap().unwrap()).await.unwrap();
        })
        .await;
        assert_eq!(one(&pool).await, 1, "after {moment:?}");
    }
}

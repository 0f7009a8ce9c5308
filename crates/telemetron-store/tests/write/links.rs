//! Links between traces: stored once each, dropped with their trace.

use serde_json::json;
use sqlx::PgPool;
use telemetron_store::retention::{Retention, enforce};

use crate::support::{Feed, span_json, trace_id};

const DAY_NS: i64 = 86_400_000_000_000;

/// A span of trace 1 with links to spans of these traces.
fn linking(span: u8, to: &[u8]) -> String {
    let link = |n: &u8| json!({ "trace_id": trace_id(*n), "span_id": "07".repeat(8) });
    let links: Vec<_> = to.iter().map(link).collect();
    span_json(1, span, &json!({ "links": links }).to_string())
}

/// What is stored: the linking span and the trace that it links to, each by its byte.
async fn stored(pool: &PgPool) -> Vec<(u8, u8)> {
    let rows: Vec<(Vec<u8>, Vec<u8>)> =
        sqlx::query_as("SELECT span_id, linked_trace_id FROM trace_links ORDER BY 1, 2")
            .fetch_all(pool)
            .await
            .unwrap();
    rows.iter().map(|(span, to)| (span[0], to[0])).collect()
}

#[sqlx::test(migrations = "../../migrations")]
async fn each_link_to_another_trace_is_stored_once(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    feed.send(&[span_json(1, 9, "{}")]).await.unwrap();
    assert_eq!(stored(&pool).await, []);
    let records = [linking(1, &[1, 2, 2, 3]), linking(2, &[2])];
    for _ in 0..2 {
        feed.send(&records).await.unwrap();
        assert_eq!(stored(&pool).await, [(1, 2), (1, 3), (2, 2)]);
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn links_move_and_go_with_their_trace(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    feed.send(&[linking(1, &[2])]).await.unwrap();
    let first = feed.broker_time;
    let forget = async |days: i64| {
        let now = first.plus_nanos(days * DAY_NS);
        enforce(&pool, Retention::default(), now).await.unwrap()
    };
    forget(0).await;
    for day in 1..=7 {
        forget(day).await;
    }
    feed.broker_time = first.plus_nanos(6 * DAY_NS);
    feed.send(&[span_json(1, 2, "{}")]).await.unwrap();
    assert_eq!(forget(8).await.kept, 1);
    assert_eq!(
        stored(&pool).await,
        [(1, 2)],
        "a trace that receives keeps its links"
    );
    for day in 9..=17 {
        forget(day).await;
    }
    assert_eq!(stored(&pool).await, []);
}

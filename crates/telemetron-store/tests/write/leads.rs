//! Which span leads a trace whose root never came.

use sqlx::PgPool;

use super::support::{Feed, span_json};

fn below(span: u8, parent: u8, start: i64) -> String {
    let parent = format!("{parent:02x}").repeat(8);
    let change = format!(
        r#"{{"span_kind":"CHAIN","name":"n{span}","parent_span_id":"{parent}","start_time":{start},"end_time":90}}"#
    );
    span_json(1, span, &change)
}

async fn lead(pool: &PgPool) -> String {
    sqlx::query_scalar("SELECT lead_name FROM traces")
        .fetch_one(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_topmost_span_leads_whatever_the_clocks_and_the_order(pool: PgPool) {
    // The top of the run says that it began last, and something small beside it that it began first.
    let (top, step, call) = (below(2, 9, 30), below(3, 2, 10), below(4, 3, 20));
    let beside = below(5, 9, 1);
    let all = [&top, &step, &call, &beside];
    for turn in 0..all.len() {
        let mut order = all;
        order.rotate_left(turn);
        for size in [1, 2, 4] {
            let mut feed = Feed::start(&pool).await;
            for batch in order.chunks(size) {
                let batch: Vec<_> = batch.iter().map(|record| (*record).clone()).collect();
                feed.send(&batch).await.unwrap();
            }
            assert_eq!(lead(&pool).await, "n2", "turn {turn}, {size} at a time");
        }
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_root_leads_as_soon_as_it_comes(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    feed.send(&[below(2, 9, 5), below(3, 2, 6)]).await.unwrap();
    assert_eq!(lead(&pool).await, "n2");
    feed.send(&[span_json(1, 9, r#"{"name":"root","start_time":50}"#)])
        .await
        .unwrap();
    assert_eq!(lead(&pool).await, "root");
}

//! Spans that an error record fails, in whatever order both come.

use serde_json::json;
use sqlx::PgPool;

use super::support::{Feed, rows, span_json, trace_id, wrong_sums};

/// A root that says nothing of how it ended, came by OTLP, and completed.
fn unset() -> String {
    span_json(
        1,
        2,
        r#"{"span_kind":"AGENT","attributes":{"otel.span":{}}}"#,
    )
}

fn error(id: &str, severity: &str, at: i64) -> String {
    json!({"error_id": id, "trace_id": trace_id(1), "span_id": "02".repeat(8), "message": id,
           "error_type": "Timeout", "severity": severity, "timestamp": at})
    .to_string()
}

/// The status of the span and of the trace, and what the span says of its failure.
async fn standing(pool: &PgPool) -> (i16, i16, Option<String>) {
    sqlx::query_as(
        "SELECT s.status, t.status, s.error::jsonb ->> 'message'
         FROM spans s JOIN traces t USING (trace_id) WHERE s.span_id = decode('0202020202020202', 'hex')",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_error_fails_a_span_that_does_not_say_how_it_ended(pool: PgPool) {
    let (early, late) = (error("early", "error", 5), error("late", "critical", 7));
    let running = span_json(
        1,
        2,
        r#"{"span_kind":"AGENT","status":"RUNNING","end_time":null,"attributes":{"otel.span":{}}}"#,
    );
    let span = unset();
    let mut seen: Option<Vec<String>> = None;
    for order in [
        vec![vec![&span, &early, &late]],
        vec![vec![&late], vec![&early], vec![&span]],
        vec![vec![&span], vec![&early], vec![&late]],
        vec![vec![&running, &late], vec![&span], vec![&early, &span]],
        vec![
            vec![&early, &span],
            vec![&running],
            vec![&late, &early],
            vec![&span],
        ],
    ] {
        let mut feed = Feed::start(&pool).await;
        for batch in order {
            let batch: Vec<_> = batch.into_iter().cloned().collect();
            feed.send(&batch).await.unwrap();
        }
        assert_eq!(standing(&pool).await, (3, 3, Some("late".to_owned())));
        assert_eq!(wrong_sums(&pool).await, Vec::<String>::new());
        let now = rows(&pool).await;
        assert_eq!(seen.get_or_insert_with(|| now.clone()), &now);
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_span_that_says_how_it_ended_is_believed(pool: PgPool) {
    let said = [
        // It got over its error.
        r#"{"attributes":{"otel.span":{"status_code":1}}}"#,
        // It did not come by OTLP, where every status is said.
        r#"{"attributes":{}}"#,
        // Errors are tried again there, and what they failed says so itself.
        r#"{"attributes":{"otel.span":{},"otel.scope":{"name":"com.anthropic.claude_code.tracing"}}}"#,
    ];
    for change in said {
        let mut feed = Feed::start(&pool).await;
        feed.send(&[span_json(1, 2, change)]).await.unwrap();
        feed.send(&[error("late", "error", 7)]).await.unwrap();
        assert_eq!(standing(&pool).await, (2, 2, None), "{change}");
    }
    let mut feed = Feed::start(&pool).await;
    feed.send(&[unset(), error("caught", "warning", 7)])
        .await
        .unwrap();
    assert_eq!(standing(&pool).await, (2, 2, None));
}

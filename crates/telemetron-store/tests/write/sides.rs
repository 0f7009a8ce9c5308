//! Client and server of one call that bear one span id.

use sqlx::PgPool;
use telemetron_model::SpanId;
use telemetron_model::fold::sides::called_id;

use super::support::{Feed, rows, span_json};

const SERVER: i32 = 2;
const CLIENT: i32 = 3;

fn side(kind: i32, name: &str, start: i64) -> String {
    let change = format!(
        r#"{{"span_kind":"CHAIN","name":"{name}","start_time":{start},"end_time":90,
            "parent_span_id":"0101010101010101","attributes":{{"otel.span":{{"kind":{kind}}}}},
            "resource":{{"service":"{name}"}},"tool_calls":[{{"tool_name":"{name}"}}]}}"#
    );
    span_json(1, 2, &change)
}

/// Who stands where: id, parent and name of each span.
async fn tree(pool: &PgPool) -> Vec<(Vec<u8>, Option<Vec<u8>>, String)> {
    sqlx::query_as("SELECT span_id, parent_span_id, name FROM spans ORDER BY name")
        .fetch_all(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrations = "../../migrations")]
async fn both_sides_of_a_call_are_kept_in_whatever_order_they_come(pool: PgPool) {
    let (client, server) = (side(CLIENT, "client", 10), side(SERVER, "server", 5));
    let caller = SpanId::from_slice(&[2; 8]).unwrap();
    let called = called_id(caller);
    let expected = [
        (vec![2; 8], Some(vec![1; 8]), "client".to_owned()),
        (
            called.as_bytes().to_vec(),
            Some(vec![2; 8]),
            "server".to_owned(),
        ),
    ];
    let below = span_json(1, 3, r#"{"name":"z","parent_span_id":"0202020202020202"}"#);
    let mut seen: Option<Vec<String>> = None;
    for order in [
        vec![vec![&client, &server, &below]],
        vec![vec![&server, &client, &below]],
        vec![vec![&client], vec![&server], vec![&below]],
        vec![vec![&server], vec![&below], vec![&client]],
        vec![vec![&below, &server], vec![&client, &server]],
        vec![
            vec![&server],
            vec![&server, &client],
            vec![&client, &below],
            vec![&server],
        ],
    ] {
        let mut feed = Feed::start(&pool).await;
        for batch in order {
            let batch: Vec<_> = batch.into_iter().cloned().collect();
            feed.send(&batch).await.unwrap();
        }
        assert_eq!(tree(&pool).await[..2], expected);
        let (received, stored, duplicate) = feed.ledger().await;
        assert_eq!((received, stored), (stored + duplicate, 3));
        let now = rows(&pool).await;
        assert_eq!(seen.get_or_insert_with(|| now.clone()), &now);
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_server_whose_client_says_nothing_keeps_its_id(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    let server = side(SERVER, "server", 5);
    feed.send(&[server.clone(), server.clone()]).await.unwrap();
    feed.send(&[server]).await.unwrap();
    let expected = [(vec![2; 8], Some(vec![1; 8]), "server".to_owned())];
    assert_eq!(tree(&pool).await, expected);
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_stood_above_a_server_before_its_client_came_is_no_wrapper_of_it(pool: PgPool) {
    let call = |id: u8, above: u8, kind: i32| {
        let above = format!("{above:02x}").repeat(8);
        let change = format!(
            r#"{{"parent_span_id":"{above}","token_usage":{{"input":5,"output":5}},
                "attributes":{{"otel.span":{{"kind":{kind}}}}}}}"#
        );
        span_json(1, id, &change)
    };
    let mut feed = Feed::start(&pool).await;
    // The server stands below a call, which it tells better, until its client is seen elsewhere.
    for (record, calls) in [
        (call(1, 9, 1), 1),
        (call(2, 1, SERVER), 1),
        (call(2, 9, CLIENT), 2),
    ] {
        feed.send(&[record]).await.unwrap();
        let counted = "SELECT llm_call_count, total_tokens FROM traces";
        let counted: (i64, i64) = sqlx::query_as(counted).fetch_one(&pool).await.unwrap();
        assert_eq!(counted, (calls, calls * 10));
    }
}

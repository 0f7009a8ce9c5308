//! Traces and instants that are named by words.

use serde_json::{Value, json};
use telemetron_model::Timestamp;
use telemetron_model::record::Schema;
use telemetron_store::PgPool;

use super::support::{TestApi, span, store_at};

/// Three traces, the newest last: two ids begin alike, and the one in the middle failed.
const IDS: [&str; 3] = [
    "aaaa1000000000000000000000000001",
    "aaaa2000000000000000000000000002",
    "bbbb3000000000000000000000000003",
];

async fn three_traces(pool: &PgPool) {
    let now = Timestamp::now();
    let of = |n: u8, id: &str| -> (Schema, Value) {
        let start = now.plus_nanos(-i64::from(4 - n) * 1_000_000_000).nanos();
        let status = if n == 2 { "FAILED" } else { "COMPLETED" };
        let fields = json!({
            "trace_id": id, "start_time": start, "end_time": start + 1_000_000, "status": status,
        });
        span(n, fields)
    };
    let records: Vec<_> = (1..).zip(IDS).map(|(n, id)| of(n, id)).collect();
    store_at(pool, &records, now).await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_trace_is_named_by_the_beginning_of_its_id_or_by_a_word(pool: PgPool) {
    three_traces(&pool).await;
    let api = TestApi::on(pool);
    for (named, id) in [
        ("last", IDS[2]),
        ("last-failed", IDS[1]),
        ("bbbb", IDS[2]),
        ("AAAA1", IDS[0]),
        ("aaaa2000-0000-0000-0000-00000000000", IDS[1]),
        (IDS[0], IDS[0]),
    ] {
        let answer = api.get(&format!("/api/v1/traces/{named}?limit=1")).await;
        assert_eq!(answer.json()["trace"]["trace_id"], id, "{named}");
    }
    let span = api.get("/api/v1/traces/last/spans/0303030303030303").await;
    assert_eq!(span.json()["span"]["trace_id"], IDS[2]);
    let compared = api
        .get("/api/v1/traces/compare?a=last-failed&b=aaaa1")
        .await
        .json();
    assert_eq!(compared["a"]["trace_id"], IDS[1], "{compared}");
    assert_eq!(compared["b"]["trace_id"], IDS[0], "{compared}");
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_names_no_trace_or_several_says_so(pool: PgPool) {
    let api = TestApi::on(pool.clone());
    for (named, detail) in [
        ("last", "there is no trace `last`; none is stored yet"),
        (
            "last-failed",
            "there is no trace `last-failed`; none has failed, and in none did anything fail",
        ),
    ] {
        let answer = api.get(&format!("/api/v1/traces/{named}")).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["detail"]),
            (404, &json!(detail))
        );
    }
    three_traces(&pool).await;
    for (named, status, detail) in [
        (
            "aaaa",
            400,
            "`trace_id`: several ids begin with `aaaa`; give more of it",
        ),
        ("cccc", 404, "there is no trace `cccc`; "),
        ("aaa", 400, "`trace_id`: "),
        ("later", 400, "`trace_id`: `later` is not hexadecimal"),
    ] {
        let answer = api.get(&format!("/api/v1/traces/{named}/graph")).await;
        let problem = answer.json();
        let said = problem["detail"].as_str().unwrap();
        assert_eq!(answer.status, status, "{problem}");
        assert!(said.starts_with(detail), "{said}");
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_instant_may_be_how_long_ago_it_is(pool: PgPool) {
    three_traces(&pool).await;
    let api = TestApi::on(pool);
    for (query, count) in [
        ("since=30m", 3),
        ("start_after=now-1h&until=now", 3),
        ("until=30m", 0),
        ("start_after=2h&start_before=1h", 0),
    ] {
        let list = api.get(&format!("/api/v1/traces?{query}")).await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), count, "{query}");
    }
    let twice = api.get("/api/v1/traces?since=30m&start_after=1h").await;
    assert_eq!(
        twice.json()["detail"],
        "`start_after` and `since` are the same; give one of them"
    );
    let metrics = api.get("/api/v1/metrics?from=6h&to=now").await;
    assert!(metrics.status.is_success());
}

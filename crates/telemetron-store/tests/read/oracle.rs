//! What the rules of the Oracle are told of recent traces.

use serde_json::json;
use sqlx::PgPool;
use telemetron_model::Timestamp;
use telemetron_store::read::oracle::{Recent, listed, loops, orphans};

use super::support::{span, span_id, store, trace_id};

const ALL: Recent = Recent {
    listed: Timestamp::from_nanos(0),
    heard: Timestamp::from_nanos(0),
    traces: 100,
};

/// A call of a tool by the coder of trace 1, at this place in it.
async fn call(pool: &PgPool, trace: u8, place: u8, tool: &str, arguments: &str) {
    let fields = json!({
        "span_kind": "TOOL", "agent_name": "coder", "tool_name": tool, "input_data": arguments,
    });
    store(pool, &[span(trace, place, i64::from(place), fields)]).await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_same_call_is_a_loop_unless_something_else_is_done_each_time(pool: PgPool) {
    for round in 0..5 {
        // In circles: the same two calls. At work: the tests after every change.
        call(&pool, 1, 2 * round + 1, "search", "the same").await;
        call(&pool, 1, 2 * round + 2, "open", "the same too").await;
        call(&pool, 2, 2 * round + 1, "run_tests", "all").await;
        call(&pool, 2, 2 * round + 2, "edit", &format!("change {round}")).await;
    }
    let both = [trace_id(1), trace_id(2)];
    let found = loops::list(&pool, &both, 5).await.unwrap();
    let mut found: Vec<_> = found
        .iter()
        .map(|one| (one.trace_id, one.tool.as_str(), one.calls))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [(trace_id(1), "open", 5), (trace_id(1), "search", 5)]
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn orphans_tell_whether_the_root_of_their_trace_came(pool: PgPool) {
    let below = |parent: u8| json!({ "parent_span_id": span_id(parent) });
    // Trace 1 has its root, trace 2 has only leaves of two parents that have not ended.
    store(&pool, &[span(1, 1, 0, json!({})), span(1, 3, 1, below(9))]).await;
    store(&pool, &[span(2, 2, 0, below(8)), span(2, 3, 1, below(9))]).await;
    let both = [trace_id(1), trace_id(2)];
    let found = orphans::list(&pool, &both).await.unwrap();
    let mut found: Vec<_> = found
        .iter()
        .map(|one| (one.trace_id, one.has_root, one.count))
        .collect();
    found.sort_unstable();
    assert_eq!(found, [(both[0], true, 1), (both[1], false, 1)]);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_trace_has_the_same_version_until_more_is_stored_of_it(pool: PgPool) {
    let versions = async || {
        let listed = listed::list(&pool, ALL).await.unwrap();
        let of = |trace| listed.iter().find(|one| one.trace_id == trace_id(trace));
        [1, 2].map(|trace| of(trace).map(|one| (one.version, one.spans)))
    };
    for trace in [1, 2] {
        store(&pool, &[span(trace, 1, 0, json!({}))]).await;
    }
    let before = versions().await;
    assert_eq!(versions().await, before);
    // The same span with more to it: neither its trace's counts nor its times change.
    store(&pool, &[span(1, 1, 0, json!({ "agent_name": "coder" }))]).await;
    let after = versions().await;
    assert_eq!(after[1], before[1]);
    assert_ne!(after[0], before[0], "it changed");
    assert_eq!(after[0].map(|it| it.1), before[0].map(|it| it.1));
}

/// A trace of 20,000 calls, each of 1,400 different ones made again and again between the others.
#[sqlx::test(migrations = "../../migrations")]
async fn a_large_trace_is_looked_through_once(pool: PgPool) {
    call(&pool, 1, 1, "search", "first").await;
    sqlx::raw_sql(
        "INSERT INTO spans (day, trace_id, span_id, kind, status, start_ns, rank_hash, counts, name,
                            agent_name, tool_name, input, llm_call_count, tool_call_count)
         SELECT t.day, t.trace_id, decode(lpad(to_hex(n), 16, '0'), 'hex'), 3, 2, t.start_ns + n, 1,
                false, 'n', 'coder', 'tool ' || n % 7, convert_to('\"' || n % 200 || '\"', 'UTF8'), 0, 0
         FROM traces AS t, generate_series(2, 20000) AS n;
         UPDATE traces SET tool_call_count = 20000, span_count = 20000",
    )
    .execute(&pool)
    .await
    .unwrap();
    let looked = async {
        let trace = [trace_id(1)];
        let orphans = orphans::list(&pool, &trace).await.unwrap();
        (loops::list(&pool, &trace, 5).await.unwrap(), orphans)
    };
    // Looking through it once for each different call took 41 s.
    let looked = tokio::time::timeout(std::time::Duration::from_secs(20), looked).await;
    let (found, orphans) = looked.unwrap();
    assert_eq!((found.len(), orphans.len()), (0, 0), "all are made in turn");
}

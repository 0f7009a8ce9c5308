//! Whatever is accepted can be read: the greatest and the least of every number, together.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use sqlx::PgPool;
use telemetron_model::decode::{Decoded, RawRecord, decode};
use telemetron_model::record::Schema;
use telemetron_model::{NanoUsd, SpanId, Timestamp};
use telemetron_store::StoreError;
use telemetron_store::read::metrics::{MetricsRange, read};
use telemetron_store::read::sessions::SessionFilter;
use telemetron_store::read::traces::TraceFilter;
use telemetron_store::read::{graph, sessions, spans, timeline, traces, whole};

use crate::NEVER;
use crate::support::{BEGAN_NS, changed, located, span, span_id, store, trace, trace_id};

/// A million dollars for each of so many spans are more than a `bigint` of nano-dollars holds.
const MILLIONS: i64 = 9_600;

#[sqlx::test(migrations = "../../migrations")]
async fn millions_of_dollars_by_the_thousand_leave_every_page_readable(pool: PgPool) {
    let spent = json!({
        "span_kind": "LLM", "model": "m", "session_id": "s", "cost_usd": 1_000_000.0,
        "token_usage": { "input": 1_000_000_000_000_i64, "output": 0 },
    });
    let of_trace = |n: u8| {
        let records = (0..MILLIONS / 16).map(|place| {
            let (schema, mut value) = span(n, 1, 0, spent.clone());
            let id = SpanId::from_slice(&(place + 1).to_be_bytes()).unwrap();
            value["span_id"] = json!(id);
            (schema, value)
        });
        records.collect::<Vec<_>>()
    };
    for n in 1..=16 {
        store(&pool, &of_trace(n)).await;
    }
    read_everything(&pool, 1).await.unwrap();
    let found = sessions::find(&pool, "s").await.unwrap().unwrap();
    assert_eq!(found.cost_usd, NanoUsd::from_nanos(i64::MAX));
    assert_eq!(found.tokens.total, MILLIONS * 1_000_000_000_000);
    let metrics = read(&pool, &always()).await.unwrap();
    assert_eq!(metrics.models[0].1.cost, NanoUsd::from_nanos(i64::MAX));
}

#[sqlx::test(migrations = "../../migrations")]
async fn whatever_is_accepted_leaves_every_page_readable(pool: PgPool) {
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(24)
    });
    let records = prop::collection::vec(any_extreme(), 1..12);
    let handle = tokio::runtime::Handle::current();
    let outcome = tokio::task::spawn_blocking(move || {
        runner.run(&records, |records| {
            let accepted: Vec<_> = records.into_iter().filter(is_accepted).collect();
            handle.block_on(store(&pool, &accepted));
            for n in 1..3 {
                let readable = handle.block_on(read_everything(&pool, n));
                prop_assert!(readable.is_ok(), "{:?}", readable);
            }
            Ok(())
        })
    });
    outcome.await.unwrap().unwrap();
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_clock_that_is_off_makes_no_trace_longer(pool: PgPool) {
    let hour = 3_600_000;
    let below = || json!({ "parent_span_id": span_id(1) });
    let root = json!({ "start_time": BEGAN_NS, "end_time": BEGAN_NS + 2_000_000_000 });
    let lasted = async |n| {
        let found = traces::find(&pool, trace_id(n), NEVER)
            .await
            .unwrap()
            .unwrap();
        found.detail.summary.duration_ms
    };
    store(
        &pool,
        &[span(1, 2, -hour, below()), span(1, 1, 0, root.clone())],
    )
    .await;
    assert_eq!(lasted(1).await, Some(2_000.0), "an hour behind");
    // The broker took everything an hour after it began.
    store(
        &pool,
        &[span(2, 1, 0, root.clone()), span(2, 2, 2 * hour, below())],
    )
    .await;
    assert_eq!(
        lasted(2).await,
        Some(2_000.0),
        "an hour ahead of the broker"
    );
    store(&pool, &[span(3, 1, 0, root), span(3, 2, 5_000, below())]).await;
    assert_eq!(
        lasted(3).await,
        Some(5_010.0),
        "work that goes on behind its root"
    );
}

fn always() -> MetricsRange {
    MetricsRange {
        from_minute: 0,
        to_minute: i64::MAX / 60_000_000_000 + 1,
        slot_minutes: 1_000_000_000,
        project: None,
    }
}

/// Every page that a reader opens, and what the database does by itself.
async fn read_everything(pool: &PgPool, n: u8) -> Result<(), StoreError> {
    sqlx::raw_sql("ANALYZE").execute(pool).await?;
    let filters = [
        TraceFilter::default(),
        TraceFilter {
            min_duration_ns: Some(1),
            min_cost: Some(NanoUsd::from_nanos(1)),
            min_tokens: Some(1),
            ..TraceFilter::default()
        },
    ];
    for filter in &filters {
        traces::list(pool, filter, None, 10, NEVER).await?;
    }
    sessions::list(pool, &SessionFilter::default(), None, 10).await?;
    read(pool, &always()).await?;
    if traces::find(pool, trace_id(n), NEVER).await?.is_none() {
        return Ok(());
    }
    let at = located(pool, n).await;
    timeline::list(pool, at, None, 100).await?;
    spans::list(pool, at, None, 100).await?;
    graph::read(pool, at).await?;
    whole::read(pool, trace_id(n), Timestamp::now()).await?;
    Ok(())
}

fn is_accepted((schema, value): &(Schema, Value)) -> bool {
    let text = value.to_string();
    let raw = RawRecord {
        topic: schema.topic(),
        schema: Some(schema.header().as_bytes()),
        key: None,
        value: Some(text.as_bytes()),
    };
    matches!(decode(raw), Decoded::Fold { .. })
}

fn extreme() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![i64::MIN, -1, 0, 1, Timestamp::now().nanos(), i64::MAX])
}

fn amount() -> impl Strategy<Value = (i64, f64)> {
    prop::sample::select(vec![
        (0, 0.0),
        (1_000_000_000_000, 1e6),
        (i64::MAX, 1e300),
        (-5, -1.0),
    ])
}

/// A span or a trace of few ids, all of its numbers at their ends.
fn any_extreme() -> impl Strategy<Value = (Schema, Value)> {
    (1_u8..3, 1_u8..5, extreme(), extreme(), extreme(), amount()).prop_map(
        |(n, id, start, end, length, (tokens, cost))| {
            let usage = json!({ "input": tokens, "output": tokens, "cached": tokens });
            let fields = json!({
                "span_kind": if id == 1 { "AGENT" } else { "LLM" }, "model": "m", "session_id": "s",
                "start_time": start, "end_time": end, "token_usage": usage, "cost_usd": cost,
                "time_to_first_token_ns": length,
                "llm_calls": [{ "model": "e", "latency_ns": length, "cost_usd": cost }],
                "tool_calls": [{ "tool_name": "t", "duration_ns": length }],
            });
            let mut parent = json!({});
            if id > 1 {
                parent = json!({ "parent_span_id": span_id(id - 1) });
            }
            let fields = changed(fields, parent);
            if id == 4 {
                let said =
                    json!({ "start_time": start, "end_time": end, "reported_cost_usd": cost });
                return trace(n, 0, said);
            }
            span(n, id, 0, fields)
        },
    )
}

//! Metrics over ranges of time, from roll-ups that the write path moved.

use serde_json::json;
use sqlx::PgPool;
use telemetron_model::fold::RollupKind;
use telemetron_store::read::metrics::{MetricsRange, read, running_spans};

use crate::support::{BEGAN_NS, span, store, trace};

const FIRST_MINUTE: i64 = BEGAN_NS / 60_000_000_000;

fn range(minutes: i64, slot_minutes: i64) -> MetricsRange {
    MetricsRange {
        from_minute: FIRST_MINUTE,
        to_minute: FIRST_MINUTE + minutes,
        slot_minutes,
        project: None,
    }
}

async fn some_work(pool: &PgPool) {
    let llm = |model: &str| {
        json!({
            "span_kind": "LLM", "agent_name": "coder", "model": model,
            "token_usage": { "input": 100, "output": 20 }, "cost_usd": 0.5,
        })
    };
    let tool = json!({ "span_kind": "TOOL", "tool_name": "search", "status": "FAILED" });
    let running = json!({
        "span_kind": "AGENT", "agent_name": "coder", "status": "RUNNING", "end_time": null,
        "project": "p",
    });
    let minute = 60_000;
    store(
        pool,
        &[
            trace(1, 0, json!({})),
            span(1, 1, 0, llm("small")),
            span(1, 2, minute, llm("small")),
            span(1, 3, 2 * minute, llm("large")),
            span(1, 4, 0, tool),
            trace(2, 3 * minute, json!({ "status": "FAILED", "project": "p" })),
            span(2, 1, 3 * minute, running),
        ],
    )
    .await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn sums_are_told_apart_by_kind_agent_model_and_tool(pool: PgPool) {
    some_work(&pool).await;
    let metrics = read(&pool, &range(60, 60)).await.unwrap();
    let traces = &metrics.kinds[&RollupKind::Trace];
    assert_eq!((traces.started, traces.finished, traces.failed), (2, 2, 1));
    let p50 = traces.durations.quantile_ns(0.5).unwrap();
    assert!((0.89e9..1.12e9).contains(&p50), "about a second: {p50}");
    let llm = &metrics.kinds[&RollupKind::Llm];
    assert_eq!(
        (llm.started, llm.usage.total, llm.cost.nanos()),
        (3, 360, 1_500_000_000)
    );
    let names = |all: &[(String, _)]| -> Vec<_> { all.iter().map(|(n, _)| n.clone()).collect() };
    assert_eq!(names(&metrics.models), ["small", "large"]);
    assert_eq!(names(&metrics.tools), ["search"]);
    assert_eq!(metrics.tools[0].1.failed, 1);
    let [(name, coder)] = &metrics.agents[..] else {
        panic!("{:?}", metrics.agents)
    };
    assert_eq!(
        (name.as_str(), coder.started, coder.finished),
        ("coder", 1, 0)
    );
    assert_eq!(coder.usage.total, 360, "its LLM calls spend on its behalf");
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_range_ends_before_its_last_minute_and_is_cut_into_slots(pool: PgPool) {
    some_work(&pool).await;
    let metrics = read(&pool, &range(3, 2)).await.unwrap();
    assert_eq!(
        metrics.kinds[&RollupKind::Trace].started,
        1,
        "the second trace begins later"
    );
    let slots: Vec<_> = metrics
        .series
        .iter()
        .map(|slot| (slot.number, slot.kinds[&RollupKind::Llm].started))
        .collect();
    assert_eq!(slots, [(0, 2), (1, 1)]);
    let traces = &metrics.series[0].kinds[&RollupKind::Trace];
    assert_eq!(traces.durations.counts().iter().sum::<i64>(), 1);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_project_is_counted_on_its_own(pool: PgPool) {
    some_work(&pool).await;
    let of_p = MetricsRange {
        project: Some("p".into()),
        ..range(60, 60)
    };
    let metrics = read(&pool, &of_p).await.unwrap();
    assert_eq!(metrics.kinds[&RollupKind::Trace].started, 1);
    assert!(!metrics.kinds.contains_key(&RollupKind::Llm));
    assert_eq!(running_spans(&pool, Some("p")).await.unwrap(), 1);
    assert_eq!(running_spans(&pool, Some("q")).await.unwrap(), 0);
    assert_eq!(running_spans(&pool, None).await.unwrap(), 1);
    let empty = read(
        &pool,
        &MetricsRange {
            from_minute: 0,
            to_minute: 9,
            ..of_p
        },
    )
    .await
    .unwrap();
    assert!(empty.kinds.is_empty() && empty.series.is_empty());
}

//! Spans that name no agent, as readers are told of them.

use serde_json::json;
use sqlx::PgPool;
use telemetron_model::Timestamp;
use telemetron_model::record::Schema;
use telemetron_store::read::metrics::{self, MetricsRange};
use telemetron_store::read::traces::{TraceFilter, list};
use telemetron_store::read::{graph, spans, timeline};

use super::support::{BEGAN_NS, located, span, span_id, store, trace_id};

/// A planner, below it a coder, and below that a call that names no agent; each in its own batch,
/// the call first. The hint of the nested agent comes with it.
async fn nested_agents(pool: &PgPool) {
    let call = json!({
        "span_kind": "LLM", "model": "m", "parent_span_id": span_id(2),
        "token_usage": { "input": 100, "output": 20 },
    });
    let coder = json!({
        "span_kind": "AGENT", "agent_name": "coder", "agent_id": "c-1", "parent_span_id": span_id(1),
    });
    let hint = json!({
        "handoff_id": "n", "trace_id": trace_id(1), "rule": "nested_agent", "span_id": span_id(1),
        "target_agent_name": "coder", "timestamp": BEGAN_NS, "until": BEGAN_NS + 10_000_000,
    });
    let planner = json!({ "span_kind": "AGENT", "agent_name": "planner" });
    store(pool, &[span(1, 3, 2, call)]).await;
    store(pool, &[span(1, 2, 1, coder), (Schema::Handoff, hint)]).await;
    store(pool, &[span(1, 1, 0, planner)]).await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_span_says_what_it_names_and_who_is_at_work(pool: PgPool) {
    nested_agents(&pool).await;
    let at = located(&pool, 1).await;
    let found = spans::find(&pool, at, span_id(3)).await.unwrap().unwrap();
    assert_eq!(found.span.agent_name, None);
    assert_eq!(found.span.acting_agent.as_deref(), Some("coder"));
    let listed = spans::list(&pool, at, None, 9).await.unwrap().items;
    let acting: Vec<_> = listed
        .iter()
        .map(|span| span.acting_agent.as_deref())
        .collect();
    assert_eq!(acting, [Some("planner"), Some("coder"), Some("coder")]);
    let bones = spans::list_skeletons(&pool, at, None, 9)
        .await
        .unwrap()
        .items;
    assert_eq!(bones[2].agent.as_deref(), Some("coder"));
    let lines = timeline::list(&pool, at, None, 99).await.unwrap().items;
    let of_call = lines.iter().filter(|line| line.span_id == Some(span_id(3)));
    let agents: Vec<_> = of_call.map(|line| line.agent.as_deref()).collect();
    assert_eq!(agents, [Some("coder"), Some("coder")]);
}

#[sqlx::test(migrations = "../../migrations")]
async fn tokens_are_spent_by_the_agent_at_work(pool: PgPool) {
    nested_agents(&pool).await;
    let range = MetricsRange {
        from_minute: BEGAN_NS / 60_000_000_000,
        to_minute: BEGAN_NS / 60_000_000_000 + 60,
        slot_minutes: 60,
        project: None,
    };
    let metrics = metrics::read(&pool, &range).await.unwrap();
    let spent: Vec<_> = metrics
        .agents
        .iter()
        .map(|(agent, work)| (agent.as_str(), work.started, work.usage.total))
        .collect();
    assert_eq!(spent, [("coder", 1, 120), ("planner", 1, 0)]);
    let filter = TraceFilter {
        agent: Some("coder".into()),
        ..TraceFilter::default()
    };
    let never = Timestamp::from_nanos(i64::MIN);
    let found = list(&pool, &filter, None, 9, never).await.unwrap();
    assert_eq!(found.items.len(), 1);
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_graph_has_the_handoff_between_the_agents_that_spans_know(pool: PgPool) {
    nested_agents(&pool).await;
    let graph = graph::read(&pool, located(&pool, 1).await).await.unwrap();
    let edges: Vec<_> = graph
        .edges
        .iter()
        .map(|edge| {
            (
                edge.source.as_str(),
                edge.target.as_str(),
                edge.kind.as_str(),
            )
        })
        .collect();
    // That the one worked below the other is no second edge.
    assert_eq!(edges, [("planner", "c-1", "handoff")]);
    assert_eq!(graph.nodes[1].work.tokens.total, 120);
    assert_eq!(graph.unattributed.spans, 0);
}

//! The graph of agents.

use serde_json::json;
use sqlx::PgPool;
use telemetron_store::read::traces;

use crate::NEVER;
use crate::support::{span, span_id, store, trace_id};

#[sqlx::test(migrations = "../../migrations")]
async fn the_graph_adds_up_to_the_totals_of_the_trace(pool: PgPool) {
    let agent = json!({ "span_kind": "AGENT", "agent_name": "planner" });
    let wrapper = json!({
        "span_kind": "LLM", "parent_span_id": span_id(1), "model": "m",
        "token_usage": { "input": 100, "output": 10 }, "cost_usd": 0.01,
    });
    let wrapped = json!({
        "span_kind": "LLM", "parent_span_id": span_id(2), "model": "m",
        "token_usage": { "input": 100, "output": 10 }, "cost_usd": 0.01,
    });
    let embedded = json!({
        "parent_span_id": span_id(1), "agent_name": "coder", "status": "FAILED",
        "llm_calls": [{ "model": "m", "token_usage": { "input": 5, "output": 5 } }],
        "tool_calls": [{ "tool_name": "t" }],
    });
    store(
        &pool,
        &[
            span(1, 1, 0, agent),
            span(1, 2, 1, wrapper),
            span(1, 3, 2, wrapped),
            span(1, 4, 3, embedded),
            span(1, 5, 4, json!({ "parent_span_id": span_id(77) })),
        ],
    )
    .await;
    let found = traces::find(&pool, trace_id(1), NEVER)
        .await
        .unwrap()
        .unwrap();
    let graph = telemetron_store::read::graph::read(&pool, found.located)
        .await
        .unwrap();
    let mut sum = graph.unattributed;
    for node in &graph.nodes {
        sum.spans += node.work.spans;
        sum.llm_calls += node.work.llm_calls;
        sum.tool_calls += node.work.tool_calls;
        sum.tokens += node.work.tokens;
        sum.cost_usd += node.work.cost_usd;
        sum.errors += node.work.errors;
    }
    let summary = found.detail.summary;
    assert_eq!(
        (sum.tokens, sum.cost_usd),
        (summary.tokens, summary.cost_usd)
    );
    assert_eq!(
        sum.tokens.total, 120,
        "the wrapped call does not count again"
    );
    let counts = summary.counts;
    assert_eq!((sum.spans, sum.errors), (counts.spans, counts.failed_spans));
    assert_eq!(
        (sum.llm_calls, sum.tool_calls),
        (counts.llm_calls, counts.tool_calls)
    );
    assert_eq!(graph.unattributed.spans, 1);
}

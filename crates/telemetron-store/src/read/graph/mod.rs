//! Who worked in a trace, and who called whom.

mod agents;
mod build;
mod invocations;
mod meant;
mod owners;

use std::collections::HashMap;

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::fold::{CallFacts, SpanFacts};
use telemetron_model::record::{HandoffMode, SpanKind, Status, TimeSource};
use telemetron_model::{SpanId, Timestamp, TraceId};
use telemetron_view::{AgentNode, AgentWork, GraphEdge, SpanOfTrace};

use super::Scope;
use super::cells::Cells;
use crate::StoreError;

/// The agents of a trace and how they are related.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    /// The agents, in order of their first span.
    pub nodes: Vec<AgentNode>,
    /// Who called whom, in order of nodes.
    pub edges: Vec<GraphEdge>,
    /// Work that belongs to no agent.
    pub unattributed: AgentWork,
}

/// What the graph needs to know of a span.
#[derive(Debug, Clone)]
struct SpanRow {
    /// Its trace, where there are several.
    trace_id: Option<TraceId>,
    span_id: SpanId,
    /// The span of another trace that it hangs under.
    joint: Option<SpanOfTrace>,
    name: String,
    agent_id: Option<String>,
    agent_name: Option<String>,
    facts: SpanFacts,
    counts: bool,
    measured: bool,
}

/// By what a span is known: ids of spans may repeat from trace to trace.
type SpanKey = (Option<TraceId>, SpanId);

/// What the graph needs to know of a handoff.
#[derive(Debug, Clone, Default)]
struct HandoffRow {
    /// Its trace, where there are several.
    trace_id: Option<TraceId>,
    span_id: Option<SpanId>,
    source_id: Option<String>,
    source_name: String,
    target_id: Option<String>,
    target_name: String,
    mode: Option<HandoffMode>,
    reason: Option<String>,
}

/// Reads the agents of a trace or of a run, and how they are related.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn read(pool: &PgPool, traces: impl Into<Scope>) -> Result<Graph, StoreError> {
    let traces = traces.into();
    let mut spans = spans(pool, &traces).await?;
    if spans.iter().any(|(_, has_calls)| *has_calls) {
        let mut calls = calls(pool, &traces).await?;
        for (span, _) in &mut spans {
            let key = (span.trace_id, span.span_id);
            span.facts.calls = calls.remove(&key).unwrap_or_default();
        }
    }
    let handoffs = handoffs(pool, &traces).await?;
    let spans: Vec<SpanRow> = spans.into_iter().map(|(span, _)| span).collect();
    Ok(build::graph(&spans, &handoffs))
}

async fn spans(pool: &PgPool, traces: &Scope) -> Result<Vec<(SpanRow, bool)>, StoreError> {
    let rows = traces.query(
        "SELECT trace_id, span_id, name, parent_span_id, kind, status, start_ns, end_ns, counts, agent_id,
                agent_name, input_tokens, output_tokens, total_tokens, cached_tokens,
                reasoning_tokens, cost, time_source,
                llm_call_count + tool_call_count > 0 AS has_calls
         FROM spans WHERE day = $1 AND trace_id = $2 ORDER BY start_ns, span_id, trace_id",
    )
    .fetch_all(pool)
    .await?;
    rows.iter().map(|row| span(row, traces)).collect()
}

fn span(row: &PgRow, traces: &Scope) -> Result<(SpanRow, bool), StoreError> {
    let cells = Cells::of(row, "spans");
    let source = cells.opt_word("time_source", TimeSource::from_code)?;
    let instant = |nanos| Timestamp::from_nanos(nanos);
    let facts = SpanFacts {
        kind: cells.word("kind", SpanKind::from_code)?,
        status: cells.word("status", Status::from_code)?,
        parent: cells.opt_span_id("parent_span_id")?,
        start: instant(cells.get("start_ns")?),
        end: cells.get::<Option<i64>>("end_ns")?.map(instant),
        agent: None,
        inherited: None,
        model: None,
        tool: None,
        project: None,
        usage: cells.opt_usage()?.unwrap_or_default(),
        cost: cells.opt_cost("cost")?.unwrap_or_default(),
        scope: None,
        answer: None,
        calls: Vec::new(),
    };
    let (trace_id, span_id) = (traces.trace_of(&cells)?, cells.span_id("span_id")?);
    let row = SpanRow {
        trace_id,
        span_id,
        joint: traces.joint(trace_id, span_id),
        name: cells.get("name")?,
        agent_id: cells.get("agent_id")?,
        agent_name: cells.get("agent_name")?,
        facts,
        counts: cells.get("counts")?,
        measured: source != Some(TimeSource::Order),
    };
    Ok((row, cells.get("has_calls")?))
}

async fn calls(
    pool: &PgPool,
    traces: &Scope,
) -> Result<HashMap<SpanKey, Vec<CallFacts>>, StoreError> {
    let rows = traces.query(
        "SELECT trace_id, span_id, 2::smallint AS kind, input_tokens, output_tokens, total_tokens,
                cached_tokens, reasoning_tokens, cost
         FROM llm_calls WHERE day = $1 AND trace_id = $2
         UNION ALL
         SELECT trace_id, span_id, 3::smallint, NULL, NULL, NULL, NULL, NULL, NULL
         FROM tool_calls WHERE day = $1 AND trace_id = $2",
    )
    .fetch_all(pool)
    .await?;
    let mut by_span: HashMap<SpanKey, Vec<CallFacts>> = HashMap::new();
    for row in &rows {
        let cells = Cells::of(row, "llm_calls");
        by_span
            .entry((traces.trace_of(&cells)?, cells.span_id("span_id")?))
            .or_default()
            .push(call(&cells)?);
    }
    Ok(by_span)
}

fn call(cells: &Cells<'_>) -> Result<CallFacts, StoreError> {
    Ok(CallFacts {
        kind: cells.word("kind", SpanKind::from_code)?,
        name: String::new(),
        duration_ns: None,
        failed: false,
        usage: cells.opt_usage()?.unwrap_or_default(),
        cost: cells.opt_cost("cost")?.unwrap_or_default(),
    })
}

const HANDOFFS: &str = "SELECT trace_id, handoff_id, span_id, source_agent_id,
            COALESCE(from_agent, source_agent_name, '') AS source_agent_name,
            target_agent_id, COALESCE(to_agent, target_agent_name) AS target_agent_name,
            mode, left(reason, 1000) AS reason
     FROM handoffs WHERE day = $1 AND trace_id = $2 AND stands
     ORDER BY time_ns, handoff_id, trace_id";

async fn handoffs(pool: &PgPool, traces: &Scope) -> Result<Vec<HandoffRow>, StoreError> {
    let query = traces.standing(HANDOFFS, traces.query(HANDOFFS));
    let rows = query.fetch_all(pool).await?;
    rows.iter().map(|row| handoff(row, traces)).collect()
}

fn handoff(row: &PgRow, traces: &Scope) -> Result<HandoffRow, StoreError> {
    let cells = Cells::of(row, "handoffs");
    let mut handoff = HandoffRow {
        trace_id: traces.trace_of(&cells)?,
        span_id: cells.opt_span_id("span_id")?,
        source_id: cells.get("source_agent_id")?,
        source_name: cells.get("source_agent_name")?,
        target_id: cells.get("target_agent_id")?,
        target_name: cells.get("target_agent_name")?,
        mode: cells.opt_word("mode", HandoffMode::from_code)?,
        reason: cells.get("reason")?,
    };
    if let Some(passed) = traces.passed(&cells, cells.get("handoff_id")?)? {
        (handoff.source_name, handoff.target_name) = (passed.source.clone(), passed.target.clone());
    }
    Ok(handoff)
}

#[cfg(test)]
mod tests;

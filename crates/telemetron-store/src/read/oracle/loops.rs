//! Tools that recent traces call again and again with the same arguments.

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::{SpanId, Timestamp, TraceId};

use super::{Recent, recent};
use crate::StoreError;
use crate::read::cells::Cells;

/// Calls of one tool with the same arguments in one trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// The trace.
    pub trace_id: TraceId,
    /// The agent at work.
    pub agent: Option<String>,
    /// The tool.
    pub tool: String,
    /// How often it was called so.
    pub calls: i64,
    /// How many of the calls failed.
    pub failed: i64,
    /// When it was called so first.
    pub first_at: Timestamp,
    /// When it was called so last.
    pub last_at: Timestamp,
    /// The latest of these spans.
    pub spans: Vec<SpanId>,
}

/// Lists what was called at least `calls` times; arguments that nobody recorded are not the same.
///
/// An agent that does something else each time in between gets on: it runs the tests after every
/// change. So there must be fewer different other calls between the first and the last than the
/// call has repetitions.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn list(pool: &PgPool, recent: Recent, calls: i64) -> Result<Vec<Repeated>, StoreError> {
    let rows = sqlx::query(concat!(
        recent!("tool_call_count >= $4"),
        ", called AS (
             SELECT s.trace_id, s.span_id, s.start_ns, s.tool_name, s.status = 3 AS failed,
                    COALESCE(s.agent_name, s.agent_id, s.inherited_agent) AS agent,
                    md5(s.input) AS arguments
             FROM recent AS r JOIN spans AS s ON s.day = r.day AND s.trace_id = r.trace_id
             WHERE s.kind = 3 AND s.tool_name IS NOT NULL AND s.input IS NOT NULL
             UNION ALL
             SELECT s.trace_id, s.span_id, s.start_ns, c.tool_name, c.error IS NOT NULL,
                    COALESCE(s.agent_name, s.agent_id, s.inherited_agent), md5(c.arguments)
             FROM recent AS r
             JOIN tool_calls AS c ON c.day = r.day AND c.trace_id = r.trace_id
             JOIN spans AS s ON s.day = c.day AND s.trace_id = c.trace_id AND s.span_id = c.span_id
             WHERE c.arguments IS NOT NULL
         )
         , repeated AS (
             SELECT trace_id, agent, tool_name, arguments, count(*) AS calls,
                    count(*) FILTER (WHERE failed) AS failed,
                    min(start_ns) AS first_ns, max(start_ns) AS last_ns,
                    (array_agg(span_id ORDER BY start_ns DESC))[1:5] AS spans
             FROM called GROUP BY trace_id, agent, tool_name, arguments HAVING count(*) >= $4
         )
         SELECT * FROM repeated AS r
         WHERE (SELECT count(DISTINCT (c.tool_name, c.arguments)) FROM called AS c
                WHERE c.trace_id = r.trace_id AND c.agent IS NOT DISTINCT FROM r.agent
                  AND c.start_ns BETWEEN r.first_ns AND r.last_ns
                  AND (c.tool_name, c.arguments) <> (r.tool_name, r.arguments)) < r.calls - 1
         ORDER BY calls DESC LIMIT 200"
    ))
    .bind(recent.listed.nanos())
    .bind(recent.heard.nanos())
    .bind(recent.traces)
    .bind(calls)
    .fetch_all(pool)
    .await?;
    rows.iter().map(one).collect()
}

fn one(row: &PgRow) -> Result<Repeated, StoreError> {
    let cells = Cells::of(row, "spans");
    let spans: Vec<Vec<u8>> = cells.get("spans")?;
    Ok(Repeated {
        trace_id: cells.trace_id("trace_id")?,
        agent: cells.get("agent")?,
        tool: cells.get("tool_name")?,
        calls: cells.get("calls")?,
        failed: cells.get("failed")?,
        first_at: Timestamp::from_nanos(cells.get("first_ns")?),
        last_at: Timestamp::from_nanos(cells.get("last_ns")?),
        spans: spans
            .iter()
            .filter_map(|id| SpanId::from_slice(id).ok())
            .collect(),
    })
}

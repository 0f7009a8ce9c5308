//! Tools that traces call again and again with the same arguments.
//!
//! Postgres gives the calls of those agents that may go round, in the order in which they were
//! made; what repeats is found here, in one walk. (In SQL each repetition would walk through all
//! calls of its trace: 41 s for one of 20,000 spans.)

mod distinct;
mod walk;

use futures_util::TryStreamExt as _;
use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::{SpanId, Timestamp, TraceId};

use super::{ids, named};
use crate::StoreError;
use crate::read::cells::Cells;
use walk::{Call, Walk};

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

/// The calls of agents that called one tool often enough with arguments of one length.
///
/// Arguments are read only where another call of that tool has arguments as long: the length stands
/// in the row, the arguments may lie apart.
const CALLS: &str = concat!(
    named!(),
    ", called AS (
         SELECT r.trace_id, s.* FROM named AS r CROSS JOIN LATERAL (
             SELECT span_id, start_ns, tool_name, status = 3 AS failed,
                    COALESCE(agent_name, agent_id, inherited_agent) AS agent,
                    input AS arguments, octet_length(input) AS size
             FROM spans AS s WHERE s.day = r.day AND s.trace_id = r.trace_id
               AND kind = 3 AND tool_name IS NOT NULL AND input IS NOT NULL OFFSET 0) AS s
         UNION ALL
         SELECT r.trace_id, c.span_id, s.start_ns, c.tool_name, c.failed, s.agent, c.arguments,
                octet_length(c.arguments)
         FROM named AS r
         CROSS JOIN LATERAL (
             SELECT span_id, tool_name, arguments, error IS NOT NULL AS failed
             FROM tool_calls AS c WHERE c.day = r.day AND c.trace_id = r.trace_id
               AND arguments IS NOT NULL OFFSET 0) AS c
         CROSS JOIN LATERAL (
             SELECT start_ns, COALESCE(agent_name, agent_id, inherited_agent) AS agent
             FROM spans AS s WHERE s.day = r.day AND s.trace_id = r.trace_id
               AND s.span_id = c.span_id OFFSET 0) AS s
     ), alike AS (
         SELECT *, count(*) OVER (PARTITION BY trace_id, agent, tool_name, size) AS alike FROM called
     ), agents AS (
         SELECT *, max(alike) OVER (PARTITION BY trace_id, agent) AS most FROM alike
     )
     SELECT trace_id, agent, tool_name, span_id, start_ns, failed, size,
            CASE WHEN alike > 1 THEN md5(arguments) END AS arguments
     FROM agents WHERE most >= $2 ORDER BY trace_id, agent, start_ns, span_id LIMIT 100000"
);

/// Lists what these traces called at least `calls` times; arguments that nobody recorded are not the same.
///
/// An agent that does something else each time in between gets on: it runs the tests after every
/// change. So there must be fewer different other calls between the first and the last than the
/// call has repetitions.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn list(
    pool: &PgPool,
    traces: &[TraceId],
    calls: i64,
) -> Result<Vec<Repeated>, StoreError> {
    let rows = sqlx::query(CALLS).bind(ids(traces)).bind(calls);
    let mut rows = rows.fetch(pool);
    let mut walk = Walk::for_calls(calls);
    while let Some(row) = rows.try_next().await? {
        walk.take(one(&row)?);
    }
    Ok(walk.end())
}

fn one(row: &PgRow) -> Result<Call, StoreError> {
    let cells = Cells::of(row, "spans");
    Ok(Call {
        trace_id: cells.trace_id("trace_id")?,
        agent: cells.get("agent")?,
        what: (
            cells.get("tool_name")?,
            cells.get("size")?,
            cells.get("arguments")?,
        ),
        span_id: cells.span_id("span_id")?,
        at: Timestamp::from_nanos(cells.get("start_ns")?),
        failed: cells.get("failed")?,
    })
}

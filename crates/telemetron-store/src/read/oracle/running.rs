//! Spans that run at this moment.

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::record::SpanKind;
use telemetron_model::{SpanId, Timestamp, TraceId};

use crate::StoreError;
use crate::read::cells::Cells;

/// A span that began and did not end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningSpan {
    /// Its trace.
    pub trace_id: TraceId,
    /// Its id.
    pub span_id: SpanId,
    /// What sort of work.
    pub kind: SpanKind,
    /// Its name.
    pub name: String,
    /// The agent at work.
    pub agent: Option<String>,
    /// The model that is called.
    pub model: Option<String>,
    /// The tool that is called.
    pub tool: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When its trace was heard of last, by the broker's clock.
    pub heard_at: Timestamp,
}

/// Lists the spans that run and began since, the oldest first.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn list(
    pool: &PgPool,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<RunningSpan>, StoreError> {
    let rows = sqlx::query(
        "SELECT s.trace_id, s.span_id, s.kind, s.name, s.model, s.tool_name, s.start_ns,
                COALESCE(s.agent_name, s.agent_id, s.inherited_agent) AS agent, t.last_seen_ns
         FROM (SELECT * FROM spans WHERE status = 1 AND start_ns >= $1
               ORDER BY start_ns LIMIT $2) AS s
         JOIN traces AS t ON t.trace_id = s.trace_id ORDER BY s.start_ns",
    )
    .bind(since.nanos())
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter().map(one).collect()
}

fn one(row: &PgRow) -> Result<RunningSpan, StoreError> {
    let cells = Cells::of(row, "spans");
    Ok(RunningSpan {
        trace_id: cells.trace_id("trace_id")?,
        span_id: cells.span_id("span_id")?,
        kind: cells.word("kind", SpanKind::from_code)?,
        name: cells.get("name")?,
        agent: cells.get("agent")?,
        model: cells.get("model")?,
        tool: cells.get("tool_name")?,
        started_at: Timestamp::from_nanos(cells.get("start_ns")?),
        heard_at: Timestamp::from_nanos(cells.get("last_seen_ns")?),
    })
}

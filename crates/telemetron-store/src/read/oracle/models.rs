//! Models: who runs them, and how full their context windows get.

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::{SpanId, Timestamp, TraceId};

use super::{Recent, recent};
use crate::StoreError;
use crate::read::cells::Cells;

/// The call of a model with the most input among recent traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullestCall {
    /// The model.
    pub model: String,
    /// Who runs it.
    pub provider: Option<String>,
    /// The tokens that went in.
    pub input_tokens: i64,
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// The agent at work.
    pub agent: Option<String>,
    /// When the call began.
    pub at: Timestamp,
}

/// Gives the fullest call of each model since.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn fullest(
    pool: &PgPool,
    recent: Recent,
    since: Timestamp,
) -> Result<Vec<FullestCall>, StoreError> {
    let rows = sqlx::query(concat!(
        recent!("llm_call_count > 0"),
        "SELECT DISTINCT ON (s.model) s.model, s.provider, COALESCE(s.input_tokens, 0) AS tokens,
                s.trace_id, s.span_id, s.start_ns,
                COALESCE(s.agent_name, s.agent_id, s.inherited_agent) AS agent
         FROM recent AS r CROSS JOIN LATERAL (
             SELECT * FROM spans AS s WHERE s.day = r.day AND s.trace_id = r.trace_id
               AND s.kind = 2 AND s.model IS NOT NULL AND s.start_ns >= $4 OFFSET 0) AS s
         ORDER BY s.model, s.input_tokens DESC NULLS LAST, s.start_ns DESC LIMIT 1000"
    ))
    .bind(recent.listed.nanos())
    .bind(recent.heard.nanos())
    .bind(recent.traces)
    .bind(since.nanos())
    .fetch_all(pool)
    .await?;
    rows.iter().map(one).collect()
}

fn one(row: &PgRow) -> Result<FullestCall, StoreError> {
    let cells = Cells::of(row, "spans");
    Ok(FullestCall {
        model: cells.get("model")?,
        provider: cells.get("provider")?,
        input_tokens: cells.get("tokens")?,
        trace_id: cells.trace_id("trace_id")?,
        span_id: cells.span_id("span_id")?,
        agent: cells.get("agent")?,
        at: Timestamp::from_nanos(cells.get("start_ns")?),
    })
}

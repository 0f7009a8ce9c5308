//! Handoffs of recent traces, in the order in which they happened.

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::record::Status;
use telemetron_model::{Timestamp, TraceId};

use super::{Recent, recent};
use crate::StoreError;
use crate::read::cells::Cells;

/// One handoff of a recent trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentHandoff {
    /// The trace.
    pub trace_id: TraceId,
    /// How the trace stands.
    pub trace_status: Status,
    /// When the trace was heard of last.
    pub heard_at: Timestamp,
    /// Its id.
    pub handoff_id: String,
    /// Who passed the work on.
    pub from: String,
    /// Who got it.
    pub to: String,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Lists the handoffs of recent traces that have at least two, by trace and time.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn list(pool: &PgPool, recent: Recent) -> Result<Vec<RecentHandoff>, StoreError> {
    let rows = sqlx::query(concat!(
        recent!("handoff_count >= 2"),
        "SELECT r.trace_id, r.status, r.last_seen_ns, h.handoff_id, h.time_ns, h.reason,
                COALESCE(h.from_agent, h.source_agent_name) AS source,
                COALESCE(h.to_agent, h.target_agent_name) AS target
         FROM recent AS r JOIN handoffs AS h ON h.day = r.day AND h.trace_id = r.trace_id
         WHERE h.stands AND COALESCE(h.from_agent, h.source_agent_name) IS NOT NULL
         ORDER BY r.trace_id, h.time_ns, h.handoff_id LIMIT 20000"
    ))
    .bind(recent.listed.nanos())
    .bind(recent.heard.nanos())
    .bind(recent.traces)
    .fetch_all(pool)
    .await?;
    rows.iter().map(one).collect()
}

fn one(row: &PgRow) -> Result<RecentHandoff, StoreError> {
    let cells = Cells::of(row, "handoffs");
    Ok(RecentHandoff {
        trace_id: cells.trace_id("trace_id")?,
        trace_status: cells.word("status", Status::from_code)?,
        heard_at: Timestamp::from_nanos(cells.get("last_seen_ns")?),
        handoff_id: cells.get("handoff_id")?,
        from: cells.get("source")?,
        to: cells.get("target")?,
        reason: cells.get("reason")?,
        at: Timestamp::from_nanos(cells.get("time_ns")?),
    })
}

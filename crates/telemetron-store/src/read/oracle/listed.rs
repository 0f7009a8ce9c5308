//! Recent traces, and whether they changed: what is expensive to find in a trace is looked for again
//! only when it did.

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::{Timestamp, TraceId};

use super::Recent;
use crate::StoreError;
use crate::read::cells::Cells;

/// A recent trace, as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The trace.
    pub trace_id: TraceId,
    /// The same as long as nothing was stored of it.
    pub version: i64,
    /// When it was heard of last, by the broker's clock.
    pub heard: Timestamp,
    /// Its spans.
    pub spans: i64,
    /// Its calls of tools.
    pub tool_calls: i64,
}

/// Lists the recent traces, the newest first.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn list(pool: &PgPool, recent: Recent) -> Result<Vec<Listed>, StoreError> {
    // Whatever is stored of a trace writes its row, and so in another transaction.
    let rows = sqlx::query(
        "SELECT trace_id, xmin::text::bigint AS version, last_seen_ns, span_count, tool_call_count
         FROM traces WHERE listed_ns >= $1 AND last_seen_ns >= $2 ORDER BY listed_ns DESC LIMIT $3",
    )
    .bind(recent.listed.nanos())
    .bind(recent.heard.nanos())
    .bind(recent.traces)
    .fetch_all(pool)
    .await?;
    rows.iter().map(one).collect()
}

fn one(row: &PgRow) -> Result<Listed, StoreError> {
    let cells = Cells::of(row, "traces");
    Ok(Listed {
        trace_id: cells.trace_id("trace_id")?,
        version: cells.get("version")?,
        heard: Timestamp::from_nanos(cells.get("last_seen_ns")?),
        spans: cells.get("span_count")?,
        tool_calls: cells.get("tool_call_count")?,
    })
}

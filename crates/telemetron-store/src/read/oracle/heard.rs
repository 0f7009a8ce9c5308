//! When traces were heard of last.

use std::collections::BTreeMap;

use sqlx::PgPool;
use telemetron_model::{Timestamp, TraceId};

use crate::StoreError;
use crate::read::cells::Cells;

/// When each of these traces was heard of last, by the broker's clock; those that are not stored
/// are left out.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn of(
    pool: &PgPool,
    traces: &[TraceId],
) -> Result<BTreeMap<TraceId, Timestamp>, StoreError> {
    let ids: Vec<_> = traces
        .iter()
        .map(|trace| trace.as_bytes().to_vec())
        .collect();
    let rows = sqlx::query("SELECT trace_id, last_seen_ns FROM traces WHERE trace_id = ANY($1)")
        .bind(ids)
        .fetch_all(pool)
        .await?;
    let one = |row| {
        let cells = Cells::of(row, "traces");
        let heard = Timestamp::from_nanos(cells.get("last_seen_ns")?);
        Ok((cells.trace_id("trace_id")?, heard))
    };
    rows.iter().map(one).collect()
}

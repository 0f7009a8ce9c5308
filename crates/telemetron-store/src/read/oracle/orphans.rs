//! Spans of traces whose parent never came.

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::{SpanId, Timestamp, TraceId};

use super::{ids, named};
use crate::StoreError;
use crate::read::cells::Cells;

/// The orphans of one trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphans {
    /// The trace.
    pub trace_id: TraceId,
    /// Whether its root came: everything above the others has ended. Instrumentation that tells of a
    /// span at its end alone tells of the root last.
    pub has_root: bool,
    /// How many there are.
    pub count: i64,
    /// When the first of them began.
    pub first_at: Timestamp,
    /// Some of them.
    pub spans: Vec<SpanId>,
    /// The parents that some of them name.
    pub missing: Vec<SpanId>,
}

/// Lists the orphans of those traces, trace by trace.
///
/// A trace that goes on elsewhere begins here below a parent that we never see: what has the
/// parent of the leading span is no orphan.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn list(pool: &PgPool, traces: &[TraceId]) -> Result<Vec<Orphans>, StoreError> {
    let rows = sqlx::query(concat!(
        named!(),
        "SELECT s.trace_id, count(*) AS orphans, min(s.start_ns) AS first_ns,
                bool_or(l.span_id IS NOT NULL AND l.parent_span_id IS NULL) AS has_root,
                (array_agg(s.span_id ORDER BY s.start_ns))[1:5] AS spans,
                (array_agg(DISTINCT s.parent_span_id))[1:5] AS missing
         FROM named AS r
         LEFT JOIN LATERAL (
             SELECT span_id, parent_span_id FROM spans AS l
             WHERE l.day = r.day AND l.trace_id = r.trace_id AND l.span_id = r.lead_span_id
             OFFSET 0) AS l ON true
         CROSS JOIN LATERAL (
             SELECT trace_id, span_id, parent_span_id, start_ns FROM spans AS s
             WHERE s.day = r.day AND s.trace_id = r.trace_id AND s.parent_span_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM spans AS p WHERE p.day = r.day
                               AND p.trace_id = r.trace_id AND p.span_id = s.parent_span_id)
             OFFSET 0) AS s
         WHERE s.parent_span_id IS DISTINCT FROM l.parent_span_id
         GROUP BY s.trace_id"
    ))
    .bind(ids(traces))
    .fetch_all(pool)
    .await?;
    rows.iter().map(one).collect()
}

fn one(row: &PgRow) -> Result<Orphans, StoreError> {
    let cells = Cells::of(row, "spans");
    let listed = |column: &str| -> Result<Vec<SpanId>, StoreError> {
        let ids: Vec<Vec<u8>> = cells.get(column)?;
        let ids = ids.iter().filter_map(|id| SpanId::from_slice(id).ok());
        Ok(ids.collect())
    };
    Ok(Orphans {
        trace_id: cells.trace_id("trace_id")?,
        has_root: cells.get("has_root")?,
        count: cells.get("orphans")?,
        first_at: Timestamp::from_nanos(cells.get("first_ns")?),
        spans: listed("spans")?,
        missing: listed("missing")?,
    })
}

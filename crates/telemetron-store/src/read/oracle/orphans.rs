//! Spans of recent traces whose parent never came.

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::{SpanId, Timestamp, TraceId};

use super::{Recent, recent};
use crate::StoreError;
use crate::read::cells::Cells;

/// The orphans of one trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphans {
    /// The trace.
    pub trace_id: TraceId,
    /// How many there are.
    pub count: i64,
    /// When the first of them began.
    pub first_at: Timestamp,
    /// Some of them.
    pub spans: Vec<SpanId>,
    /// The parents that some of them name.
    pub missing: Vec<SpanId>,
}

/// Since when a trace must have been quiet for its spans without a parent to be orphans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// When its root came: everything above the others has ended.
    pub with_root: Timestamp,
    /// When no root came: instrumentation that tells of a span at its end alone tells of the root
    /// last, and a call above may take long.
    pub without_root: Timestamp,
}

/// Lists recent traces with orphans that have been quiet for long enough.
///
/// A trace that goes on elsewhere begins here below a parent that we never see: what has the
/// parent of the leading span is no orphan.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn list(pool: &PgPool, recent: Recent, quiet: Quiet) -> Result<Vec<Orphans>, StoreError> {
    let rows = sqlx::query(concat!(
        recent!("last_seen_ns < $4 AND span_count BETWEEN 2 AND 20000"),
        "SELECT s.trace_id, count(*) AS orphans, min(s.start_ns) AS first_ns,
                (array_agg(s.span_id ORDER BY s.start_ns))[1:5] AS spans,
                (array_agg(DISTINCT s.parent_span_id))[1:5] AS missing
         FROM recent AS r
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
           AND (r.last_seen_ns < $5 OR (l.span_id IS NOT NULL AND l.parent_span_id IS NULL))
         GROUP BY s.trace_id ORDER BY orphans DESC LIMIT 100"
    ))
    .bind(recent.listed.nanos())
    .bind(recent.heard.nanos())
    .bind(recent.traces)
    .bind(quiet.with_root.nanos())
    .bind(quiet.without_root.nanos())
    .fetch_all(pool)
    .await?;
    rows.iter().map(one).collect()
}

fn one(row: &PgRow) -> Result<Orphans, StoreError> {
    let cells = Cells::of(row, "spans");
    let ids = |column: &str| -> Result<Vec<SpanId>, StoreError> {
        let ids: Vec<Vec<u8>> = cells.get(column)?;
        let ids = ids.iter().filter_map(|id| SpanId::from_slice(id).ok());
        Ok(ids.collect())
    };
    Ok(Orphans {
        trace_id: cells.trace_id("trace_id")?,
        count: cells.get("orphans")?,
        first_at: Timestamp::from_nanos(cells.get("first_ns")?),
        spans: ids("spans")?,
        missing: ids("missing")?,
    })
}

//! What stands for a whole trace: its lead, and whether it died of a failure that nothing caught.

use std::collections::HashSet;

use chrono::NaiveDate;
use sqlx::PgConnection;
use telemetron_model::fold::Lead;
use telemetron_model::record::Status;
use telemetron_model::{Timestamp, TraceId};

use super::{corrupt, span_of, trace_of};
use crate::StoreError;

/// The span that leads its trace, read from all of its rows.
pub(in crate::write) async fn find_lead(
    conn: &mut PgConnection,
    day: NaiveDate,
    trace_id: TraceId,
) -> Result<Option<Lead>, StoreError> {
    type Row = (bool, i64, Vec<u8>, i16, Option<i64>, String, Option<String>);
    let row: Option<Row> = sqlx::query_as(
        "SELECT parent_span_id IS NOT NULL, start_ns, span_id, status, end_ns, name,
                COALESCE(agent_name, agent_id)
         FROM spans WHERE day = $1 AND trace_id = $2
         ORDER BY parent_span_id IS NOT NULL, start_ns, span_id LIMIT 1",
    )
    .bind(day)
    .bind(trace_id.as_bytes().as_slice())
    .fetch_optional(conn)
    .await?;
    let Some((has_parent, start, id, status, end, name, agent)) = row else {
        return Ok(None);
    };
    Ok(Some(Lead {
        has_parent,
        start: Timestamp::from_nanos(start),
        span_id: span_of(&id)?,
        status: Status::from_code(status).ok_or_else(|| corrupt(format!("status {status}")))?,
        end: end.map(Timestamp::from_nanos),
        name,
        agent,
    }))
}

/// Those of these traces that died although their lead says that they completed.
///
/// Some instrumentations close the span around a run as completed whatever came of it. So a run died
/// when one of its roots failed, or when an agent that nobody called failed and nothing began
/// afterwards. A failure below another agent, or one that work followed, was dealt with.
pub(in crate::write) async fn died(
    conn: &mut PgConnection,
    day: NaiveDate,
    traces: &[TraceId],
) -> Result<HashSet<TraceId>, StoreError> {
    let ids: Vec<_> = traces.iter().map(|id| id.as_bytes().as_slice()).collect();
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as(
        "WITH RECURSIVE failed AS (
             SELECT s.trace_id, s.span_id, s.parent_span_id, s.kind, s.end_ns
             FROM UNNEST($2::bytea[]) AS k (trace_id)
             CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.status = 3 OFFSET 0) s
         ), uncaught AS (
             SELECT f.trace_id, f.span_id, f.parent_span_id AS above FROM failed f
             WHERE f.kind = 1 AND NOT EXISTS (
               SELECT FROM spans s WHERE s.day = $1 AND s.trace_id = f.trace_id AND s.start_ns >= f.end_ns)
             UNION
             SELECT u.trace_id, u.span_id, s.parent_span_id FROM uncaught u
             CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = u.trace_id AND s.span_id = u.above OFFSET 0) s
             WHERE s.kind = 5
         )
         SELECT trace_id FROM failed WHERE parent_span_id IS NULL
         UNION
         SELECT trace_id FROM uncaught WHERE above IS NULL",
    )
    .bind(day)
    .bind(ids)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|(id,)| trace_of(id)).collect()
}

//! What stands for a whole trace: its lead, and whether it died of a failure that nothing caught.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sqlx::{FromRow, PgConnection};
use telemetron_model::fold::{self, Lead, Standing};
use telemetron_model::record::Status;
use telemetron_model::{SpanId, Timestamp, TraceId};

use super::{corrupt, span_of, trace_of};
use crate::StoreError;

/// What a lead is made of.
#[derive(FromRow)]
struct LeadRow {
    has_parent: bool,
    start_ns: i64,
    span_id: Vec<u8>,
    status: i16,
    end_ns: Option<i64>,
    name: String,
    agent: Option<String>,
}

/// The columns of a [`LeadRow`].
macro_rules! lead_of {
    ($rest:literal) => {
        concat!(
            "SELECT parent_span_id IS NOT NULL AS has_parent, start_ns, span_id, status, end_ns, name,
                    COALESCE(agent_name, agent_id) AS agent
             FROM spans WHERE day = $1 AND trace_id = $2 ",
            $rest
        )
    };
}

/// The span that leads its trace by its time, read from all of its rows.
pub(in crate::write) async fn find_lead(
    conn: &mut PgConnection,
    day: NaiveDate,
    trace_id: TraceId,
) -> Result<Option<Lead>, StoreError> {
    let earliest = lead_of!("ORDER BY parent_span_id IS NOT NULL, start_ns, span_id LIMIT 1");
    let row: Option<LeadRow> = sqlx::query_as(earliest)
        .bind(day)
        .bind(trace_id.as_bytes().as_slice())
        .fetch_optional(conn)
        .await?;
    row.map(Lead::try_from).transpose()
}

/// The lead that a span is.
pub(in crate::write) async fn lead_by_id(
    conn: &mut PgConnection,
    day: NaiveDate,
    trace_id: TraceId,
    span_id: SpanId,
) -> Result<Option<Lead>, StoreError> {
    let row: Option<LeadRow> = sqlx::query_as(lead_of!("AND span_id = $3"))
        .bind(day)
        .bind(trace_id.as_bytes().as_slice())
        .bind(span_id.as_bytes())
        .fetch_optional(conn)
        .await?;
    row.map(Lead::try_from).transpose()
}

impl TryFrom<LeadRow> for Lead {
    type Error = StoreError;

    fn try_from(row: LeadRow) -> Result<Self, StoreError> {
        let status = Status::from_code(row.status);
        Ok(Self {
            has_parent: row.has_parent,
            start: Timestamp::from_nanos(row.start_ns),
            span_id: span_of(&row.span_id)?,
            status: status.ok_or_else(|| corrupt(format!("status {}", row.status)))?,
            end: row.end_ns.map(Timestamp::from_nanos),
            name: row.name,
            agent: row.agent,
        })
    }
}

/// The span at the top of each of these traces, of which no root has come.
pub(in crate::write) async fn topmost(
    conn: &mut PgConnection,
    day: NaiveDate,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, SpanId>, StoreError> {
    type Row = (Vec<u8>, Vec<u8>, Option<Vec<u8>>, i64);
    let ids: Vec<_> = traces.iter().map(|id| id.as_bytes().as_slice()).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT s.trace_id, s.span_id, s.parent_span_id, s.start_ns
         FROM UNNEST($2::bytea[]) AS k (trace_id)
         CROSS JOIN LATERAL (
           SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = k.trace_id OFFSET 0) s",
    )
    .bind(day)
    .bind(ids)
    .fetch_all(conn)
    .await?;
    let mut standing: HashMap<TraceId, Vec<Standing>> = HashMap::new();
    for (trace, span, parent, start) in rows {
        standing
            .entry(trace_of(&trace)?)
            .or_default()
            .push(Standing {
                span_id: span_of(&span)?,
                parent: parent.map(|id| span_of(&id)).transpose()?,
                start: Timestamp::from_nanos(start),
            });
    }
    let tops = standing.into_iter();
    Ok(tops
        .filter_map(|(trace, spans)| Some((trace, fold::topmost(&spans)?)))
        .collect())
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

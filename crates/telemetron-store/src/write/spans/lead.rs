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

/// The same, of a trace among others.
#[derive(FromRow)]
struct LeadOfTrace {
    trace_id: Vec<u8>,
    #[sqlx(flatten)]
    lead: LeadRow,
}

/// The columns of a [`LeadRow`].
macro_rules! lead_columns {
    () => {
        "s.parent_span_id IS NOT NULL AS has_parent, s.start_ns, s.span_id, s.status, s.end_ns, s.name,
         COALESCE(s.agent_name, s.agent_id) AS agent"
    };
}

/// The span that leads its trace by its time, read from all of its rows.
pub(in crate::write) async fn find_lead(
    conn: &mut PgConnection,
    day: NaiveDate,
    trace_id: TraceId,
) -> Result<Option<Lead>, StoreError> {
    let row: Option<LeadRow> = sqlx::query_as(concat!(
        "SELECT ",
        lead_columns!(),
        " FROM spans s WHERE s.day = $1 AND s.trace_id = $2
         ORDER BY s.parent_span_id IS NOT NULL, s.start_ns, s.span_id LIMIT 1",
    ))
    .bind(day)
    .bind(trace_id.as_bytes().as_slice())
    .fetch_optional(conn)
    .await?;
    row.map(Lead::try_from).transpose()
}

/// The leads that these spans of a day are, one of each trace.
pub(in crate::write) async fn leads_by_id(
    conn: &mut PgConnection,
    day: NaiveDate,
    spans: &[(TraceId, SpanId)],
) -> Result<HashMap<TraceId, Lead>, StoreError> {
    let traces: Vec<_> = spans
        .iter()
        .map(|(trace, _)| trace.as_bytes().as_slice())
        .collect();
    let ids: Vec<_> = spans.iter().map(|(_, span)| span.as_bytes()).collect();
    let rows: Vec<LeadOfTrace> = sqlx::query_as(concat!(
        "SELECT s.trace_id, ",
        lead_columns!(),
        " FROM UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
         CROSS JOIN LATERAL (
           SELECT * FROM spans s
           WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.span_id = k.span_id OFFSET 0) s",
    ))
    .bind(day)
    .bind(traces)
    .bind(ids)
    .fetch_all(conn)
    .await?;
    let leads = rows.into_iter();
    leads
        .map(|row| Ok((trace_of(&row.trace_id)?, Lead::try_from(row.lead)?)))
        .collect()
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

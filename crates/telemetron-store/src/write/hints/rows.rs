//! The rows that decide which handoffs stand: handoffs, the spans that they point to, and siblings.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::{FromRow, PgConnection};
use telemetron_model::fold::handoffs::{Place, StandingHandoff, StatedHandoff, Turn};
use telemetron_model::record::SpanKind;
use telemetron_model::{SpanId, Timestamp, TraceId};

use crate::StoreError;
use crate::write::spans::{span_of, trace_of};

/// Spans of one trace.
pub(super) type Places = HashMap<SpanId, Place>;

/// A stored handoff.
#[derive(Debug)]
pub(super) struct StatedRow {
    trace_id: TraceId,
    id: String,
    pub(super) source: Option<String>,
    target: String,
    pub(super) rule: Option<String>,
    pub(super) span: Option<SpanId>,
    time: Timestamp,
    until: Option<Timestamp>,
    /// Whether it stands.
    stands: bool,
    /// Who handed on, where that was found out.
    from: Option<String>,
    /// To whom.
    to: Option<String>,
}

impl StatedRow {
    /// As the rule takes it.
    pub(super) fn as_stated(&self) -> StatedHandoff<'_> {
        StatedHandoff {
            id: &self.id,
            source: self.source.as_deref(),
            target: &self.target,
            rule: self.rule.as_deref(),
            span: self.span,
            time: self.time,
            until: self.until,
        }
    }

    /// The row as it is from now on, when that is not what it says.
    pub(super) fn now(self, passed: Option<StandingHandoff>) -> Option<Self> {
        let stands = passed.is_some();
        let (from, to) = passed.map(|passed| (passed.source, passed.target)).unzip();
        let same = stands == self.stands && from == self.from && to == self.to;
        (!same).then_some(Self {
            stands,
            from,
            to,
            ..self
        })
    }

    /// Whether it was not said outright.
    pub(super) const fn is_hint(&self) -> bool {
        self.rule.is_some() || self.source.is_none()
    }
}

#[derive(FromRow)]
struct HandoffRow {
    trace_id: Vec<u8>,
    handoff_id: String,
    source_agent_name: Option<String>,
    target_agent_name: String,
    rule: Option<String>,
    span_id: Option<Vec<u8>>,
    time_ns: i64,
    until_ns: Option<i64>,
    stands: bool,
    from_agent: Option<String>,
    to_agent: Option<String>,
}

#[derive(FromRow)]
struct PlaceRow {
    trace_id: Vec<u8>,
    span_id: Vec<u8>,
    parent_span_id: Option<Vec<u8>>,
    kind: i16,
    start_ns: i64,
    agent: Option<String>,
}

/// Reads all handoffs of these traces.
pub(super) async fn stated(
    conn: &mut PgConnection,
    day: NaiveDate,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, Vec<StatedRow>>, StoreError> {
    let rows: Vec<HandoffRow> = sqlx::query_as(
        "SELECT trace_id, handoff_id, source_agent_name, target_agent_name, rule, span_id, time_ns,
                until_ns, stands, from_agent, to_agent
         FROM handoffs WHERE day = $1 AND trace_id = ANY($2)",
    )
    .bind(day)
    .bind(ids(traces))
    .fetch_all(conn)
    .await?;
    let mut stated: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        let row = StatedRow::try_from(row)?;
        stated.entry(row.trace_id).or_default().push(row);
    }
    Ok(stated)
}

/// Reads these spans.
pub(super) async fn places(
    conn: &mut PgConnection,
    day: NaiveDate,
    spans: &[(TraceId, SpanId)],
    places: &mut HashMap<TraceId, Places>,
) -> Result<(), StoreError> {
    let sql = "SELECT s.trace_id, s.span_id, s.parent_span_id, s.kind, s.start_ns,
                COALESCE(s.agent_name, s.agent_id, s.inherited_agent) AS agent
         FROM UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
         CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.span_id = k.span_id OFFSET 0) s";
    read(conn, sql, day, spans, places).await
}

/// Reads the agent spans below these parents.
pub(super) async fn siblings(
    conn: &mut PgConnection,
    day: NaiveDate,
    parents: &[(TraceId, SpanId)],
    places: &mut HashMap<TraceId, Places>,
) -> Result<(), StoreError> {
    let sql = "SELECT s.trace_id, s.span_id, s.parent_span_id, s.kind, s.start_ns,
                COALESCE(s.agent_name, s.agent_id, s.inherited_agent) AS agent
         FROM UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
         CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.parent_span_id = k.span_id AND s.kind = 1 OFFSET 0) s";
    read(conn, sql, day, parents, places).await
}

async fn read(
    conn: &mut PgConnection,
    sql: &'static str,
    day: NaiveDate,
    keys: &[(TraceId, SpanId)],
    places: &mut HashMap<TraceId, Places>,
) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    let columns = keys
        .iter()
        .map(|(trace, span)| (trace.as_bytes().as_slice(), span.as_bytes()));
    let (traces, spans): (Vec<_>, Vec<_>) = columns.unzip();
    let rows = sqlx::query_as(sql)
        .bind(day)
        .bind(traces)
        .bind(spans)
        .fetch_all(conn)
        .await?;
    add(rows, places)
}

/// Reads who began to work when in these traces, earliest first.
pub(super) async fn turns(
    conn: &mut PgConnection,
    day: NaiveDate,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, Vec<Turn>>, StoreError> {
    if traces.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Vec<u8>, i64, Option<i64>, String)> = sqlx::query_as(
        "SELECT trace_id, start_ns, CASE WHEN kind = 3 THEN end_ns END,
                COALESCE(agent_name, agent_id, inherited_agent, '') AS agent
         FROM spans
         WHERE day = $1 AND trace_id = ANY($2)
           AND (COALESCE(agent_name, agent_id) IS NOT NULL AND kind <> 3
                OR kind = 3 AND end_ns IS NOT NULL)
         ORDER BY start_ns, agent, span_id",
    )
    .bind(day)
    .bind(ids(traces))
    .fetch_all(conn)
    .await?;
    let mut turns: HashMap<_, Vec<_>> = HashMap::new();
    for (trace, start, tool_end, agent) in rows {
        let of_trace = turns.entry(trace_of(&trace)?).or_default();
        of_trace.push(Turn {
            start: Timestamp::from_nanos(start),
            tool_end: tool_end.map(Timestamp::from_nanos),
            agent,
        });
    }
    Ok(turns)
}

/// Writes which of these handoffs stand, and between whom.
pub(super) async fn write(
    conn: &mut PgConnection,
    day: NaiveDate,
    rows: &[StatedRow],
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let traces: Vec<_> = rows.iter().map(|row| row.trace_id).collect();
    sqlx::query(
        "UPDATE handoffs h SET stands = k.stands, from_agent = k.from_agent, to_agent = k.to_agent
         FROM UNNEST($2::bytea[], $3::text[], $4::boolean[], $5::text[], $6::text[])
           AS k (trace_id, handoff_id, stands, from_agent, to_agent)
         CROSS JOIN LATERAL (
           SELECT ctid AS place FROM handoffs f
           WHERE f.day = $1 AND f.trace_id = k.trace_id AND f.handoff_id = k.handoff_id OFFSET 0) f
         WHERE h.day = $1 AND h.ctid = f.place",
    )
    .bind(day)
    .bind(ids(&traces))
    .bind(rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.stands).collect::<Vec<_>>())
    .bind(
        rows.iter()
            .map(|row| row.from.as_deref())
            .collect::<Vec<_>>(),
    )
    .bind(rows.iter().map(|row| row.to.as_deref()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

fn ids(traces: &[TraceId]) -> Vec<&[u8]> {
    traces.iter().map(|id| id.as_bytes().as_slice()).collect()
}

fn add(rows: Vec<PlaceRow>, places: &mut HashMap<TraceId, Places>) -> Result<(), StoreError> {
    for row in rows {
        let span_id = span_of(&row.span_id)?;
        let place = Place {
            agent: row.agent,
            // An unknown kind is no agent's: all that the rule asks.
            kind: SpanKind::from_code(row.kind).unwrap_or(SpanKind::Chain),
            parent: row.parent_span_id.as_deref().map(span_of).transpose()?,
            start: Timestamp::from_nanos(row.start_ns),
        };
        let trace = places.entry(trace_of(&row.trace_id)?).or_default();
        trace.insert(span_id, place);
    }
    Ok(())
}

impl TryFrom<HandoffRow> for StatedRow {
    type Error = StoreError;

    fn try_from(row: HandoffRow) -> Result<Self, StoreError> {
        Ok(Self {
            trace_id: trace_of(&row.trace_id)?,
            id: row.handoff_id,
            source: row.source_agent_name,
            target: row.target_agent_name,
            rule: row.rule,
            span: row.span_id.as_deref().map(span_of).transpose()?,
            time: Timestamp::from_nanos(row.time_ns),
            until: row.until_ns.map(Timestamp::from_nanos),
            stands: row.stands,
            from: row.from_agent,
            to: row.to_agent,
        })
    }
}

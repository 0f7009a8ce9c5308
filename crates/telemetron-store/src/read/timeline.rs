//! Everything of a trace in one chronological list.
//!
//! Postgres merges the five sorts of lines: each contributes at most one page, so that a page of a
//! trace of 50,000 spans costs one scan of narrow columns and returns no more than it shows.

use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::TraceId;
use telemetron_model::record::{Severity, SpanKind, Status};
use telemetron_view::{TimelineEntry, TimelineKind};

use super::cells::Cells;
use super::{Scope, Slice, one_more};
use crate::StoreError;

/// Where a timeline goes on: earliest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineKey {
    /// When the last line was.
    pub time_ns: i64,
    /// Code of its kind.
    pub kind: i16,
    /// Its id.
    pub id: String,
    /// Its trace.
    pub trace_id: TraceId,
}

const TIMELINE: &str = r#"
SELECT * FROM (
    (SELECT start_ns AS time_ns, 1::smallint AS line, encode(span_id, 'hex') COLLATE "C" AS id,
            trace_id, span_id, COALESCE(agent_name, agent_id, inherited_agent) AS agent, NULL::text AS target_agent, name,
            kind AS span_kind, NULL::smallint AS status, NULL::bigint AS duration_ns,
            NULL::text AS event_type, NULL::smallint AS severity, NULL::text AS message
     FROM spans
     WHERE day = $1 AND trace_id = $2
       AND (start_ns, 1::smallint, encode(span_id, 'hex') COLLATE "C", trace_id) > ($3, $4, $5, $6)
     ORDER BY 1, 2, 3, 4 LIMIT $7)
  UNION ALL
    (SELECT time_ns, 2::smallint, event_id COLLATE "C", trace_id, span_id, COALESCE(agent_name, agent_id),
            NULL, event_name, NULL, NULL, NULL, event_type, severity, left(message, 1000)
     FROM events
     WHERE day = $1 AND trace_id = $2
       AND (time_ns, 2::smallint, event_id COLLATE "C", trace_id) > ($3, $4, $5, $6)
     ORDER BY 1, 2, 3, 4 LIMIT $7)
  UNION ALL
    (SELECT time_ns, 3::smallint, handoff_id COLLATE "C", trace_id, span_id,
            COALESCE(from_agent, source_agent_name), COALESCE(to_agent, target_agent_name), NULL, NULL, NULL, NULL, NULL, NULL, left(reason, 1000)
     FROM handoffs
     WHERE day = $1 AND trace_id = $2 AND stands
       AND (time_ns, 3::smallint, handoff_id COLLATE "C", trace_id) > ($3, $4, $5, $6)
     ORDER BY 1, 2, 3, 4 LIMIT $7)
  UNION ALL
    (SELECT time_ns, 4::smallint, error_id COLLATE "C", trace_id, span_id, COALESCE(agent_name, agent_id),
            NULL, error_type, NULL, NULL, NULL, NULL, severity, left(message, 1000)
     FROM errors
     WHERE day = $1 AND trace_id = $2
       AND (time_ns, 4::smallint, error_id COLLATE "C", trace_id) > ($3, $4, $5, $6)
     ORDER BY 1, 2, 3, 4 LIMIT $7)
  UNION ALL
    (SELECT end_ns, 5::smallint, encode(span_id, 'hex') COLLATE "C", trace_id, span_id,
            COALESCE(agent_name, agent_id, inherited_agent), NULL, name, kind, status,
            CASE WHEN time_source IS DISTINCT FROM 2 THEN nanos_between(start_ns, end_ns) END, NULL, NULL, NULL
     FROM spans
     WHERE day = $1 AND trace_id = $2 AND end_ns IS NOT NULL
       AND (end_ns, 5::smallint, encode(span_id, 'hex') COLLATE "C", trace_id) > ($3, $4, $5, $6)
     ORDER BY 1, 2, 3, 4 LIMIT $7)
) AS lines
ORDER BY time_ns, line, id COLLATE "C", trace_id LIMIT $7"#;

/// Lists the lines of the timeline of a trace or of a run, earliest first.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn list(
    pool: &PgPool,
    traces: impl Into<Scope>,
    after: Option<&TimelineKey>,
    limit: usize,
) -> Result<Slice<TimelineEntry, TimelineKey>, StoreError> {
    let traces = traces.into();
    let query = traces
        .query(TIMELINE)
        .bind(after.map_or(i64::MIN, |key| key.time_ns))
        .bind(after.map_or(0, |key| key.kind))
        .bind(after.map_or("", |key| key.id.as_str()))
        .bind(after.map_or_else(Vec::new, |key| key.trace_id.as_bytes().to_vec()))
        .bind(one_more(limit));
    let rows = traces.standing(TIMELINE, query).fetch_all(pool).await?;
    let keyed = rows.iter().map(|row| keyed_line(row, &traces));
    Ok(Slice::of(keyed.collect::<Result<_, _>>()?, limit))
}

fn keyed_line(row: &PgRow, traces: &Scope) -> Result<(TimelineKey, TimelineEntry), StoreError> {
    let cells = Cells::of(row, "timeline");
    let mut entry = TimelineEntry {
        time: cells.instant("time_ns")?,
        kind: cells.word("line", TimelineKind::from_code)?,
        id: cells.get("id")?,
        trace_id: traces.trace_of(&cells)?,
        span_id: cells.opt_span_id("span_id")?,
        agent: cells.get("agent")?,
        target_agent: cells.get("target_agent")?,
        name: cells.get("name")?,
        span_kind: cells.opt_word("span_kind", SpanKind::from_code)?,
        status: cells.opt_word("status", Status::from_code)?,
        duration_ms: cells.opt_millis("duration_ns")?,
        event_type: cells.get("event_type")?,
        severity: cells.opt_word("severity", Severity::from_code)?,
        message: cells.get("message")?,
    };
    if entry.kind == TimelineKind::Handoff
        && let Some(passed) = traces.passed(&cells, &entry.id)?
    {
        entry.agent = Some(passed.source.clone());
        entry.target_agent = Some(passed.target.clone());
    }
    let key = TimelineKey {
        time_ns: entry.time.0.nanos(),
        kind: entry.kind.code(),
        id: entry.id.clone(),
        trace_id: cells.trace_id("trace_id")?,
    };
    Ok((key, entry))
}

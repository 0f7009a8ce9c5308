//! What failed in recent traces, and what was tried too often.

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::record::SpanKind;
use telemetron_model::{SpanId, Timestamp, TraceId};

use super::{Recent, recent};
use crate::StoreError;
use crate::read::cells::Cells;

/// A span of a recent trace that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedSpan {
    /// Its trace.
    pub trace_id: TraceId,
    /// Its id.
    pub span_id: SpanId,
    /// What sort of work.
    pub kind: SpanKind,
    /// The agent at work.
    pub agent: Option<String>,
    /// The model that was called.
    pub model: Option<String>,
    /// The type of its error.
    pub error_type: String,
    /// What the error says; the head of it.
    pub message: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it failed.
    pub failed_at: Timestamp,
}

/// Something that was tried as often as it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetriesExhausted {
    /// The trace, if it is part of one.
    pub trace_id: Option<TraceId>,
    /// The event or error that says so.
    pub id: String,
    /// The agent.
    pub agent: Option<String>,
    /// What was tried.
    pub what: String,
    /// What was said.
    pub message: Option<String>,
    /// How often it was tried, where that is known.
    pub attempts: Option<i32>,
    /// When.
    pub at: Timestamp,
}

/// Lists the spans of recent traces that failed since, the latest first.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn spans(
    pool: &PgPool,
    recent: Recent,
    since: Timestamp,
) -> Result<Vec<FailedSpan>, StoreError> {
    let rows = sqlx::query(concat!(
        recent!("failed_count > 0"),
        "SELECT s.trace_id, s.span_id, s.kind, s.model, s.start_ns,
                COALESCE(s.end_ns, s.start_ns) AS failed_ns, s.error,
                COALESCE(s.agent_name, s.agent_id, s.inherited_agent) AS agent
         FROM recent AS r CROSS JOIN LATERAL (
             SELECT * FROM spans AS s WHERE s.day = r.day AND s.trace_id = r.trace_id
               AND s.status = 3 AND COALESCE(s.end_ns, s.start_ns) >= $4 OFFSET 0) AS s
         ORDER BY s.start_ns DESC LIMIT 2000"
    ))
    .bind(recent.listed.nanos())
    .bind(recent.heard.nanos())
    .bind(recent.traces)
    .bind(since.nanos())
    .fetch_all(pool)
    .await?;
    rows.iter().map(failed).collect()
}

fn failed(row: &PgRow) -> Result<FailedSpan, StoreError> {
    let cells = Cells::of(row, "spans");
    let error: Option<serde_json::Value> = cells.parsed("error")?;
    let said = |field: &str| {
        let text = error.as_ref()?.get(field)?.as_str()?;
        Some(text.chars().take(300).collect::<String>())
    };
    Ok(FailedSpan {
        trace_id: cells.trace_id("trace_id")?,
        span_id: cells.span_id("span_id")?,
        kind: cells.word("kind", SpanKind::from_code)?,
        agent: cells.get("agent")?,
        model: cells.get("model")?,
        error_type: said("type").unwrap_or_default(),
        message: said("message").unwrap_or_default(),
        started_at: Timestamp::from_nanos(cells.get("start_ns")?),
        failed_at: Timestamp::from_nanos(cells.get("failed_ns")?),
    })
}

/// Lists what was tried `attempts` times or said to be exhausted since, the latest first.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn exhausted(
    pool: &PgPool,
    recent: Recent,
    since: Timestamp,
    attempts: i32,
) -> Result<Vec<RetriesExhausted>, StoreError> {
    let rows = sqlx::query(concat!(
        recent!("event_count + error_count > 0"),
        "SELECT e.trace_id, e.event_id AS id, COALESCE(e.agent_name, e.agent_id) AS agent,
                e.event_name AS what, e.message, NULL::integer AS attempts, e.time_ns
         FROM recent AS r JOIN events AS e ON e.day = r.day AND e.trace_id = r.trace_id
         WHERE e.event_type || ' ' || e.event_name ~* 'retr(y|ies).*exhaust' AND e.time_ns >= $4
         UNION ALL
         SELECT NULL, event_id, COALESCE(agent_name, agent_id), event_name, message, NULL, time_ns
         FROM system_events
         WHERE event_type || ' ' || event_name ~* 'retr(y|ies).*exhaust' AND time_ns >= $4
         UNION ALL
         SELECT x.trace_id, x.error_id, COALESCE(x.agent_name, x.agent_id), x.error_type,
                left(x.message, 300), x.attempts, x.time_ns
         FROM recent AS r JOIN errors AS x ON x.day = r.day AND x.trace_id = r.trace_id
         WHERE x.attempts >= $5 AND x.time_ns >= $4
         ORDER BY time_ns DESC LIMIT 500"
    ))
    .bind(recent.listed.nanos())
    .bind(recent.heard.nanos())
    .bind(recent.traces)
    .bind(since.nanos())
    .bind(attempts)
    .fetch_all(pool)
    .await?;
    rows.iter().map(gave_up).collect()
}

fn gave_up(row: &PgRow) -> Result<RetriesExhausted, StoreError> {
    let cells = Cells::of(row, "events");
    let trace_id = match cells.get::<Option<&[u8]>>("trace_id")? {
        Some(_) => Some(cells.trace_id("trace_id")?),
        None => None,
    };
    Ok(RetriesExhausted {
        trace_id,
        id: cells.get("id")?,
        agent: cells.get("agent")?,
        what: cells.get("what")?,
        message: cells.get("message")?,
        attempts: cells.get("attempts")?,
        at: Timestamp::from_nanos(cells.get("time_ns")?),
    })
}

//! Events, handoffs and errors of a trace: the earliest of each.
//!
//! What they carry along is read as long as all of it together stays within a budget of bytes;
//! what does not fit is left out, and its size says so.

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::record::{ErrorCategory, HandoffMode, Severity};
use telemetron_model::view::{ErrorView, EventView, HandoffView};

use super::Located;
use super::cells::Cells;
use crate::StoreError;

/// How much of a trace's notes is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Most notes.
    pub items: i64,
    /// Most bytes of what they carry along.
    pub bytes: i64,
}

/// Reads the earliest events.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn events(
    pool: &PgPool,
    trace: Located,
    budget: Budget,
) -> Result<Vec<EventView>, StoreError> {
    let sql = "SELECT event_id, span_id, agent_id, agent_name, event_type, event_name, severity,
                message, time_ns, correlation_id, cause, octet_length(data) AS data_bytes,
                CASE WHEN sum(COALESCE(octet_length(data), 0))
                          OVER (ORDER BY time_ns, event_id ROWS UNBOUNDED PRECEDING) <= $4
                     THEN data END AS data
         FROM events WHERE day = $1 AND trace_id = $2 ORDER BY time_ns, event_id LIMIT $3";
    read(pool, sql, trace, budget)
        .await?
        .iter()
        .map(event)
        .collect()
}

/// Reads the earliest handoffs, of those that stand.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn handoffs(
    pool: &PgPool,
    trace: Located,
    budget: Budget,
) -> Result<Vec<HandoffView>, StoreError> {
    let sql = "SELECT handoff_id, span_id, source_agent_id, target_agent_id,
                COALESCE(from_agent, source_agent_name) AS source_agent_name,
                COALESCE(to_agent, target_agent_name) AS target_agent_name, time_ns, reason, mode, rule,
                octet_length(context) AS context_bytes,
                CASE WHEN sum(COALESCE(octet_length(context), 0))
                          OVER (ORDER BY time_ns, handoff_id ROWS UNBOUNDED PRECEDING) <= $4
                     THEN context END AS context
         FROM handoffs WHERE day = $1 AND trace_id = $2 AND stands
         ORDER BY time_ns, handoff_id LIMIT $3";
    read(pool, sql, trace, budget)
        .await?
        .iter()
        .map(handoff)
        .collect()
}

/// Reads the earliest errors.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn errors(
    pool: &PgPool,
    trace: Located,
    budget: Budget,
) -> Result<Vec<ErrorView>, StoreError> {
    let sql = "SELECT error_id, span_id, agent_id, agent_name, error_type, message, category,
                severity, retryable, attempts, suggested_fixes, time_ns,
                octet_length(stack) AS stack_bytes,
                CASE WHEN sum(COALESCE(octet_length(stack), 0))
                          OVER (ORDER BY time_ns, error_id ROWS UNBOUNDED PRECEDING) <= $4
                     THEN stack END AS stack
         FROM errors WHERE day = $1 AND trace_id = $2 ORDER BY time_ns, error_id LIMIT $3";
    read(pool, sql, trace, budget)
        .await?
        .iter()
        .map(error)
        .collect()
}

async fn read(
    pool: &PgPool,
    sql: &'static str,
    trace: Located,
    budget: Budget,
) -> Result<Vec<PgRow>, StoreError> {
    let rows = sqlx::query(sql)
        .bind(trace.day)
        .bind(trace.trace_id.as_bytes().as_slice())
        .bind(budget.items)
        .bind(budget.bytes)
        .fetch_all(pool)
        .await?;
    Ok(rows)
}

fn event(row: &PgRow) -> Result<EventView, StoreError> {
    let cells = Cells::of(row, "events");
    Ok(EventView {
        event_id: cells.get("event_id")?,
        span_id: cells.opt_span_id("span_id")?,
        agent_id: cells.get("agent_id")?,
        agent_name: cells.get("agent_name")?,
        event_type: cells.get("event_type")?,
        event_name: cells.get("event_name")?,
        severity: cells.word("severity", Severity::from_code)?,
        message: cells.get("message")?,
        data: cells.json("data")?,
        data_bytes: cells.get("data_bytes")?,
        timestamp: cells.instant("time_ns")?,
        correlation_id: cells.get("correlation_id")?,
        cause: cells.get("cause")?,
    })
}

fn handoff(row: &PgRow) -> Result<HandoffView, StoreError> {
    let cells = Cells::of(row, "handoffs");
    Ok(HandoffView {
        handoff_id: cells.get("handoff_id")?,
        span_id: cells.opt_span_id("span_id")?,
        source_agent_id: cells.get("source_agent_id")?,
        source_agent_name: cells.get("source_agent_name")?,
        target_agent_id: cells.get("target_agent_id")?,
        target_agent_name: cells.get("target_agent_name")?,
        timestamp: cells.instant("time_ns")?,
        reason: cells.get("reason")?,
        mode: cells.opt_word("mode", HandoffMode::from_code)?,
        rule: cells.get("rule")?,
        context: cells.json("context")?,
        context_bytes: cells.get("context_bytes")?,
    })
}

fn error(row: &PgRow) -> Result<ErrorView, StoreError> {
    let cells = Cells::of(row, "errors");
    Ok(ErrorView {
        error_id: cells.get("error_id")?,
        span_id: cells.opt_span_id("span_id")?,
        agent_id: cells.get("agent_id")?,
        agent_name: cells.get("agent_name")?,
        error_type: cells.get("error_type")?,
        message: cells.get("message")?,
        stack: cells.get("stack")?,
        stack_bytes: cells.get("stack_bytes")?,
        category: cells.word("category", ErrorCategory::from_code)?,
        severity: cells.word("severity", Severity::from_code)?,
        retryable: cells.get("retryable")?,
        attempts: cells.get("attempts")?,
        suggested_fixes: cells.get("suggested_fixes")?,
        timestamp: cells.instant("time_ns")?,
    })
}

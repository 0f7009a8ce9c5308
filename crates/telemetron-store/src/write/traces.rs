//! Rows of `traces`: locked in id order, inserted when absent, changed when not.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;
use telemetron_model::TraceId;

use super::json_rows;
use super::trace_row::{ReportRow, TraceRow};
use crate::StoreError;
use crate::copy::Rows;
use crate::refused::Refusals;

/// Locks those of these traces that are stored, in id order, and reads their state.
pub(super) async fn lock(
    conn: &mut PgConnection,
    ids: impl Iterator<Item = &TraceId>,
) -> Result<HashMap<TraceId, TraceRow>, StoreError> {
    let ids: Vec<_> = ids.map(|id| id.as_bytes().as_slice()).collect();
    let rows: Vec<TraceRow> = sqlx::query_as(
        "SELECT trace_id, day, first_seen_ns, last_seen_ns, truncated, status, start_ns, end_ns,
                report_status, report_rank_end, report_hash, report_start_ns, report_end_ns,
                session_id, user_id, project, claims, spans_start_ns, spans_end_ns,
                lead_span_id, lead_has_parent, lead_start_ns, lead_end_ns, lead_status, lead_name,
                lead_agent, agents, models, tools, span_count, running_count, failed_count,
                llm_call_count, tool_call_count, event_count, handoff_count, hint_count, error_count,
                input_tokens, output_tokens, total_tokens, cached_tokens, reasoning_tokens, cost
         FROM traces WHERE trace_id = ANY($1) ORDER BY trace_id FOR UPDATE",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Ok((row.trace_id()?, row)))
        .collect()
}

/// Those of these traces of which retention dropped an earlier part.
pub(super) async fn dropped(
    conn: &mut PgConnection,
    ids: impl Iterator<Item = &TraceId>,
) -> Result<HashSet<TraceId>, StoreError> {
    let ids: Vec<_> = ids.map(|id| id.as_bytes().as_slice()).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT trace_id FROM dropped_traces WHERE trace_id = ANY($1)")
            .bind(&ids)
            .fetch_all(conn)
            .await?;
    Ok(rows
        .iter()
        .filter_map(|(id,)| TraceId::from_slice(id).ok())
        .collect())
}

/// Inserts traces that were absent.
///
/// # Errors
/// [`StoreError::Raced`] when another consumer inserted one of them meanwhile: it was absent when
/// the batch locked its traces, so its key is taken now.
pub(super) async fn insert(conn: &mut PgConnection, rows: &[TraceRow]) -> Result<(), StoreError> {
    let mut copy = Rows::new(TraceRow::COLUMNS);
    for row in rows {
        // A trace is made of many records: none of them alone is refused.
        row.write(&mut copy.row(0));
    }
    copy.send(conn, TraceRow::COPY, &mut Refusals::Fail).await
}

/// Writes the state of traces that were stored.
pub(super) async fn update(conn: &mut PgConnection, rows: &[TraceRow]) -> Result<(), StoreError> {
    json_rows::execute(
        conn,
        "UPDATE traces t SET
                last_seen_ns = n.last_seen_ns, status = n.status, start_ns = n.start_ns, end_ns = n.end_ns,
                report_status = n.report_status, report_rank_end = n.report_rank_end,
                report_hash = n.report_hash, report_start_ns = n.report_start_ns,
                report_end_ns = n.report_end_ns, session_id = n.session_id, user_id = n.user_id,
                project = n.project, claims = n.claims, spans_start_ns = n.spans_start_ns, spans_end_ns = n.spans_end_ns,
                lead_span_id = n.lead_span_id, lead_has_parent = n.lead_has_parent,
                lead_start_ns = n.lead_start_ns, lead_end_ns = n.lead_end_ns, lead_status = n.lead_status,
                lead_name = n.lead_name, lead_agent = n.lead_agent,
                agents = n.agents, models = n.models, tools = n.tools, span_count = n.span_count,
                running_count = n.running_count, failed_count = n.failed_count,
                llm_call_count = n.llm_call_count, tool_call_count = n.tool_call_count,
                event_count = n.event_count, handoff_count = n.handoff_count, hint_count = n.hint_count, error_count = n.error_count,
                input_tokens = n.input_tokens, output_tokens = n.output_tokens,
                total_tokens = n.total_tokens, cached_tokens = n.cached_tokens,
                reasoning_tokens = n.reasoning_tokens, cost = n.cost
         FROM json_populate_recordset(NULL::traces, $1::json) n
         WHERE t.trace_id = n.trace_id",
        rows,
    )
    .await?;
    Ok(())
}

/// Writes what the record that describes a trace now says.
pub(super) async fn describe(
    conn: &mut PgConnection,
    rows: &[ReportRow],
) -> Result<(), StoreError> {
    json_rows::execute(
        conn,
        "UPDATE traces t SET
                name = n.name, root_agent_id = n.root_agent_id, root_agent_name = n.root_agent_name,
                user_input = n.user_input, final_output = n.final_output, error = n.error,
                reported_tokens = n.reported_tokens, reported_cost = n.reported_cost,
                metadata = n.metadata, time_source = n.time_source
         FROM json_populate_recordset(NULL::traces, $1::json) n
         WHERE t.trace_id = n.trace_id",
        rows,
    )
    .await?;
    Ok(())
}

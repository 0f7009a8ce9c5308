//! Spans: pages of them, skeletons for a waterfall, and one whole.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::record::{SpanKind, Status, TimeSource};
use telemetron_model::{RawJson, SpanId, TraceId, same};
use telemetron_view::{
    LlmCallView, SpanSkeleton, SpanView, ToolCallView, events_told, millis_between,
};

use super::cells::Cells;
use super::{Located, Scope, Slice, one_more, spoken};
use crate::StoreError;

/// Where a list of spans goes on: earliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanKey {
    /// When the last span began.
    pub start_ns: i64,
    /// Its id.
    pub span_id: SpanId,
    /// Its trace.
    pub trace_id: TraceId,
}

/// A span on its own.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundSpan {
    /// The span, payloads included.
    pub span: SpanView,
    /// LLM calls in it that have no span of their own.
    pub llm_calls: Vec<LlmCallView>,
    /// Tool calls in it that have no span of their own.
    pub tool_calls: Vec<ToolCallView>,
}

/// What went into a span and what came out.
pub type Payloads = (Option<RawJson>, Option<RawJson>);

/// The columns of a span as it is shown: those of lists, and what is made of others.
macro_rules! shown_columns {
    () => {
        concat!(
            "SELECT ",
            span_columns!(),
            ", attributes::text AS attributes,
               COALESCE(agent_name, agent_id, inherited_agent) AS acting_agent"
        )
    };
}

macro_rules! span_page {
    () => {
        " FROM spans WHERE day = $1 AND trace_id = $2
              AND ($3::bigint IS NULL OR (start_ns, span_id, trace_id) > ($3, $4::bytea, $5::bytea))
          ORDER BY start_ns, span_id, trace_id LIMIT $6"
    };
}

/// Lists the spans of a trace or of a run, earliest first, without payloads.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn list(
    pool: &PgPool,
    traces: impl Into<Scope>,
    after: Option<SpanKey>,
    limit: usize,
) -> Result<Slice<SpanView, SpanKey>, StoreError> {
    let sql = concat!(shown_columns!(), span_page!());
    let traces = traces.into();
    let rows = page(pool, sql, &traces, after, limit).await?;
    let keyed = rows
        .iter()
        .map(|row| Ok((key_of(row)?, view(row, &traces)?)));
    Ok(Slice::of(keyed.collect::<Result<_, StoreError>>()?, limit))
}

/// Lists as much of the spans of a trace or of a run as a waterfall shows, earliest first.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn list_skeletons(
    pool: &PgPool,
    traces: impl Into<Scope>,
    after: Option<SpanKey>,
    limit: usize,
) -> Result<Slice<SpanSkeleton, SpanKey>, StoreError> {
    let sql = concat!(
        "SELECT trace_id, span_id, parent_span_id, kind, status, start_ns, end_ns, name,
                COALESCE(agent_name, agent_id, inherited_agent) AS agent, total_tokens, time_source",
        span_page!()
    );
    let traces = traces.into();
    let rows = page(pool, sql, &traces, after, limit).await?;
    let keyed = rows
        .iter()
        .map(|row| Ok((key_of(row)?, skeleton(row, &traces)?)));
    Ok(Slice::of(keyed.collect::<Result<_, StoreError>>()?, limit))
}

async fn page(
    pool: &PgPool,
    sql: &'static str,
    traces: &Scope,
    after: Option<SpanKey>,
    limit: usize,
) -> Result<Vec<PgRow>, StoreError> {
    let rows = traces
        .query(sql)
        .bind(after.map(|key| key.start_ns))
        .bind(after.map(|key| key.span_id.as_bytes().to_vec()))
        .bind(after.map(|key| key.trace_id.as_bytes().to_vec()))
        .bind(one_more(limit))
        .fetch_all(pool)
        .await?;
    Ok(rows)
}

/// Finds one span, with payloads and the calls inside it.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn find(
    pool: &PgPool,
    trace: Located,
    span_id: SpanId,
) -> Result<Option<FoundSpan>, StoreError> {
    let row = sqlx::query(concat!(
        shown_columns!(),
        ", input, output FROM spans WHERE day = $1 AND trace_id = $2 AND span_id = $3"
    ))
    .bind(trace.day)
    .bind(trace.trace_id.as_bytes().as_slice())
    .bind(span_id.as_bytes())
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let mut span = view(&row, &trace.into())?;
    let (input, output) = both_payloads(&row)?;
    let whole = |attributes: RawJson| {
        same::expand(&attributes, input.as_ref(), output.as_ref()).unwrap_or(attributes)
    };
    span.attributes = span.attributes.map(whole);
    (span.input_data, span.output_data) = (input, output);
    if span.input_data.is_none() || span.output_data.is_none() {
        let mut spoken = spoken::of(pool, trace, &[span_id]).await?;
        let (asked, answered) = spoken.remove(&span_id).unwrap_or_default();
        span.input_data = span.input_data.or(asked);
        span.output_data = span.output_data.or(answered);
    }
    Ok(Some(FoundSpan {
        llm_calls: llm_calls(pool, trace, span_id).await?,
        tool_calls: tool_calls(pool, trace, span_id).await?,
        span,
    }))
}

/// Reads the payloads of some spans.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn payloads(
    pool: &PgPool,
    trace: Located,
    spans: &[SpanId],
) -> Result<HashMap<SpanId, Payloads>, StoreError> {
    if spans.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<&[u8]> = spans.iter().map(SpanId::as_bytes).collect();
    let rows = sqlx::query(
        "SELECT span_id, input, output FROM spans
         WHERE day = $1 AND trace_id = $2 AND span_id = ANY($3)",
    )
    .bind(trace.day)
    .bind(trace.trace_id.as_bytes().as_slice())
    .bind(ids)
    .fetch_all(pool)
    .await?;
    let read = |row: &PgRow| {
        Ok((
            Cells::of(row, "spans").span_id("span_id")?,
            both_payloads(row)?,
        ))
    };
    let mut found: HashMap<SpanId, Payloads> =
        rows.iter().map(read).collect::<Result<_, StoreError>>()?;
    let lack = |(span, (input, output)): (&SpanId, &Payloads)| {
        (input.is_none() || output.is_none()).then_some(*span)
    };
    let silent: Vec<SpanId> = found.iter().filter_map(lack).collect();
    for (span, (asked, answered)) in spoken::of(pool, trace, &silent).await? {
        let (input, output) = found.entry(span).or_default();
        *input = input.take().or(asked);
        *output = output.take().or(answered);
    }
    Ok(found)
}

fn both_payloads(row: &PgRow) -> Result<Payloads, StoreError> {
    let cells = Cells::of(row, "spans");
    Ok((cells.payload("input")?, cells.payload("output")?))
}

fn key_of(row: &PgRow) -> Result<SpanKey, StoreError> {
    let cells = Cells::of(row, "spans");
    Ok(SpanKey {
        start_ns: cells.get("start_ns")?,
        span_id: cells.span_id("span_id")?,
        trace_id: cells.trace_id("trace_id")?,
    })
}

fn skeleton(row: &PgRow, traces: &Scope) -> Result<SpanSkeleton, StoreError> {
    let cells = Cells::of(row, "spans");
    let (start_time, end_time) = (cells.instant("start_ns")?, cells.opt_instant("end_ns")?);
    let measured = end_time.filter(|_| time_source(&cells) == TimeSource::Clock);
    let (trace_id, span_id) = (traces.trace_of(&cells)?, cells.span_id("span_id")?);
    Ok(SpanSkeleton {
        span_id,
        trace_id,
        parent_span_id: cells.opt_span_id("parent_span_id")?,
        linked_parent: traces.joint(trace_id, span_id),
        span_kind: cells.word("kind", SpanKind::from_code)?,
        status: cells.word("status", Status::from_code)?,
        start_time,
        end_time,
        duration_ms: measured.map(|end| millis_between(start_time.0, end.0)),
        name: cells.get("name")?,
        agent: cells.get("agent")?,
        total_tokens: cells.get("total_tokens")?,
    })
}

fn time_source(cells: &Cells<'_>) -> TimeSource {
    let source = cells.opt_word("time_source", TimeSource::from_code);
    source.ok().flatten().unwrap_or(TimeSource::Clock)
}

fn view(row: &PgRow, traces: &Scope) -> Result<SpanView, StoreError> {
    let cells = Cells::of(row, "spans");
    let (start_time, end_time) = (cells.instant("start_ns")?, cells.opt_instant("end_ns")?);
    let time_source = time_source(&cells);
    let measured = end_time.filter(|_| time_source == TimeSource::Clock);
    let (trace_id, span_id) = (cells.trace_id("trace_id")?, cells.span_id("span_id")?);
    Ok(SpanView {
        trace_id,
        span_id,
        parent_span_id: cells.opt_span_id("parent_span_id")?,
        linked_parent: traces.joint(Some(trace_id), span_id),
        name: cells.get("name")?,
        span_kind: cells.word("kind", SpanKind::from_code)?,
        status: cells.word("status", Status::from_code)?,
        start_time,
        end_time,
        duration_ms: measured.map(|end| millis_between(start_time.0, end.0)),
        time_source,
        agent_id: cells.get("agent_id")?,
        agent_name: cells.get("agent_name")?,
        acting_agent: cells.get("acting_agent")?,
        session_id: cells.get("session_id")?,
        user_id: cells.get("user_id")?,
        project: cells.get("project")?,
        model: cells.get("model")?,
        provider: cells.get("provider")?,
        parameters: cells.json("parameters")?,
        time_to_first_token_ms: cells.opt_millis("ttft_ns")?,
        finish_reason: cells.get("finish_reason")?,
        tool_name: cells.get("tool_name")?,
        tool_call_id: cells.get("tool_call_id")?,
        token_usage: cells.opt_usage()?,
        cost_usd: cells.opt_cost("cost")?,
        counts: cells.get("counts")?,
        llm_call_count: cells.get("llm_call_count")?,
        tool_call_count: cells.get("tool_call_count")?,
        error: cells.parsed("error")?,
        attributes: cells.json("attributes")?,
        events: cells.json("events")?.map(events_told),
        links: cells.json("links")?,
        resource: cells.parsed("resource")?,
        input_bytes: cells.get("input_bytes")?,
        output_bytes: cells.get("output_bytes")?,
        input_data: None,
        output_data: None,
    })
}

async fn llm_calls(
    pool: &PgPool,
    trace: Located,
    span_id: SpanId,
) -> Result<Vec<LlmCallView>, StoreError> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        llm_call_columns!(),
        ", messages, response
             FROM llm_calls WHERE day = $1 AND trace_id = $2 AND span_id = $3 ORDER BY idx"
    ))
    .bind(trace.day)
    .bind(trace.trace_id.as_bytes().as_slice())
    .bind(span_id.as_bytes())
    .fetch_all(pool)
    .await?;
    rows.iter().map(llm_call).collect()
}

fn llm_call(row: &PgRow) -> Result<LlmCallView, StoreError> {
    let cells = Cells::of(row, "llm_calls");
    Ok(LlmCallView {
        model: cells.get("model")?,
        provider: cells.get("provider")?,
        parameters: cells.json("parameters")?,
        messages: cells.payload("messages")?,
        response: cells.payload("response")?,
        token_usage: cells.opt_usage()?,
        cost_usd: cells.opt_cost("cost")?,
        latency_ms: cells.opt_millis("latency_ns")?,
        time_to_first_token_ms: cells.opt_millis("ttft_ns")?,
        finish_reason: cells.get("finish_reason")?,
        error: cells.get("error")?,
    })
}

async fn tool_calls(
    pool: &PgPool,
    trace: Located,
    span_id: SpanId,
) -> Result<Vec<ToolCallView>, StoreError> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        tool_call_columns!(),
        ", arguments, result
             FROM tool_calls WHERE day = $1 AND trace_id = $2 AND span_id = $3 ORDER BY idx"
    ))
    .bind(trace.day)
    .bind(trace.trace_id.as_bytes().as_slice())
    .bind(span_id.as_bytes())
    .fetch_all(pool)
    .await?;
    rows.iter().map(tool_call).collect()
}

fn tool_call(row: &PgRow) -> Result<ToolCallView, StoreError> {
    let cells = Cells::of(row, "tool_calls");
    Ok(ToolCallView {
        tool_name: cells.get("tool_name")?,
        call_id: cells.get("call_id")?,
        arguments: cells.payload("arguments")?,
        result: cells.payload("result")?,
        duration_ms: cells.opt_millis("duration_ns")?,
        error: cells.get("error")?,
    })
}

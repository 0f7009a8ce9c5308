//! Rows of a whole trace.

use std::collections::HashMap;

use futures_util::TryStreamExt as _;
use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::record::{SpanKind, Status};
use telemetron_model::{SpanId, TraceId};

use super::{WholeCall, WholeSpan, WholeText};
use crate::StoreError;
use crate::read::Scope;
use crate::read::cells::Cells;

/// Most spans.
pub(super) const MOST_SPANS: i64 = 20_000;

/// Most bytes of compressed payloads.
const PAYLOAD_BYTES: i64 = 12 * 1024 * 1024;

/// A larger frame is not read: its head would cost as much as all of it.
const FRAME_BYTES: i32 = 1024 * 1024;

/// Most tool calls without spans of their own, and bytes of what they carry.
const MOST_CALLS: i64 = 5_000;

macro_rules! columns {
    () => {
        "SELECT trace_id, span_id, parent_span_id, kind, status, start_ns, end_ns, name,
                COALESCE(agent_name, agent_id, inherited_agent) AS agent, model, tool_name,
                finish_reason, input_tokens, output_tokens, total_tokens, cached_tokens,
                reasoning_tokens, cost, counts, error, "
    };
}

macro_rules! sized {
    () => {
        "COALESCE(octet_length(input), 0) + COALESCE(octet_length(output), 0)"
    };
}

/// Reads the spans, earliest first, and how many of them are without their payloads.
pub(super) async fn spans(
    pool: &PgPool,
    traces: &Scope,
) -> Result<(Vec<WholeSpan>, usize), StoreError> {
    let fits = fits(pool, traces).await?;
    let query = traces
        .query(if fits { ALL } else { CHOSEN })
        .bind(MOST_SPANS);
    let query = match fits {
        true => query,
        false => query.bind(PAYLOAD_BYTES).bind(FRAME_BYTES),
    };
    let mut rows = query.fetch(pool);
    let (mut spans, mut unread) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        let cells = Cells::of(&row, "spans");
        unread += usize::from(!cells.get::<bool>("wanted")?);
        spans.push(span(&cells, traces)?);
    }
    spans.sort_by_key(|span| (span.start, span.span_id, span.trace_id));
    Ok((spans, unread))
}

/// All spans with all payloads.
const ALL: &str = concat!(
    columns!(),
    "true AS wanted, input, output
     FROM spans WHERE day = $1 AND trace_id = $2 LIMIT $3"
);

/// The spans that tell most, and payloads as long as there is room for them.
const CHOSEN: &str = concat!(
    columns!(),
    "wanted, CASE WHEN wanted THEN input END AS input,
             CASE WHEN wanted THEN output END AS output
     FROM (SELECT *, size <= $5 AND sum(LEAST(size, $5))
               OVER (ORDER BY status = 2, kind = 5, start_ns, span_id) <= $4 AS wanted
           FROM (SELECT *, ",
    sized!(),
    " AS size FROM spans WHERE day = $1 AND trace_id = $2) AS sized) AS chosen
     ORDER BY status = 2, start_ns, span_id LIMIT $3"
);

/// Whether a trace can be read whole, as nearly all can: choosing sorts all its rows, twice.
async fn fits(pool: &PgPool, traces: &Scope) -> Result<bool, StoreError> {
    let fits = traces
        .query(concat!(
            "SELECT count(*) <= $3 AND COALESCE(sum(size) <= $4 AND max(size) <= $5, true) AS fits
         FROM (SELECT ",
            sized!(),
            " AS size FROM spans WHERE day = $1 AND trace_id = $2) AS sized"
        ))
        .bind(MOST_SPANS)
        .bind(PAYLOAD_BYTES)
        .bind(FRAME_BYTES)
        .fetch_one(pool)
        .await?;
    Cells::of(&fits, "spans").get("fits")
}

fn span(cells: &Cells<'_>, traces: &Scope) -> Result<WholeSpan, StoreError> {
    let (trace_id, span_id) = (traces.trace_of(cells)?, cells.span_id("span_id")?);
    let joint = traces.joint(trace_id, span_id);
    let parent = cells.opt_span_id("parent_span_id")?;
    Ok(WholeSpan {
        trace_id,
        span_id,
        parent_span_id: parent.or_else(|| joint.map(|above| above.span_id)),
        parent_trace_id: joint
            .filter(|_| parent.is_none())
            .map(|above| above.trace_id),
        kind: cells.word("kind", SpanKind::from_code)?,
        status: cells.word("status", Status::from_code)?,
        start: cells.instant("start_ns")?.0,
        end: cells.opt_instant("end_ns")?.map(|end| end.0),
        name: cells.get("name")?,
        agent: cells.get("agent")?,
        model: cells.get("model")?,
        tool_name: cells.get("tool_name")?,
        finish_reason: cells.get("finish_reason")?,
        tokens: cells.opt_usage()?,
        cost: cells.opt_cost("cost")?,
        counts: cells.get("counts")?,
        error: cells.parsed("error")?,
        input: text(cells, "input")?,
        output: text(cells, "output")?,
        calls: Vec::new(),
    })
}

/// A payload, packed.
pub(super) fn text(cells: &Cells<'_>, column: &str) -> Result<Option<WholeText>, StoreError> {
    let stored = cells.get::<Option<Vec<u8>>>(column)?;
    Ok(stored.map(WholeText::stored))
}

/// The span that a call stands in, with its trace where there are several.
pub(super) type CallKey = (Option<TraceId>, SpanId);

/// Reads tool calls that have no span of their own, by the span they stand in.
pub(super) async fn calls(
    pool: &PgPool,
    traces: &Scope,
) -> Result<HashMap<CallKey, Vec<WholeCall>>, StoreError> {
    let mut rows = traces
        .query(
            "SELECT trace_id, span_id, tool_name, error,
                CASE WHEN octet_length(arguments) <= $4 THEN arguments END AS arguments,
                CASE WHEN octet_length(result) <= $4 THEN result END AS result
         FROM tool_calls WHERE day = $1 AND trace_id = $2 ORDER BY trace_id, span_id, idx LIMIT $3",
        )
        .bind(MOST_CALLS)
        .bind(FRAME_BYTES)
        .fetch(pool);
    let mut found: HashMap<CallKey, Vec<WholeCall>> = HashMap::new();
    while let Some(row) = rows.try_next().await? {
        let (key, call) = call(&row, traces)?;
        found.entry(key).or_default().push(call);
    }
    Ok(found)
}

fn call(row: &PgRow, traces: &Scope) -> Result<(CallKey, WholeCall), StoreError> {
    let cells = Cells::of(row, "tool_calls");
    let call = WholeCall {
        tool_name: cells.get("tool_name")?,
        arguments: text(&cells, "arguments")?,
        result: text(&cells, "result")?,
        error: cells.get("error")?,
    };
    let key = (traces.trace_of(&cells)?, cells.span_id("span_id")?);
    Ok((key, call))
}

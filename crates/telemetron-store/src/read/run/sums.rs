//! What whole runs come to, all of them in one question.

use std::collections::HashMap;

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::TraceId;
use telemetron_view::{RunSums, TraceSummary};

use super::MOST_TRACES;
use super::walk::along_links;
use crate::StoreError;
use crate::read::cells::Cells;
use crate::read::traces::bookkeeping;

/// The sums of the run that each of `$1` belongs to; no row of one that is alone.
const SUMS: &str = concat!(
    "SELECT asked.trace_id AS asked, sums.*
     FROM UNNEST($1::bytea[]) AS asked (trace_id) CROSS JOIN LATERAL (",
    along_links!("asked.trace_id"),
    ", near AS (SELECT trace_id, row_number() OVER () AS place
               FROM (SELECT trace_id FROM run LIMIT $2 + 1) AS first)
     SELECT (array_agg(t.trace_id ORDER BY ",
    bookkeeping!(),
    " IS TRUE, t.start_ns, t.trace_id))[1] AS trace_id,
            count(*) AS traces,
            count(*) FILTER (WHERE status = 1) AS running,
            count(*) FILTER (WHERE status = 3) AS failed,
            min(start_ns) AS start_ns,
            CASE WHEN count(*) = count(end_ns) THEN max(end_ns) END AS end_ns,
            bounded(sum(span_count)) AS spans,
            bounded(sum(failed_count)) AS failed_spans,
            bounded(sum(llm_call_count)) AS llm_calls,
            bounded(sum(tool_call_count)) AS tool_calls,
            bounded(sum(input_tokens)) AS input_tokens,
            bounded(sum(output_tokens)) AS output_tokens,
            bounded(sum(total_tokens)) AS total_tokens,
            bounded(sum(cached_tokens)) AS cached_tokens,
            bounded(sum(reasoning_tokens)) AS reasoning_tokens,
            bounded(sum(cost)) AS cost,
            (SELECT count(*) FROM near) > $2 AS more
     FROM near JOIN traces AS t ON t.trace_id = near.trace_id
     WHERE near.place <= $2
     HAVING count(*) > 1) AS sums"
);

/// Sums up the run that a trace belongs to by links; none when it is alone.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn sums(pool: &PgPool, trace_id: TraceId) -> Result<Option<RunSums>, StoreError> {
    Ok(sums_of(pool, &[trace_id]).await?.remove(&trace_id))
}

/// The same of several traces, by their ids; none of those that are alone.
async fn sums_of(
    pool: &PgPool,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, RunSums>, StoreError> {
    let ids: Vec<_> = traces.iter().map(|id| id.as_bytes().as_slice()).collect();
    let rows = sqlx::query(SUMS)
        .bind(ids)
        .bind(i64::try_from(MOST_TRACES).unwrap_or(i64::MAX))
        .fetch_all(pool)
        .await?;
    let asked = |row: &PgRow| Cells::of(row, "traces").trace_id("asked");
    rows.iter()
        .map(|row| Ok((asked(row)?, read(row)?)))
        .collect()
}

fn read(row: &PgRow) -> Result<RunSums, StoreError> {
    let cells = Cells::of(row, "traces");
    Ok(RunSums {
        trace_id: cells.trace_id("trace_id")?,
        traces: cells.get("traces")?,
        running_traces: cells.get("running")?,
        failed_traces: cells.get("failed")?,
        start_time: cells.instant("start_ns")?,
        end_time: cells.opt_instant("end_ns")?,
        spans: cells.get("spans")?,
        failed_spans: cells.get("failed_spans")?,
        llm_calls: cells.get("llm_calls")?,
        tool_calls: cells.get("tool_calls")?,
        tokens: cells.usage()?,
        cost_usd: cells.cost("cost")?,
        more: cells.get("more")?,
    })
}

/// Adds to the lines of a list what their runs come to. A line whose run another trace leads goes: the
/// statement that made the list looks no further than the neighbours of a trace.
pub(in crate::read) async fn sums_of_lines(
    pool: &PgPool,
    lines: Vec<TraceSummary>,
) -> Result<Vec<TraceSummary>, StoreError> {
    let linked = linked(pool, &lines).await?;
    let mut sums = sums_of(pool, &linked).await?;
    let mut kept = Vec::with_capacity(lines.len());
    for mut line in lines {
        line.run = sums.remove(&line.trace_id);
        let led = line.run.as_ref();
        if led.is_none_or(|run| run.more || run.trace_id == line.trace_id) {
            kept.push(line);
        }
    }
    Ok(kept)
}

/// Those of these traces that have links, or that others link to.
async fn linked(pool: &PgPool, lines: &[TraceSummary]) -> Result<Vec<TraceId>, StoreError> {
    let ids: Vec<_> = lines
        .iter()
        .map(|line| line.trace_id.as_bytes().as_slice())
        .collect();
    let rows = sqlx::query(
        "SELECT DISTINCT trace_id FROM trace_links WHERE trace_id = ANY($1)
         UNION SELECT DISTINCT linked_trace_id FROM trace_links WHERE linked_trace_id = ANY($1)",
    )
    .bind(ids)
    .fetch_all(pool)
    .await?;
    let ids = rows.iter();
    ids.map(|row| Cells::of(row, "trace_links").trace_id("trace_id"))
        .collect()
}

//! Traces whose spans hold a text.
//!
//! The marks of rows tell which traces may hold it; what a person sees of those is read, newest
//! first, until a page is full. A search that has looked at many in vain ends its page early and
//! goes on with the next.

use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Postgres, QueryBuilder};
use telemetron_model::Timestamp;
use telemetron_model::search::{Pattern, Probe};
use telemetron_view::TraceSummary;

use super::super::cells::Cells;
use super::super::{Located, Slice};
use super::{TraceFilter, TraceKey};
use crate::{StoreError, decompress};

/// Traces that are looked into at a time.
const AT_A_TIME: usize = 50;

/// Longest that a page is looked for.
const BUDGET: Duration = Duration::from_secs(5);

/// Adds that a row of `span_texts` may hold the pattern.
pub(super) fn restrict(query: &mut QueryBuilder<Postgres>, pattern: &Pattern) {
    for place in pattern
        .marks()
        .iter()
        .flat_map(|mark| Probe::of(*mark).places())
    {
        query
            .push(" AND get_bit(marks, ")
            .push_bind(place)
            .push("::bigint % (octet_length(marks) * 8)) = 1");
    }
}

/// Lists traces that hold a text; `filter` says what else holds of them.
pub(super) async fn list(
    pool: &PgPool,
    filter: &TraceFilter,
    text: &str,
    mut after: Option<TraceKey>,
    limit: usize,
    silent_since: Timestamp,
) -> Result<Slice<TraceSummary, TraceKey>, StoreError> {
    let pattern = Pattern::of(text);
    let until = Instant::now() + BUDGET;
    let mut found = Vec::new();
    loop {
        let candidates =
            super::candidates(pool, filter, &pattern, after, AT_A_TIME, silent_since).await?;
        let more = candidates.len() == AT_A_TIME;
        for (day, key, summary) in candidates {
            after = Some(key);
            let located = Located {
                day,
                trace_id: key.trace_id,
            };
            if holds(pool, located, &summary, &pattern).await? {
                found.push((key, summary));
            }
            if found.len() > limit {
                return Ok(Slice::of(found, limit));
            }
            if Instant::now() > until {
                return Ok(Slice {
                    items: found.into_iter().map(|(_, summary)| summary).collect(),
                    next: after,
                });
            }
        }
        if !more {
            return Ok(Slice::of(found, limit));
        }
    }
}

/// Whether a trace holds the pattern.
async fn holds(
    pool: &PgPool,
    trace: Located,
    summary: &TraceSummary,
    pattern: &Pattern,
) -> Result<bool, StoreError> {
    if summary
        .name
        .as_deref()
        .is_some_and(|name| pattern.is_in(name))
    {
        return Ok(true);
    }
    for query in [
        report(trace),
        spans(trace, pattern),
        calls(trace),
        messages(trace),
    ] {
        if shows(pool, query, pattern).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the trace's own record says.
fn report(trace: Located) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT ARRAY[root_agent_name, root_agent_id] AS names, error, user_input AS input,
                final_output AS output FROM traces WHERE ",
    );
    of(&mut query, trace);
    query
}

/// What the spans say whose marks fit.
fn spans(trace: Located, pattern: &Pattern) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT s.* FROM (SELECT DISTINCT unnest(span_ids) AS span_id FROM span_texts WHERE ",
    );
    of(&mut query, trace);
    restrict(&mut query, pattern);
    query.push(
        ") AS x CROSS JOIN LATERAL (
             SELECT ARRAY[name, agent_name, agent_id, model, tool_name] AS names, error, input, output
             FROM spans WHERE ",
    );
    of(&mut query, trace);
    query.push(" AND span_id = x.span_id OFFSET 0) AS s");
    query
}

/// What the calls say that have no spans of their own.
fn calls(trace: Located) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT ARRAY[model, error] AS names, NULL::text AS error, messages AS input,
                response AS output FROM llm_calls WHERE ",
    );
    of(&mut query, trace);
    query.push(
        " UNION ALL SELECT ARRAY[tool_name, error], NULL, arguments, result FROM tool_calls WHERE ",
    );
    of(&mut query, trace);
    query
}

/// What log records say that a model was asked or said.
fn messages(trace: Located) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT ARRAY[message] AS names, data AS error, NULL::bytea AS input, NULL::bytea AS output
         FROM events WHERE ",
    );
    of(&mut query, trace);
    query.push(" AND (event_type = 'message' OR data LIKE '%\"otel.body\"%')");
    query
}

fn of(query: &mut QueryBuilder<Postgres>, trace: Located) {
    query.push("day = ").push_bind(trace.day);
    let trace_id = trace.trace_id.as_bytes().to_vec();
    query.push(" AND trace_id = ").push_bind(trace_id);
}

/// Whether one of the rows of a question shows the pattern; the rest is not read.
async fn shows(
    pool: &PgPool,
    mut query: QueryBuilder<Postgres>,
    pattern: &Pattern,
) -> Result<bool, StoreError> {
    let mut rows = query.build().fetch(pool);
    while let Some(row) = rows.try_next().await? {
        if row_shows(&row, pattern)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn row_shows(row: &PgRow, pattern: &Pattern) -> Result<bool, StoreError> {
    let cells = Cells::of(row, "spans");
    let names: Vec<Option<String>> = cells.get("names")?;
    let error: Option<&str> = cells.get("error")?;
    if names.iter().flatten().any(|name| pattern.is_in(name))
        || error.is_some_and(|error| pattern.is_in_json(error))
    {
        return Ok(true);
    }
    for column in ["input", "output"] {
        let payload = cells.get::<Option<&[u8]>>(column)?.map(decompress);
        // A payload that is damaged shows nothing, and hides no other.
        if let Some(Ok(json)) = payload
            && pattern.is_in_json(&json)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

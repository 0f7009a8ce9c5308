//! What is stored of spans, as far as the fold needs to know it.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::{FromRow, PgConnection};
use telemetron_model::fold::{CallFacts, Folded, Rank, SpanFacts};
use telemetron_model::record::{SpanKind, Status, TokenUsage};
use telemetron_model::{NanoUsd, SpanId, Timestamp, TraceId};

use super::{SpanKey, by_day, columns, corrupt, span_of, trace_of};
use crate::StoreError;

/// What the fold needs to know of a stored span.
#[derive(Debug, Clone)]
pub(in crate::write) struct StoredSpan {
    /// Its rank and times.
    pub(in crate::write) outline: Folded<()>,
    /// What sums and roll-ups are made of.
    pub(in crate::write) facts: SpanFacts,
    /// Whether it counts as a call.
    pub(in crate::write) counts: bool,
    /// Its name.
    pub(in crate::write) name: String,
}

#[derive(FromRow)]
struct StateRow {
    day: NaiveDate,
    trace_id: Vec<u8>,
    span_id: Vec<u8>,
    parent_span_id: Option<Vec<u8>>,
    kind: i16,
    status: i16,
    start_ns: i64,
    end_ns: Option<i64>,
    rank_end: Option<i64>,
    rank_hash: i64,
    counts: bool,
    name: String,
    agent: Option<String>,
    inherited: Option<String>,
    model: Option<String>,
    tool_name: Option<String>,
    project: Option<String>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    total_tokens: Option<i64>,
    cached_tokens: Option<i64>,
    reasoning_tokens: Option<i64>,
    cost: Option<i64>,
    scope: Option<String>,
    /// Whether its status is that of an error record, in the place of its own.
    blamed: bool,
    answer: Option<String>,
    embedded: i32,
}

/// Reads the states of those of these spans that are stored.
pub(in crate::write) async fn load(
    conn: &mut PgConnection,
    keys: &[SpanKey],
) -> Result<HashMap<(TraceId, SpanId), StoredSpan>, StoreError> {
    let mut stored = HashMap::new();
    let mut with_calls = Vec::new();
    for (day, keys) in by_day(keys) {
        let (traces, spans) = columns(&keys);
        let rows: Vec<StateRow> = sqlx::query_as(
            "SELECT s.day, s.trace_id, s.span_id, s.parent_span_id, s.kind, s.status, s.start_ns, s.end_ns,
                    s.rank_end, s.rank_hash, s.counts, s.name, COALESCE(s.agent_name, s.agent_id) AS agent,
                    s.inherited_agent AS inherited,
                    s.model, s.tool_name, s.project, s.input_tokens, s.output_tokens, s.total_tokens,
                    s.cached_tokens, s.reasoning_tokens, s.cost,
                    CASE WHEN s.kind = 2 OR s.kind = 1 AND s.llm_call_count > 0
                              THEN s.attributes -> 'otel.scope' ->> 'name' END AS scope,
                    s.failed_by IS NOT NULL AS blamed,
                    CASE WHEN s.kind = 2 THEN s.attributes ->> 'gen_ai.response.id' END AS answer,
                    s.llm_call_count + s.tool_call_count AS embedded
             FROM UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
             CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.span_id = k.span_id OFFSET 0) s",
        )
        .bind(day)
        .bind(&traces)
        .bind(&spans)
        .fetch_all(&mut *conn)
        .await?;
        for row in rows {
            let (trace_id, span_id) = (trace_of(&row.trace_id)?, span_of(&row.span_id)?);
            if row.embedded > 0 {
                with_calls.push(SpanKey::at(row.day, (trace_id, span_id)));
            }
            stored.insert((trace_id, span_id), StoredSpan::try_from(row)?);
        }
    }
    load_calls(conn, &with_calls, &mut stored).await?;
    Ok(stored)
}

/// Reads the embedded calls of the few spans that have any.
async fn load_calls(
    conn: &mut PgConnection,
    keys: &[SpanKey],
    stored: &mut HashMap<(TraceId, SpanId), StoredSpan>,
) -> Result<(), StoreError> {
    for (day, keys) in by_day(keys) {
        let (traces, spans) = columns(&keys);
        let rows: Vec<EmbeddedRow> = sqlx::query_as(
            "SELECT c.trace_id, c.span_id, true AS llm, c.idx, c.model AS name, c.latency_ns AS duration_ns,
                    c.error IS NOT NULL AS failed, c.input_tokens, c.output_tokens, c.total_tokens,
                    c.cached_tokens, c.reasoning_tokens, c.cost
             FROM UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
             CROSS JOIN LATERAL (
               SELECT * FROM llm_calls c WHERE c.day = $1 AND c.trace_id = k.trace_id AND c.span_id = k.span_id OFFSET 0) c
             UNION ALL
             SELECT c.trace_id, c.span_id, false, c.idx, c.tool_name, c.duration_ns,
                    c.error IS NOT NULL, NULL, NULL, NULL, NULL, NULL, NULL
             FROM UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
             CROSS JOIN LATERAL (
               SELECT * FROM tool_calls c WHERE c.day = $1 AND c.trace_id = k.trace_id AND c.span_id = k.span_id OFFSET 0) c
             ORDER BY llm DESC, idx",
        )
        .bind(day)
        .bind(&traces)
        .bind(&spans)
        .fetch_all(&mut *conn)
        .await?;
        for row in rows {
            let key = (trace_of(&row.trace_id)?, span_of(&row.span_id)?);
            if let Some(span) = stored.get_mut(&key) {
                span.facts.calls.push(row.into());
            }
        }
    }
    Ok(())
}

#[derive(FromRow)]
struct EmbeddedRow {
    trace_id: Vec<u8>,
    span_id: Vec<u8>,
    llm: bool,
    name: String,
    duration_ns: Option<i64>,
    failed: bool,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    total_tokens: Option<i64>,
    cached_tokens: Option<i64>,
    reasoning_tokens: Option<i64>,
    cost: Option<i64>,
}

impl From<EmbeddedRow> for CallFacts {
    fn from(row: EmbeddedRow) -> Self {
        Self {
            kind: if row.llm {
                SpanKind::Llm
            } else {
                SpanKind::Tool
            },
            name: row.name,
            duration_ns: row.duration_ns,
            failed: row.failed,
            usage: usage([
                row.input_tokens,
                row.output_tokens,
                row.total_tokens,
                row.cached_tokens,
                row.reasoning_tokens,
            ]),
            cost: NanoUsd::from_nanos(row.cost.unwrap_or_default()),
        }
    }
}

impl TryFrom<StateRow> for StoredSpan {
    type Error = StoreError;

    fn try_from(row: StateRow) -> Result<Self, StoreError> {
        let status = Status::from_code(row.status)
            .ok_or_else(|| corrupt(format!("status {}", row.status)))?;
        let kind =
            SpanKind::from_code(row.kind).ok_or_else(|| corrupt(format!("kind {}", row.kind)))?;
        let (start, end) = (
            Timestamp::from_nanos(row.start_ns),
            row.end_ns.map(Timestamp::from_nanos),
        );
        let rank = Rank {
            status: if row.blamed {
                Status::Completed
            } else {
                status
            },
            end: row.rank_end.map(Timestamp::from_nanos),
            hash: row.rank_hash,
        };
        let facts = SpanFacts {
            kind,
            status,
            parent: row.parent_span_id.map(|id| span_of(&id)).transpose()?,
            start,
            end,
            agent: row.agent,
            inherited: row.inherited,
            model: row.model,
            tool: row.tool_name,
            project: row.project,
            usage: usage([
                row.input_tokens,
                row.output_tokens,
                row.total_tokens,
                row.cached_tokens,
                row.reasoning_tokens,
            ]),
            cost: NanoUsd::from_nanos(row.cost.unwrap_or_default()),
            scope: row.scope,
            answer: row.answer,
            calls: Vec::new(),
        };
        Ok(Self {
            outline: Folded {
                rank,
                start,
                end,
                body: (),
            },
            facts,
            counts: row.counts,
            name: row.name,
        })
    }
}

fn usage([input, output, total, cached, reasoning]: [Option<i64>; 5]) -> TokenUsage {
    TokenUsage {
        input: input.unwrap_or_default(),
        output: output.unwrap_or_default(),
        total: total.unwrap_or_default(),
        cached: cached.unwrap_or_default(),
        reasoning: reasoning.unwrap_or_default(),
    }
}

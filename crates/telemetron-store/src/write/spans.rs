//! Rows of `spans`, `llm_calls` and `tool_calls`.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::{FromRow, PgConnection};
use telemetron_model::fold::{CallFacts, Folded, Lead, Rank, SpanFacts};
use telemetron_model::record::{Span, SpanKind, Status, TimeSource, TokenUsage};
use telemetron_model::{NanoUsd, RawJson, SpanId, Timestamp, TraceId};

use super::batch::Payloads;
use crate::StoreError;
use crate::copy::Rows;

/// The key of a span row.
pub(super) type SpanKey = (NaiveDate, TraceId, SpanId);

/// What the fold needs to know of a stored span.
#[derive(Debug, Clone)]
pub(super) struct StoredSpan {
    /// Its rank and times.
    pub(super) outline: Folded<()>,
    /// What sums and roll-ups are made of.
    pub(super) facts: SpanFacts,
    /// Whether its tokens count.
    pub(super) counts: bool,
    /// Its name.
    pub(super) name: String,
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
    model: Option<String>,
    tool_name: Option<String>,
    project: Option<String>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    total_tokens: Option<i64>,
    cached_tokens: Option<i64>,
    reasoning_tokens: Option<i64>,
    cost: Option<i64>,
    embedded: i32,
}

/// Reads the states of those of these spans that are stored.
pub(super) async fn load(
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
                    s.model, s.tool_name, s.project, s.input_tokens, s.output_tokens, s.total_tokens,
                    s.cached_tokens, s.reasoning_tokens, s.cost, s.llm_call_count + s.tool_call_count AS embedded
             FROM UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
             JOIN spans s ON s.day = $1 AND s.trace_id = k.trace_id AND s.span_id = k.span_id",
        )
        .bind(day)
        .bind(&traces)
        .bind(&spans)
        .fetch_all(&mut *conn)
        .await?;
        for row in rows {
            let (trace_id, span_id) = (trace_of(&row.trace_id)?, span_of(&row.span_id)?);
            if row.embedded > 0 {
                with_calls.push((row.day, trace_id, span_id));
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
             JOIN llm_calls c ON c.day = $1 AND c.trace_id = k.trace_id AND c.span_id = k.span_id
             UNION ALL
             SELECT c.trace_id, c.span_id, false, c.idx, c.tool_name, c.duration_ns,
                    c.error IS NOT NULL, NULL, NULL, NULL, NULL, NULL, NULL
             FROM UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
             JOIN tool_calls c ON c.day = $1 AND c.trace_id = k.trace_id AND c.span_id = k.span_id
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
            status,
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

/// Deletes rows that are copied again, with their embedded calls.
pub(super) async fn delete(
    conn: &mut PgConnection,
    keys: &[SpanKey],
    with_calls: &[SpanKey],
) -> Result<(), StoreError> {
    const SPANS: &str =
        "DELETE FROM spans s USING UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
         WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.span_id = k.span_id";
    const LLM: &str =
        "DELETE FROM llm_calls s USING UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
         WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.span_id = k.span_id";
    const TOOL: &str =
        "DELETE FROM tool_calls s USING UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
         WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.span_id = k.span_id";
    for (statement, keys) in [(SPANS, keys), (LLM, with_calls), (TOOL, with_calls)] {
        for (day, keys) in by_day(keys) {
            let (traces, spans) = columns(&keys);
            sqlx::query(statement)
                .bind(day)
                .bind(&traces)
                .bind(&spans)
                .execute(&mut *conn)
                .await?;
        }
    }
    Ok(())
}

/// A row of which only the times or the flag change.
#[derive(Debug)]
pub(super) struct Touched {
    pub(super) key: SpanKey,
    pub(super) start: Timestamp,
    pub(super) end: Option<Timestamp>,
    pub(super) counts: bool,
}

/// Writes times and flags of rows whose description stays.
pub(super) async fn touch(conn: &mut PgConnection, rows: &[Touched]) -> Result<(), StoreError> {
    let keys: Vec<_> = rows.iter().map(|row| row.key).collect();
    for (day, _) in by_day(&keys) {
        let rows: Vec<_> = rows.iter().filter(|row| row.key.0 == day).collect();
        let traces: Vec<_> = rows
            .iter()
            .map(|row| row.key.1.as_bytes().as_slice())
            .collect();
        let spans: Vec<_> = rows.iter().map(|row| row.key.2.as_bytes()).collect();
        sqlx::query(
            "UPDATE spans s SET start_ns = k.start_ns, end_ns = k.end_ns, counts = k.counts
             FROM UNNEST($2::bytea[], $3::bytea[], $4::bigint[], $5::bigint[], $6::boolean[])
               AS k (trace_id, span_id, start_ns, end_ns, counts)
             WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.span_id = k.span_id",
        )
        .bind(day)
        .bind(&traces)
        .bind(&spans)
        .bind(rows.iter().map(|row| row.start.nanos()).collect::<Vec<_>>())
        .bind(
            rows.iter()
                .map(|row| row.end.map(Timestamp::nanos))
                .collect::<Vec<_>>(),
        )
        .bind(rows.iter().map(|row| row.counts).collect::<Vec<_>>())
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// The span that leads its trace, read from all of its rows.
pub(super) async fn find_lead(
    conn: &mut PgConnection,
    day: NaiveDate,
    trace_id: TraceId,
) -> Result<Option<Lead>, StoreError> {
    type Row = (
        bool,
        i64,
        Vec<u8>,
        i16,
        Option<i64>,
        String,
        Option<String>,
        Option<Vec<u8>>,
        Option<Vec<u8>>,
    );
    let row: Option<Row> = sqlx::query_as(
        "SELECT parent_span_id IS NOT NULL, start_ns, span_id, status, end_ns, name,
                COALESCE(agent_name, agent_id), input, output
         FROM spans WHERE day = $1 AND trace_id = $2
         ORDER BY parent_span_id IS NOT NULL, start_ns, span_id LIMIT 1",
    )
    .bind(day)
    .bind(trace_id.as_bytes().as_slice())
    .fetch_optional(conn)
    .await?;
    let Some((has_parent, start, id, status, end, name, agent, input, output)) = row else {
        return Ok(None);
    };
    let text =
        |frame: Option<Vec<u8>>| frame.and_then(|frame| crate::payload::decompress(&frame).ok());
    let (input, output) = (text(input), text(output));
    Ok(Some(Lead {
        has_parent,
        start: Timestamp::from_nanos(start),
        span_id: span_of(&id)?,
        status: Status::from_code(status).ok_or_else(|| corrupt(format!("status {status}")))?,
        end: end.map(Timestamp::from_nanos),
        text: telemetron_model::fold::searchable([
            Some(name.as_str()),
            input.as_deref(),
            output.as_deref(),
        ]),
        name,
        agent,
    }))
}

/// Rows of spans and their embedded calls on their way into the database.
pub(super) struct SpanRows {
    spans: Rows,
    llm_calls: Rows,
    tool_calls: Rows,
}

impl SpanRows {
    pub(super) fn new() -> Self {
        Self {
            spans: Rows::new(42),
            llm_calls: Rows::new(19),
            tool_calls: Rows::new(10),
        }
    }

    /// Adds a span with the times of its state.
    pub(super) fn add(
        &mut self,
        key: SpanKey,
        state: &Folded<&Span>,
        payloads: &Payloads,
        counts: bool,
    ) {
        let (day, trace_id, span_id) = key;
        let span = state.body;
        let usage = span.token_usage;
        let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let json = |value: Option<RawJson>| value.map(|json| json.get().to_owned());
        let mut row = self.spans.row();
        row.date(day)
            .bytes(trace_id.as_bytes())
            .bytes(span_id.as_bytes())
            .opt_bytes(span.parent_span_id.as_ref().map(SpanId::as_bytes))
            .i16(span.span_kind.code())
            .i16(span.status.code())
            .i64(state.start.nanos())
            .opt_i64(state.end.map(Timestamp::nanos))
            .opt_i64(state.rank.end.map(Timestamp::nanos))
            .i64(state.rank.hash)
            .bool(counts)
            .text(&span.name)
            .opt_text(span.agent_id.as_deref())
            .opt_text(span.agent_name.as_deref())
            .opt_text(span.session_id.as_deref())
            .opt_text(span.user_id.as_deref())
            .opt_text(span.project.as_deref())
            .opt_text(span.model.as_deref())
            .opt_text(span.provider.as_deref())
            .opt_text(raw(&span.parameters))
            .opt_i64(span.time_to_first_token_ns)
            .opt_text(span.finish_reason.as_deref())
            .opt_text(span.tool_name.as_deref())
            .opt_text(span.tool_call_id.as_deref())
            .opt_bytes(payloads.input.as_ref().map(|payload| &payload.frame))
            .opt_i32(payloads.input.as_ref().map(|payload| payload.bytes))
            .opt_bytes(payloads.output.as_ref().map(|payload| &payload.frame))
            .opt_i32(payloads.output.as_ref().map(|payload| payload.bytes));
        row.opt_i64(usage.map(|usage| usage.input))
            .opt_i64(usage.map(|usage| usage.output))
            .opt_i64(usage.map(|usage| usage.total))
            .opt_i64(usage.map(|usage| usage.cached))
            .opt_i64(usage.map(|usage| usage.reasoning))
            .opt_i64(span.cost_usd.map(NanoUsd::nanos))
            .i32(count(span.llm_calls.len()))
            .i32(count(span.tool_calls.len()))
            .opt_text(json(span.error.as_ref().and_then(RawJson::of)).as_deref())
            .opt_jsonb(raw(&span.attributes))
            .opt_text(raw(&span.events))
            .opt_text(raw(&span.links))
            .opt_text(json(span.resource.as_ref().and_then(RawJson::of)).as_deref())
            .opt_i16(span.time_source.map(TimeSource::code));
        self.add_calls(key, span, payloads);
    }

    fn add_calls(&mut self, (day, trace_id, span_id): SpanKey, span: &Span, payloads: &Payloads) {
        for (idx, (call, [messages, response])) in
            (0..).zip(span.llm_calls.iter().zip(&payloads.llm_calls))
        {
            let usage = call.token_usage;
            self.llm_calls
                .row()
                .date(day)
                .bytes(trace_id.as_bytes())
                .bytes(span_id.as_bytes())
                .i32(idx)
                .text(&call.model)
                .opt_text(call.provider.as_deref())
                .opt_text(raw(&call.parameters))
                .opt_bytes(messages.as_ref().map(|payload| &payload.frame))
                .opt_bytes(response.as_ref().map(|payload| &payload.frame))
                .opt_i64(usage.map(|usage| usage.input))
                .opt_i64(usage.map(|usage| usage.output))
                .opt_i64(usage.map(|usage| usage.total))
                .opt_i64(usage.map(|usage| usage.cached))
                .opt_i64(usage.map(|usage| usage.reasoning))
                .opt_i64(call.cost_usd.map(NanoUsd::nanos))
                .opt_i64(call.latency_ns)
                .opt_i64(call.time_to_first_token_ns)
                .opt_text(call.finish_reason.as_deref())
                .opt_text(call.error.as_deref());
        }
        for (idx, (call, [arguments, result])) in
            (0..).zip(span.tool_calls.iter().zip(&payloads.tool_calls))
        {
            self.tool_calls
                .row()
                .date(day)
                .bytes(trace_id.as_bytes())
                .bytes(span_id.as_bytes())
                .i32(idx)
                .text(&call.tool_name)
                .opt_text(call.call_id.as_deref())
                .opt_bytes(arguments.as_ref().map(|payload| &payload.frame))
                .opt_bytes(result.as_ref().map(|payload| &payload.frame))
                .opt_i64(call.duration_ns)
                .opt_text(call.error.as_deref());
        }
    }

    /// Copies the rows.
    pub(super) async fn send(self, conn: &mut PgConnection) -> Result<(), StoreError> {
        self.spans
            .send(
                conn,
                "COPY spans (day, trace_id, span_id, parent_span_id, kind, status, start_ns, end_ns, rank_end,
                     rank_hash, counts, name, agent_id, agent_name, session_id, user_id, project, model, provider,
                     parameters, ttft_ns, finish_reason, tool_name, tool_call_id, input, input_bytes, output,
                     output_bytes, input_tokens, output_tokens, total_tokens, cached_tokens, reasoning_tokens, cost,
                     llm_call_count, tool_call_count, error, attributes, events, links, resource, time_source)
                 FROM STDIN (FORMAT binary)",
            )
            .await?;
        self.llm_calls
            .send(
                conn,
                "COPY llm_calls (day, trace_id, span_id, idx, model, provider, parameters, messages, response,
                     input_tokens, output_tokens, total_tokens, cached_tokens, reasoning_tokens, cost, latency_ns,
                     ttft_ns, finish_reason, error)
                 FROM STDIN (FORMAT binary)",
            )
            .await?;
        self.tool_calls
            .send(
                conn,
                "COPY tool_calls (day, trace_id, span_id, idx, tool_name, call_id, arguments, result, duration_ns, error)
                 FROM STDIN (FORMAT binary)",
            )
            .await?;
        Ok(())
    }
}

fn raw(json: &Option<RawJson>) -> Option<&str> {
    json.as_ref().map(RawJson::get)
}

/// Groups keys by day, so that a statement names the partition it means.
pub(super) fn by_day(keys: &[SpanKey]) -> Vec<(NaiveDate, Vec<SpanKey>)> {
    let mut days: Vec<(NaiveDate, Vec<SpanKey>)> = Vec::new();
    for key in keys {
        match days.iter_mut().find(|(day, _)| *day == key.0) {
            Some((_, keys)) => keys.push(*key),
            None => days.push((key.0, vec![*key])),
        }
    }
    days
}

/// The id columns of keys, as statements take them.
pub(super) fn columns(keys: &[SpanKey]) -> (Vec<&[u8]>, Vec<&[u8]>) {
    keys.iter()
        .map(|(_, trace, span)| (trace.as_bytes().as_slice(), span.as_bytes()))
        .unzip()
}

pub(super) fn trace_of(bytes: &[u8]) -> Result<TraceId, StoreError> {
    TraceId::from_slice(bytes).map_err(corrupt)
}

pub(super) fn span_of(bytes: &[u8]) -> Result<SpanId, StoreError> {
    SpanId::from_slice(bytes).map_err(corrupt)
}

fn corrupt(reason: impl ToString) -> StoreError {
    StoreError::Corrupt {
        table: "spans",
        reason: reason.to_string(),
    }
}

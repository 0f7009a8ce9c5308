//! The stored relatives of spans: those below, those above, and calls beside.

use std::borrow::Cow;

use chrono::NaiveDate;
use sqlx::{FromRow, PgConnection};
use telemetron_model::fold::calls::{Call, Node, Role};
use telemetron_model::record::{SpanKind, TokenUsage};
use telemetron_model::{SpanId, Timestamp, TraceId};

use super::spans::{SpanKey, columns, span_of, trace_of};
use crate::StoreError;

/// Where a span is.
pub(super) type Place = (TraceId, SpanId);

/// What its relatives need to know of a span, stored or not.
#[derive(Debug, Clone)]
pub(super) struct Related<'w> {
    pub(super) parent: Option<SpanId>,
    pub(super) kind: SpanKind,
    pub(super) tool: Option<Cow<'w, str>>,
    pub(super) usage: TokenUsage,
    pub(super) start: Timestamp,
    pub(super) end: Option<Timestamp>,
    pub(super) scope: Option<Cow<'w, str>>,
    pub(super) answer: Option<Cow<'w, str>>,
}

impl Related<'_> {
    /// As the rule for calls takes it.
    pub(super) fn node(&self, trace_id: TraceId) -> Node<'_, Place> {
        let call = || Call {
            usage: self.usage,
            start: self.start,
            end: self.end,
            scope: self.scope.as_deref(),
            answer: self.answer.as_deref(),
        };
        Node {
            parent: self.parent.map(|parent| (trace_id, parent)),
            role: Role::of(self.kind, call, self.tool.as_deref()),
        }
    }

    /// Whether it is a call of a model.
    pub(super) fn is_call(&self) -> bool {
        self.kind == SpanKind::Llm
    }

    /// Whether it is an agent that tells what its calls add up to.
    pub(super) fn is_sum(&self) -> bool {
        self.kind == SpanKind::Agent && self.scope.is_some()
    }

    /// Whether calls below it are no concern of those above.
    pub(super) fn parts(&self) -> bool {
        matches!(self.kind, SpanKind::Agent | SpanKind::Tool)
    }
}

/// A stored span as far as its relatives need to know it.
#[derive(FromRow)]
pub(super) struct SpanNodeRow {
    trace_id: Vec<u8>,
    span_id: Vec<u8>,
    parent_span_id: Option<Vec<u8>>,
    kind: i16,
    start_ns: i64,
    end_ns: Option<i64>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    total_tokens: Option<i64>,
    tool_name: Option<String>,
    scope: Option<String>,
    answer: Option<String>,
    /// The agent that it names.
    pub(super) agent: Option<String>,
    /// The agent that it inherits.
    pub(super) inherited: Option<String>,
    /// Whether it counts as a call.
    pub(super) counts: bool,
    /// Whether there is a call to count.
    pub(super) countable: bool,
}

/// The columns of [`SpanNodeRow`].
macro_rules! node_columns {
    () => {
        "s.trace_id, s.span_id, s.parent_span_id, s.kind, s.start_ns, s.end_ns, s.input_tokens,
         s.output_tokens, s.total_tokens, s.tool_name,
         CASE WHEN s.kind = 2 OR s.kind = 1 AND s.llm_call_count > 0
                THEN s.attributes -> 'otel.scope' ->> 'name' END AS scope,
         CASE WHEN s.kind = 2 THEN s.attributes ->> 'gen_ai.response.id' END AS answer,
         COALESCE(s.agent_name, s.agent_id) AS agent, s.inherited_agent AS inherited, s.counts,
         s.kind IN (2, 3) OR s.llm_call_count > 0 AS countable"
    };
}

impl SpanNodeRow {
    /// Its key in the tree.
    pub(super) fn place(&self) -> Result<Place, StoreError> {
        Ok((trace_of(&self.trace_id)?, span_of(&self.span_id)?))
    }

    /// What its relatives need to know of it.
    pub(super) fn related(&self) -> Result<Related<'static>, StoreError> {
        let parent = self.parent_span_id.as_deref().map(span_of).transpose()?;
        let count = Option::unwrap_or_default;
        Ok(Related {
            parent,
            // An unknown kind is no call and no agent's: all that is asked.
            kind: SpanKind::from_code(self.kind).unwrap_or(SpanKind::Chain),
            tool: self.tool_name.clone().map(Cow::Owned),
            usage: TokenUsage {
                total: count(self.total_tokens),
                ..TokenUsage::new(count(self.input_tokens), count(self.output_tokens))
            },
            start: Timestamp::from_nanos(self.start_ns),
            end: self.end_ns.map(Timestamp::from_nanos),
            scope: self.scope.clone().map(Cow::Owned),
            answer: self.answer.clone().map(Cow::Owned),
        })
    }
}

/// How far down to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Everything.
    All,
    /// As far as the next tools and agents: calls below those are calls of their own.
    Calls,
}

/// Reads the spans below these.
pub(super) async fn below(
    conn: &mut PgConnection,
    day: NaiveDate,
    keys: &[SpanKey],
    depth: Depth,
) -> Result<Vec<SpanNodeRow>, StoreError> {
    let (traces, spans) = columns(keys);
    // UNION forgets repetitions, so that a cycle of parents ends.
    let rows = sqlx::query_as(concat!(
        "WITH RECURSIVE below AS (
             SELECT s.trace_id, s.span_id, s.kind
             FROM UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
             CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.parent_span_id = k.span_id OFFSET 0) s
             UNION
             SELECT s.trace_id, s.span_id, s.kind
             FROM below b
             CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = b.trace_id AND s.parent_span_id = b.span_id OFFSET 0) s
             WHERE $4 OR b.kind NOT IN (1, 3)
         )
         SELECT ",
        node_columns!(),
        " FROM below b
         CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = b.trace_id AND s.span_id = b.span_id OFFSET 0) s",
    ))
    .bind(day)
    .bind(&traces)
    .bind(&spans)
    .bind(depth == Depth::All)
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Reads these spans, and of those that are `calls` what is above them up to the next tool or agent.
pub(super) async fn above(
    conn: &mut PgConnection,
    day: NaiveDate,
    keys: &[SpanKey],
    calls: &[bool],
) -> Result<Vec<SpanNodeRow>, StoreError> {
    let (traces, spans) = columns(keys);
    let rows = sqlx::query_as(concat!(
        "WITH RECURSIVE above AS (
             SELECT s.trace_id, s.span_id, s.parent_span_id, s.kind, k.calls
             FROM UNNEST($2::bytea[], $3::bytea[], $4::boolean[]) AS k (trace_id, span_id, calls)
             CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.span_id = k.span_id OFFSET 0) s
             UNION
             SELECT s.trace_id, s.span_id, s.parent_span_id, s.kind, true
             FROM above a
             CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = a.trace_id AND s.span_id = a.parent_span_id OFFSET 0) s
             WHERE a.calls AND a.kind NOT IN (1, 3)
         )
         SELECT DISTINCT ON (s.trace_id, s.span_id) ",
        node_columns!(),
        " FROM above a
         CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = a.trace_id AND s.span_id = a.span_id OFFSET 0) s",
    ))
    .bind(day)
    .bind(&traces)
    .bind(&spans)
    .bind(calls)
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Reads the calls right below these, as far as they touch a time.
pub(super) async fn beside(
    conn: &mut PgConnection,
    day: NaiveDate,
    parents: &[SpanKey],
    (from, until): (&[i64], &[i64]),
) -> Result<Vec<SpanNodeRow>, StoreError> {
    let (traces, spans) = columns(parents);
    let rows = sqlx::query_as(concat!(
        "SELECT ",
        node_columns!(),
        " FROM UNNEST($2::bytea[], $3::bytea[], $4::bigint[], $5::bigint[]) AS k (trace_id, span_id, from_ns, until_ns)
         CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.parent_span_id = k.span_id
                 AND s.kind = 2 AND s.start_ns <= k.until_ns AND s.end_ns >= k.from_ns OFFSET 0) s",
    ))
    .bind(day)
    .bind(&traces)
    .bind(&spans)
    .bind(from)
    .bind(until)
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

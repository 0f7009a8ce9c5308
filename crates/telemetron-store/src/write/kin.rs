//! The stored relatives of spans: those below, and those above.

use chrono::NaiveDate;
use sqlx::{FromRow, PgConnection};
use telemetron_model::fold::tokens::Node;
use telemetron_model::record::SpanKind;
use telemetron_model::{SpanId, TraceId};

use super::spans::{SpanKey, columns, span_of, trace_of};
use crate::StoreError;

/// A stored span as far as its relatives need to know it.
#[derive(FromRow)]
pub(super) struct KinRow {
    trace_id: Vec<u8>,
    span_id: Vec<u8>,
    parent_span_id: Option<Vec<u8>>,
    kind: i16,
    total_tokens: Option<i64>,
    /// The agent that it names.
    pub(super) agent: Option<String>,
    /// The agent that it inherits.
    pub(super) inherited: Option<String>,
    /// Whether its tokens count.
    pub(super) counts: bool,
    /// Whether they count unless an ancestor carries them.
    pub(super) countable: bool,
}

impl KinRow {
    /// Its key in the tree.
    pub(super) fn key(&self) -> Result<(TraceId, SpanId), StoreError> {
        Ok((trace_of(&self.trace_id)?, span_of(&self.span_id)?))
    }

    /// What the counting of tokens needs to know of it.
    pub(super) fn node(&self) -> Result<Node, StoreError> {
        let parent = self.parent_span_id.as_deref().map(span_of).transpose()?;
        let carries =
            self.kind == SpanKind::Llm.code() && self.total_tokens.unwrap_or_default() > 0;
        Ok(Node { parent, carries })
    }
}

/// Reads all spans below these.
pub(super) async fn below(
    conn: &mut PgConnection,
    day: NaiveDate,
    keys: &[SpanKey],
) -> Result<Vec<KinRow>, StoreError> {
    let (traces, spans) = columns(keys);
    // UNION forgets repetitions, so that a cycle of parents ends.
    let rows = sqlx::query_as(
        "WITH RECURSIVE below AS (
             SELECT s.trace_id, s.span_id
             FROM UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
             CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.parent_span_id = k.span_id OFFSET 0) s
             UNION
             SELECT s.trace_id, s.span_id
             FROM below b
             CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = b.trace_id AND s.parent_span_id = b.span_id OFFSET 0) s
         )
         SELECT s.trace_id, s.span_id, s.parent_span_id, s.kind, s.total_tokens, s.counts,
                COALESCE(s.agent_name, s.agent_id) AS agent, s.inherited_agent AS inherited,
                (s.kind = 2 AND (s.total_tokens IS NOT NULL OR COALESCE(s.cost, 0) <> 0))
                  OR s.llm_call_count > 0 AS countable
         FROM below b
         CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = b.trace_id AND s.span_id = b.span_id OFFSET 0) s",
    )
    .bind(day)
    .bind(&traces)
    .bind(&spans)
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Reads these spans, and of those that go `all_the_way` everything above them.
pub(super) async fn above(
    conn: &mut PgConnection,
    day: NaiveDate,
    keys: &[SpanKey],
    all_the_way: &[bool],
) -> Result<Vec<KinRow>, StoreError> {
    let (traces, spans) = columns(keys);
    let rows = sqlx::query_as(
        "WITH RECURSIVE above AS (
             SELECT s.trace_id, s.span_id, s.parent_span_id, s.kind, s.total_tokens,
                    COALESCE(s.agent_name, s.agent_id) AS agent, s.inherited_agent, k.all_the_way
             FROM UNNEST($2::bytea[], $3::bytea[], $4::boolean[]) AS k (trace_id, span_id, all_the_way)
             CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.span_id = k.span_id OFFSET 0) s
             UNION
             SELECT s.trace_id, s.span_id, s.parent_span_id, s.kind, s.total_tokens,
                    COALESCE(s.agent_name, s.agent_id), s.inherited_agent, true
             FROM above a
             CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = a.trace_id AND s.span_id = a.parent_span_id OFFSET 0) s
             WHERE a.all_the_way
         )
         SELECT trace_id, span_id, parent_span_id, kind, total_tokens, agent,
                inherited_agent AS inherited, false AS counts, false AS countable
         FROM above",
    )
    .bind(day)
    .bind(&traces)
    .bind(&spans)
    .bind(all_the_way)
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

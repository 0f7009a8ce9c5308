//! Which spans' tokens count, across what is stored and what the batch brings.
//!
//! The rule itself is `telemetron_model::fold::tokens`. Here its tree is gathered: what the batch
//! touches, the ancestors of what may count, and the stored spans below those that changed. A trace
//! that was absent needs no query; the others share two, whatever their size.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sqlx::{FromRow, PgConnection};
use telemetron_model::fold::Change;
use telemetron_model::fold::tokens::{self, Node};
use telemetron_model::record::SpanKind;
use telemetron_model::{SpanId, TraceId};

use super::fold::SpanWork;
use super::spans::{SpanKey, by_day, columns, span_of, trace_of};
use crate::StoreError;

/// A stored span that the batch does not touch, and whose flag turns.
pub(super) struct Turned {
    pub(super) key: SpanKey,
    pub(super) counts: bool,
}

type Tree = HashMap<(TraceId, SpanId), Node>;

#[derive(FromRow)]
struct NodeRow {
    trace_id: Vec<u8>,
    span_id: Vec<u8>,
    parent_span_id: Option<Vec<u8>>,
    kind: i16,
    total_tokens: Option<i64>,
    counts: bool,
    countable: bool,
}

/// Sets the flag of every touched span, and finds the untouched ones whose flag turns.
pub(super) async fn resolve(
    conn: &mut PgConnection,
    works: &mut [SpanWork<'_>],
    stored: impl Fn(&TraceId) -> bool,
) -> Result<Vec<Turned>, StoreError> {
    let mut tree: Tree = works
        .iter()
        .map(|work| ((work.key.1, work.key.2), node(work)))
        .collect();
    let below = below(conn, works, &stored, &mut tree).await?;
    let candidates = works
        .iter()
        .filter(|work| work.facts.countable())
        .map(|work| work.key);
    let candidates: Vec<_> = candidates
        .chain(below.iter().map(|(key, _)| *key))
        .filter(|key| stored(&key.1))
        .collect();
    gather_ancestors(conn, &candidates, &mut tree).await?;
    for work in works.iter_mut() {
        work.counts = work.facts.countable() && counts(&tree, work.key);
    }
    let turned = below.into_iter().filter_map(|(key, before)| {
        let counts = counts(&tree, key);
        (counts != before).then_some(Turned { key, counts })
    });
    Ok(turned.collect())
}

fn node(work: &SpanWork<'_>) -> Node {
    Node {
        parent: work.facts.parent,
        carries: work.facts.carries_tokens(),
    }
}

/// The rule, applied to one span: its trace's part of the tree is all it looks at.
fn counts(tree: &Tree, (_, trace_id, span_id): SpanKey) -> bool {
    let mut chain = HashMap::new();
    let mut next = Some(span_id);
    for _ in 0..=tokens::MAX_DEPTH {
        let Some(id) = next else { break };
        let Some(node) = tree.get(&(trace_id, id)) else {
            break;
        };
        if chain.insert(id, *node).is_some() {
            break;
        }
        next = node.parent;
    }
    tokens::counts(&chain, span_id)
}

/// Stored spans below those whose place or tokens changed: they may count, or no longer.
async fn below(
    conn: &mut PgConnection,
    works: &[SpanWork<'_>],
    stored: &impl Fn(&TraceId) -> bool,
    tree: &mut Tree,
) -> Result<Vec<(SpanKey, bool)>, StoreError> {
    let seeds: Vec<_> = works
        .iter()
        .filter(|work| stored(&work.key.1) && moves(work))
        .map(|work| work.key)
        .collect();
    let mut below = Vec::new();
    for (day, keys) in by_day(&seeds) {
        for row in descendants(conn, day, &keys).await? {
            let key = (trace_of(&row.trace_id)?, span_of(&row.span_id)?);
            if row.countable && !tree.contains_key(&key) {
                below.push(((day, key.0, key.1), row.counts));
                tree.insert(key, row.node()?);
            }
        }
    }
    Ok(below)
}

/// Whether spans below this one may count differently now.
fn moves(work: &SpanWork<'_>) -> bool {
    let Some(before) = &work.before else {
        return true;
    };
    work.change == Change::Body
        && (before.facts.parent != work.facts.parent
            || before.facts.carries_tokens() != work.facts.carries_tokens())
}

async fn descendants(
    conn: &mut PgConnection,
    day: NaiveDate,
    keys: &[SpanKey],
) -> Result<Vec<NodeRow>, StoreError> {
    let (traces, spans) = columns(keys);
    // UNION forgets repetitions, so that a cycle of parents ends.
    let rows = sqlx::query_as(
        "WITH RECURSIVE below AS (
             SELECT s.trace_id, s.span_id
             FROM UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
             JOIN spans s ON s.day = $1 AND s.trace_id = k.trace_id AND s.parent_span_id = k.span_id
             UNION
             SELECT s.trace_id, s.span_id
             FROM below b
             JOIN spans s ON s.day = $1 AND s.trace_id = b.trace_id AND s.parent_span_id = b.span_id
         )
         SELECT s.trace_id, s.span_id, s.parent_span_id, s.kind, s.total_tokens, s.counts,
                (s.kind = 2 AND (s.total_tokens IS NOT NULL OR s.cost IS NOT NULL)) OR s.llm_call_count > 0
                  AS countable
         FROM below b
         JOIN spans s ON s.day = $1 AND s.trace_id = b.trace_id AND s.span_id = b.span_id",
    )
    .bind(day)
    .bind(&traces)
    .bind(&spans)
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Reads the stored ancestors of spans that may count, as far as the tree lacks them.
async fn gather_ancestors(
    conn: &mut PgConnection,
    spans: &[SpanKey],
    tree: &mut Tree,
) -> Result<(), StoreError> {
    let mut unknown = HashSet::new();
    loop {
        let mut missing: Vec<_> = spans
            .iter()
            .filter_map(|key| first_missing(tree, *key))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        missing.retain(|key| !unknown.contains(key));
        if missing.is_empty() {
            return Ok(());
        }
        for (day, keys) in by_day(&missing) {
            for row in ancestors(conn, day, &keys).await? {
                let key = (trace_of(&row.trace_id)?, span_of(&row.span_id)?);
                let node = row.node()?;
                tree.entry(key).or_insert(node);
            }
        }
        unknown.extend(missing);
    }
}

/// The first ancestor of a span that is not in the tree.
fn first_missing(tree: &Tree, (day, trace_id, span_id): SpanKey) -> Option<SpanKey> {
    let mut at = span_id;
    for _ in 0..tokens::MAX_DEPTH {
        match tree.get(&(trace_id, at)) {
            None => return Some((day, trace_id, at)),
            Some(node) => at = node.parent?,
        }
    }
    None
}

async fn ancestors(
    conn: &mut PgConnection,
    day: NaiveDate,
    keys: &[SpanKey],
) -> Result<Vec<NodeRow>, StoreError> {
    let (traces, spans) = columns(keys);
    let rows = sqlx::query_as(
        "WITH RECURSIVE above AS (
             SELECT s.trace_id, s.span_id, s.parent_span_id, s.kind, s.total_tokens
             FROM UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
             JOIN spans s ON s.day = $1 AND s.trace_id = k.trace_id AND s.span_id = k.span_id
             UNION
             SELECT s.trace_id, s.span_id, s.parent_span_id, s.kind, s.total_tokens
             FROM above a
             JOIN spans s ON s.day = $1 AND s.trace_id = a.trace_id AND s.span_id = a.parent_span_id
         )
         SELECT trace_id, span_id, parent_span_id, kind, total_tokens, false AS counts, false AS countable
         FROM above",
    )
    .bind(day)
    .bind(&traces)
    .bind(&spans)
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

impl NodeRow {
    fn node(&self) -> Result<Node, StoreError> {
        let parent = self.parent_span_id.as_deref().map(span_of).transpose()?;
        let carries =
            self.kind == SpanKind::Llm.code() && self.total_tokens.unwrap_or_default() > 0;
        Ok(Node { parent, carries })
    }
}

//! What is stored around calls of models: whether one of them counts depends on those that it wraps,
//! that wrap it, and that tell the same beside it.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;
use telemetron_model::fold::calls;
use telemetron_model::record::SpanKind;

use super::{Before, Tree, add};
use crate::StoreError;
use crate::write::relatives::{self, Depth, Place};
use crate::write::span_update::SpanUpdate;
use crate::write::spans::{SpanKey, by_day};

/// Reads into the tree all that the rule needs to know of the calls around the touched spans.
pub(super) async fn gather(
    conn: &mut PgConnection,
    updates: &[&SpanUpdate<'_>],
    left: &[SpanKey],
    tree: &mut Tree<'_>,
    before: &mut Before,
) -> Result<(), StoreError> {
    let mut roots = BTreeSet::new();
    for key in left {
        let topmost = topmost_call(tree, key.place());
        roots.extend(topmost.map(|place| SpanKey::at(key.day, place)));
    }
    for update in updates {
        let SpanKey {
            day,
            trace_id,
            span_id,
        } = update.key;
        let old = update.before.as_ref().and_then(|old| old.facts.parent);
        // What a call wraps matters as well, where it is there already.
        let itself = Some(span_id).filter(|_| update.before.is_some());
        for from in [itself, update.facts.parent, old].into_iter().flatten() {
            let topmost = topmost_call(tree, (trace_id, from));
            roots.extend(topmost.map(|place| SpanKey::at(day, place)));
        }
    }
    roots.extend(gather_beside(conn, updates, tree).await?);
    let roots: Vec<_> = roots.into_iter().collect();
    for (day, keys) in by_day(&roots) {
        // What the roots themselves derive may change too.
        let alone = vec![false; keys.len()];
        let rows = relatives::above(conn, day, &keys, &alone).await?;
        add(rows, day, false, tree, before)?;
        let rows = relatives::below(conn, day, &keys, Depth::Calls).await?;
        add(rows, day, false, tree, before)?;
    }
    Ok(())
}

/// The topmost call from a span upwards, up to the next tool or agent, or that agent where it adds up
/// its calls.
fn topmost_call(tree: &Tree<'_>, from: Place) -> Option<Place> {
    let mut topmost = None;
    let mut at = from;
    for _ in 0..calls::MAX_DEPTH {
        let Some(node) = tree.get(&at) else { break };
        if node.related.parts() {
            return Some(at).filter(|_| node.related.is_sum()).or(topmost);
        }
        if node.related.is_call() {
            topmost = Some(at);
        }
        let Some(parent) = node.related.parent else {
            break;
        };
        at = (at.0, parent);
    }
    topmost
}

/// The stored calls that may tell the same as a touched one beside them.
async fn gather_beside(
    conn: &mut PgConnection,
    updates: &[&SpanUpdate<'_>],
    tree: &Tree<'_>,
) -> Result<Vec<SpanKey>, StoreError> {
    let mut windows: BTreeMap<SpanKey, (i64, i64)> = BTreeMap::new();
    let mut alike = BTreeSet::new();
    let mut answers = BTreeSet::new();
    for update in updates {
        let SpanKey { day, trace_id, .. } = update.key;
        let old = update.before.as_ref().map(|before| &before.facts);
        for facts in old.into_iter().chain([&update.facts]) {
            let (SpanKind::Llm, Some(parent), Some(end)) = (facts.kind, facts.parent, facts.end)
            else {
                continue;
            };
            let (start, end) = (facts.start.nanos(), end.nanos());
            let window = windows
                .entry(SpanKey::at(day, (trace_id, parent)))
                .or_insert((start, end));
            *window = (window.0.min(start), window.1.max(end));
            alike.insert((trace_id, parent, facts.usage.input, facts.usage.output));
            let answer = facts.answer.as_deref();
            answers.extend(answer.map(|answer| (trace_id, parent, answer)));
        }
    }
    let parents: Vec<_> = windows.keys().copied().collect();
    let mut found = Vec::new();
    for (day, keys) in by_day(&parents) {
        let (from, until): (Vec<_>, Vec<_>) = keys.iter().map(|key| windows[key]).unzip();
        for row in relatives::beside(conn, day, &keys, (&from, &until)).await? {
            let (place, related) = (row.place()?, row.related()?);
            let is_alike = related.parent.is_some_and(|parent| {
                let answer = related.answer.as_deref();
                alike.contains(&(place.0, parent, related.usage.input, related.usage.output))
                    || answer.is_some_and(|answer| answers.contains(&(place.0, parent, answer)))
            });
            let is_touched = tree.get(&place).is_some_and(|node| !node.settled);
            if is_alike && !is_touched {
                found.push(SpanKey::at(day, place));
            }
        }
    }
    Ok(found)
}

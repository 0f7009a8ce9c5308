//! What spans owe to those around them, across what is stored and what the batch brings: whether
//! they count as calls, and who is at work in them when they name no agent.
//!
//! The rules themselves are `telemetron_model::fold::{calls, acting}`. Here their tree is gathered:
//! what the batch touches, the stored spans below those that changed, and what is stored above
//! whatever asks. A trace that was absent needs no query; the others share a few, whatever their
//! size.
//!
//! ```text
//!  touched ─▶ below those that moved ─▶ above, to the next agent or tool
//!                     └▶ around calls: all below the topmost call, and calls beside
//! ```
//!
//! Agents look no further than the first stored span below nothing that changed: who is at work in
//! it is stored with it.

mod around;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use sqlx::PgConnection;
use telemetron_model::TraceId;
use telemetron_model::fold::acting::{Acting, Said};
use telemetron_model::fold::calls::{self, Calls};
use telemetron_model::fold::{Change, SpanFacts};

use super::relatives::{self, Depth, Place, Related, SpanNodeRow};
use super::span_update::SpanUpdate;
use super::spans::{SpanKey, by_day};
use crate::StoreError;

/// What a span owes to those around it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Derived {
    /// Whether it counts as a call.
    pub(super) counts: bool,
    /// The agent at work, when it names none itself.
    pub(super) inherited: Option<String>,
}

/// A stored span that the batch does not touch, and that owes something else now.
pub(super) struct Rederived {
    pub(super) key: SpanKey,
    pub(super) derived: Derived,
}

/// The spans that matter, touched or stored.
type Tree<'w> = HashMap<Place, SpanNode<'w>>;

/// A span of the tree.
struct SpanNode<'w> {
    related: Related<'w>,
    /// The agent that it names; once settled, the one at work in it.
    agent: Option<Cow<'w, str>>,
    /// Whether nothing above it needs to be asked for its agent.
    settled: bool,
}

/// A span, and what it asks those around it for.
#[derive(Clone, Copy)]
struct Lookup {
    key: SpanKey,
    counts: bool,
    agent: bool,
}

/// Stored spans that may owe something else now, with what they owed.
type Before = HashMap<SpanKey, (Lookup, Derived)>;

/// Finds what every touched span owes, and the untouched ones that owe something else now; those
/// below which something stood that was moved (`left`) as well.
pub(super) async fn resolve(
    conn: &mut PgConnection,
    updates: &mut [SpanUpdate<'_>],
    left: &[SpanKey],
    stored: impl Fn(&TraceId) -> bool,
) -> Result<Vec<Rederived>, StoreError> {
    let (derived, rederived) = find(conn, updates, left, stored).await?;
    for (update, Derived { counts, inherited }) in updates.iter_mut().zip(derived) {
        update.counts = counts;
        update.facts.inherited = inherited;
    }
    Ok(rederived)
}

async fn find(
    conn: &mut PgConnection,
    updates: &[SpanUpdate<'_>],
    left: &[SpanKey],
    stored: impl Fn(&TraceId) -> bool,
) -> Result<(Vec<Derived>, Vec<Rederived>), StoreError> {
    let mut tree: Tree<'_> = updates
        .iter()
        .map(|update| (update.key.place(), SpanNode::touched(update)))
        .collect();
    let mut before = Before::new();
    let known: Vec<_> = updates
        .iter()
        .filter(|update| stored(&update.key.trace_id))
        .collect();
    if !known.is_empty() {
        gather(conn, &known, left, &mut tree, &mut before).await?;
    }
    let node = |place: Place| tree.get(&place).map(|node| node.related.node(place.0));
    let calls = Calls::of(tree.keys().copied(), node);
    let mut acting = Acting::default();
    let mut derived = |lookup: Lookup| Derived {
        counts: lookup.counts && calls.counts(lookup.key.place(), node),
        inherited: inherited(&tree, &mut acting, lookup),
    };
    let touched = updates
        .iter()
        .map(|update| derived(Lookup::of(update)))
        .collect();
    let rederived = before.into_values().filter_map(|(lookup, before)| {
        let mut now = derived(lookup);
        if !lookup.agent {
            now.inherited.clone_from(&before.inherited);
        }
        let key = lookup.key;
        (now != before).then_some(Rederived { key, derived: now })
    });
    let rederived = rederived.collect();
    Ok((touched, rederived))
}

/// Reads into the tree what is stored around the touched spans of stored traces.
async fn gather(
    conn: &mut PgConnection,
    updates: &[&SpanUpdate<'_>],
    left: &[SpanKey],
    tree: &mut Tree<'_>,
    before: &mut Before,
) -> Result<(), StoreError> {
    let moved = updates.iter().filter(|update| moves(update));
    let moved: Vec<_> = moved.map(|update| update.key).collect();
    for (day, keys) in by_day(&moved) {
        let rows = relatives::below(conn, day, &keys, Depth::All).await?;
        add(rows, day, true, tree, before)?;
    }
    let mut lookup: Vec<_> = updates.iter().map(|update| Lookup::of(update)).collect();
    lookup.extend(before.values().map(|(lookup, _)| *lookup));
    lookup.extend(updates.iter().filter_map(|update| left_by(update)));
    lookup.extend(left.iter().map(|key| Lookup::all_above(*key)));
    let concerned = concerned(updates, before);
    lookup.extend(concerned.iter().map(|update| Lookup::all_above(update.key)));
    gather_above(conn, &lookup, tree).await?;
    around::gather(conn, &concerned, left, tree, before).await
}

/// The touched spans that calls around them may have to do with: those that are or were calls, and
/// those of a trace in which calls stand below something that moved. Nothing depends on the others,
/// and what is above them stays unread.
fn concerned<'s, 'w>(updates: &[&'s SpanUpdate<'w>], before: &Before) -> Vec<&'s SpanUpdate<'w>> {
    let below = before.values().filter(|(lookup, _)| lookup.counts);
    let below: HashSet<_> = below.map(|(lookup, _)| lookup.key.trace_id).collect();
    let calls = |update: &&&SpanUpdate<'_>| {
        let was = update.before.as_ref().map(|old| &old.facts);
        let mut facts = was.into_iter().chain([&update.facts]);
        below.contains(&update.key.trace_id) || facts.any(SpanFacts::countable)
    };
    updates.iter().filter(calls).copied().collect()
}

/// Adds stored spans that are not in the tree yet; those that ask may owe something else now.
///
/// Where `agents` is not set, nothing above these changed its agent: they inherit what they did.
fn add(
    rows: Vec<SpanNodeRow>,
    day: NaiveDate,
    agents: bool,
    tree: &mut Tree<'_>,
    before: &mut Before,
) -> Result<(), StoreError> {
    for row in rows {
        let place = row.place()?;
        if tree.get(&place).is_some_and(|node| !node.settled) {
            continue;
        }
        let related = row.related()?;
        let SpanNodeRow {
            agent,
            inherited,
            counts,
            countable,
            ..
        } = row;
        let lookup = Lookup {
            key: SpanKey::at(day, place),
            counts: countable,
            agent: agents && agent.is_none(),
        };
        let above = inherited.clone().filter(|_| !agents);
        if lookup.counts || lookup.agent {
            before.insert(lookup.key, (lookup, Derived { counts, inherited }));
        }
        let node = SpanNode {
            related,
            agent: agent.or(above).map(Cow::Owned),
            settled: !agents,
        };
        tree.insert(place, node);
    }
    Ok(())
}

/// Whom a span was below before, when that is somebody else than now.
fn left_by(update: &SpanUpdate<'_>) -> Option<Lookup> {
    let before = update.before.as_ref()?.facts.parent?;
    let key = SpanKey {
        span_id: before,
        ..update.key
    };
    (update.facts.parent != Some(before)).then(|| Lookup::all_above(key))
}

impl Lookup {
    /// Asks for nothing but that all above it is there, up to the next tool or agent.
    const fn all_above(key: SpanKey) -> Self {
        let (counts, agent) = (true, false);
        Self { key, counts, agent }
    }

    fn of(update: &SpanUpdate<'_>) -> Self {
        Self {
            key: update.key,
            counts: update.facts.countable(),
            agent: update.facts.agent.is_none(),
        }
    }
}

impl<'w> SpanNode<'w> {
    fn touched(update: &'w SpanUpdate<'_>) -> Self {
        let facts = &update.facts;
        Self {
            related: Related {
                parent: facts.parent,
                kind: facts.kind,
                tool: facts.tool.as_deref().map(Cow::Borrowed),
                usage: facts.usage,
                start: facts.start,
                end: facts.end,
                scope: facts.scope.as_deref().map(Cow::Borrowed),
                answer: facts.answer.as_deref().map(Cow::Borrowed),
            },
            agent: facts.agent.as_deref().map(Cow::Borrowed),
            settled: false,
        }
    }

    /// Whom to ask for its agent, when it does not know itself.
    fn asks(&self, trace_id: TraceId) -> Option<Place> {
        let unknown = self.agent.is_none() && !self.settled;
        let parent = self.related.parent.filter(|_| unknown)?;
        Some((trace_id, parent))
    }
}

/// The agent that a span inherits.
fn inherited<'t>(
    tree: &'t Tree<'_>,
    acting: &mut Acting<Place, &'t str>,
    lookup: Lookup,
) -> Option<String> {
    let SpanKey {
        trace_id, span_id, ..
    } = lookup.key;
    let said = |at: Place| {
        let node = tree.get(&at);
        let asks = node.and_then(|node| node.asks(trace_id));
        let known = || Said::This(node.and_then(|node| node.agent.as_deref()));
        asks.map_or_else(known, Said::AsAbove)
    };
    let found = lookup.agent.then(|| acting.of((trace_id, span_id), said));
    found.flatten().map(str::to_owned)
}

/// Whether spans around this one may owe something else now.
fn moves(update: &SpanUpdate<'_>) -> bool {
    let Some(before) = &update.before else {
        return true;
    };
    let (old, new) = (&before.facts, &update.facts);
    update.change == Change::Body
        && (old.parent != new.parent
            || old.kind != new.kind
            || old.agent != new.agent
            || old.tool != new.tool
            || old.carries_tokens() != new.carries_tokens())
}

/// Reads what is stored above those that ask, as far as the tree lacks it.
async fn gather_above(
    conn: &mut PgConnection,
    lookup: &[Lookup],
    tree: &mut Tree<'_>,
) -> Result<(), StoreError> {
    let mut unknown = HashSet::new();
    loop {
        let mut missing = missing(tree, lookup);
        missing.retain(|key, _| !unknown.contains(key));
        if missing.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = missing.keys().copied().collect();
        for (day, keys) in by_day(&keys) {
            let calls: Vec<_> = keys.iter().map(|key| missing[key]).collect();
            for row in relatives::above(conn, day, &keys, &calls).await? {
                let (place, related) = (row.place()?, row.related()?);
                tree.entry(place).or_insert_with(|| SpanNode {
                    related,
                    agent: row.agent.or(row.inherited).map(Cow::Owned),
                    settled: true,
                });
            }
        }
        unknown.extend(keys);
    }
}

/// The first span above each that asks which the tree lacks, and whether calls above it matter.
fn missing(tree: &Tree<'_>, lookup: &[Lookup]) -> BTreeMap<SpanKey, bool> {
    let mut missing = BTreeMap::new();
    let mut walked: Acting<Place, ()> = Acting::default();
    for lookup in lookup {
        let SpanKey { day, trace_id, .. } = lookup.key;
        if lookup.counts
            && let Some(key) = first_missing(tree, lookup.key)
        {
            missing.insert(key, true);
        }
        if lookup.agent {
            walked.of(lookup.key.place(), |at| match tree.get(&at) {
                Some(node) => node.asks(trace_id).map_or(Said::This(None), Said::AsAbove),
                None => {
                    missing.entry(SpanKey::at(day, at)).or_insert(false);
                    Said::This(None)
                }
            });
        }
    }
    missing
}

/// The first span above a call, up to the next tool or agent, that is not in the tree.
fn first_missing(tree: &Tree<'_>, key: SpanKey) -> Option<SpanKey> {
    let mut at = key.span_id;
    for _ in 0..calls::MAX_DEPTH {
        match tree.get(&(key.trace_id, at)) {
            None => return Some(SpanKey { span_id: at, ..key }),
            Some(node) if at != key.span_id && node.related.parts() => return None,
            Some(node) => at = node.related.parent?,
        }
    }
    None
}

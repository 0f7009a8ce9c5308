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

use super::kin::{self, Depth, KinRow, Place, Related};
use super::span_work::SpanWork;
use super::spans::{SpanKey, by_day};
use crate::StoreError;

/// What a span owes to those around it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Owed {
    /// Whether it counts as a call.
    pub(super) counts: bool,
    /// The agent at work, when it names none itself.
    pub(super) inherited: Option<String>,
}

/// A stored span that the batch does not touch, and that owes something else now.
pub(super) struct Turned {
    pub(super) key: SpanKey,
    pub(super) owed: Owed,
}

/// The spans that matter, touched or stored.
type Tree<'w> = HashMap<Place, Kin<'w>>;

/// A span of the tree.
struct Kin<'w> {
    related: Related<'w>,
    /// The agent that it names; once settled, the one at work in it.
    agent: Option<Cow<'w, str>>,
    /// Whether nothing above it needs to be asked for its agent.
    settled: bool,
}

/// A span, and what it asks those around it for.
#[derive(Clone, Copy)]
struct Asking {
    key: SpanKey,
    counts: bool,
    agent: bool,
}

/// Stored spans that may owe something else now, with what they owed.
type Before = HashMap<SpanKey, (Asking, Owed)>;

/// Finds what every touched span owes, and the untouched ones that owe something else now; those
/// below which something stood that was moved (`left`) as well.
pub(super) async fn resolve(
    conn: &mut PgConnection,
    works: &mut [SpanWork<'_>],
    left: &[SpanKey],
    stored: impl Fn(&TraceId) -> bool,
) -> Result<Vec<Turned>, StoreError> {
    let (owed, turned) = find(conn, works, left, stored).await?;
    for (work, Owed { counts, inherited }) in works.iter_mut().zip(owed) {
        work.counts = counts;
        work.facts.inherited = inherited;
    }
    Ok(turned)
}

async fn find(
    conn: &mut PgConnection,
    works: &[SpanWork<'_>],
    left: &[SpanKey],
    stored: impl Fn(&TraceId) -> bool,
) -> Result<(Vec<Owed>, Vec<Turned>), StoreError> {
    let mut tree: Tree<'_> = works
        .iter()
        .map(|work| ((work.key.1, work.key.2), Kin::touched(work)))
        .collect();
    let mut before = Before::new();
    let known: Vec<_> = works.iter().filter(|work| stored(&work.key.1)).collect();
    if !known.is_empty() {
        gather(conn, &known, left, &mut tree, &mut before).await?;
    }
    let node = |place: Place| tree.get(&place).map(|kin| kin.related.node(place.0));
    let calls = Calls::of(tree.keys().copied(), node);
    let mut acting = Acting::default();
    let mut owed = |asking: Asking| Owed {
        counts: asking.counts && calls.counts((asking.key.1, asking.key.2), node),
        inherited: inherited(&tree, &mut acting, asking),
    };
    let touched = works.iter().map(|work| owed(Asking::of(work))).collect();
    let turned = before.into_values().filter_map(|(asking, before)| {
        let mut now = owed(asking);
        if !asking.agent {
            now.inherited.clone_from(&before.inherited);
        }
        let key = asking.key;
        (now != before).then_some(Turned { key, owed: now })
    });
    let turned = turned.collect();
    Ok((touched, turned))
}

/// Reads into the tree what is stored around the touched spans of stored traces.
async fn gather(
    conn: &mut PgConnection,
    works: &[&SpanWork<'_>],
    left: &[SpanKey],
    tree: &mut Tree<'_>,
    before: &mut Before,
) -> Result<(), StoreError> {
    let moved = works.iter().filter(|work| moves(work));
    let moved: Vec<_> = moved.map(|work| work.key).collect();
    for (day, keys) in by_day(&moved) {
        let rows = kin::below(conn, day, &keys, Depth::All).await?;
        add(rows, day, true, tree, before)?;
    }
    let mut asking: Vec<_> = works.iter().map(|work| Asking::of(work)).collect();
    asking.extend(before.values().map(|(asking, _)| *asking));
    asking.extend(works.iter().filter_map(|work| left_by(work)));
    asking.extend(left.iter().map(|key| Asking::all_above(*key)));
    let concerned = concerned(works, before);
    asking.extend(concerned.iter().map(|work| Asking::all_above(work.key)));
    gather_above(conn, &asking, tree).await?;
    around::gather(conn, &concerned, left, tree, before).await
}

/// The touched spans that calls around them may have to do with: those that are or were calls, and
/// those of a trace in which calls stand below something that moved. Nothing depends on the others,
/// and what is above them stays unread.
fn concerned<'s, 'w>(works: &[&'s SpanWork<'w>], before: &Before) -> Vec<&'s SpanWork<'w>> {
    let below = before.values().filter(|(asking, _)| asking.counts);
    let below: HashSet<_> = below.map(|(asking, _)| asking.key.1).collect();
    let calls = |work: &&&SpanWork<'_>| {
        let was = work.before.as_ref().map(|old| &old.facts);
        let mut facts = was.into_iter().chain([&work.facts]);
        below.contains(&work.key.1) || facts.any(SpanFacts::countable)
    };
    works.iter().filter(calls).copied().collect()
}

/// Adds stored spans that are not in the tree yet; those that ask may owe something else now.
///
/// Where `agents` is not set, nothing above these changed its agent: they inherit what they did.
fn add(
    rows: Vec<KinRow>,
    day: NaiveDate,
    agents: bool,
    tree: &mut Tree<'_>,
    before: &mut Before,
) -> Result<(), StoreError> {
    for row in rows {
        let place = row.place()?;
        if tree.get(&place).is_some_and(|kin| !kin.settled) {
            continue;
        }
        let related = row.related()?;
        let KinRow {
            agent,
            inherited,
            counts,
            countable,
            ..
        } = row;
        let asking = Asking {
            key: (day, place.0, place.1),
            counts: countable,
            agent: agents && agent.is_none(),
        };
        let above = inherited.clone().filter(|_| !agents);
        if asking.counts || asking.agent {
            before.insert(asking.key, (asking, Owed { counts, inherited }));
        }
        let kin = Kin {
            related,
            agent: agent.or(above).map(Cow::Owned),
            settled: !agents,
        };
        tree.insert(place, kin);
    }
    Ok(())
}

/// Whom a span was below before, when that is somebody else than now.
fn left_by(work: &SpanWork<'_>) -> Option<Asking> {
    let before = work.before.as_ref()?.facts.parent?;
    let key = (work.key.0, work.key.1, before);
    (work.facts.parent != Some(before)).then(|| Asking::all_above(key))
}

impl Asking {
    /// Asks for nothing but that all above it is there, up to the next tool or agent.
    const fn all_above(key: SpanKey) -> Self {
        let (counts, agent) = (true, false);
        Self { key, counts, agent }
    }

    fn of(work: &SpanWork<'_>) -> Self {
        Self {
            key: work.key,
            counts: work.facts.countable(),
            agent: work.facts.agent.is_none(),
        }
    }
}

impl<'w> Kin<'w> {
    fn touched(work: &'w SpanWork<'_>) -> Self {
        let facts = &work.facts;
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
    asking: Asking,
) -> Option<String> {
    let (_, trace_id, span_id) = asking.key;
    let said = |at: Place| {
        let kin = tree.get(&at);
        let asks = kin.and_then(|kin| kin.asks(trace_id));
        let known = || Said::This(kin.and_then(|kin| kin.agent.as_deref()));
        asks.map_or_else(known, Said::AsAbove)
    };
    let found = asking.agent.then(|| acting.of((trace_id, span_id), said));
    found.flatten().map(str::to_owned)
}

/// Whether spans around this one may owe something else now.
fn moves(work: &SpanWork<'_>) -> bool {
    let Some(before) = &work.before else {
        return true;
    };
    let (old, new) = (&before.facts, &work.facts);
    work.change == Change::Body
        && (old.parent != new.parent
            || old.kind != new.kind
            || old.agent != new.agent
            || old.tool != new.tool
            || old.carries_tokens() != new.carries_tokens())
}

/// Reads what is stored above those that ask, as far as the tree lacks it.
async fn gather_above(
    conn: &mut PgConnection,
    asking: &[Asking],
    tree: &mut Tree<'_>,
) -> Result<(), StoreError> {
    let mut unknown = HashSet::new();
    loop {
        let mut missing = missing(tree, asking);
        missing.retain(|key, _| !unknown.contains(key));
        if missing.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = missing.keys().copied().collect();
        for (day, keys) in by_day(&keys) {
            let calls: Vec<_> = keys.iter().map(|key| missing[key]).collect();
            for row in kin::above(conn, day, &keys, &calls).await? {
                let (place, related) = (row.place()?, row.related()?);
                tree.entry(place).or_insert_with(|| Kin {
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
fn missing(tree: &Tree<'_>, asking: &[Asking]) -> BTreeMap<SpanKey, bool> {
    let mut missing = BTreeMap::new();
    let mut walked: Acting<Place, ()> = Acting::default();
    for asking in asking {
        let (day, trace_id, span_id) = asking.key;
        if asking.counts
            && let Some(key) = first_missing(tree, asking.key)
        {
            missing.insert(key, true);
        }
        if asking.agent {
            walked.of((trace_id, span_id), |at| match tree.get(&at) {
                Some(kin) => kin.asks(trace_id).map_or(Said::This(None), Said::AsAbove),
                None => {
                    missing.entry((day, at.0, at.1)).or_insert(false);
                    Said::This(None)
                }
            });
        }
    }
    missing
}

/// The first span above a call, up to the next tool or agent, that is not in the tree.
fn first_missing(tree: &Tree<'_>, (day, trace_id, span_id): SpanKey) -> Option<SpanKey> {
    let mut at = span_id;
    for _ in 0..calls::MAX_DEPTH {
        match tree.get(&(trace_id, at)) {
            None => return Some((day, trace_id, at)),
            Some(kin) if at != span_id && kin.related.parts() => return None,
            Some(kin) => at = kin.related.parent?,
        }
    }
    None
}

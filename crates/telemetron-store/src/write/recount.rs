//! What spans owe to those above them, across what is stored and what the batch brings: whether
//! their tokens count, and who is at work in them when they name no agent.
//!
//! The rules themselves are `telemetron_model::fold::{tokens, acting}`. Here their tree is gathered:
//! what the batch touches, the stored spans below those that changed, and what is stored above
//! whatever asks. A trace that was absent needs no query; the others share two, whatever their size.
//!
//! Tokens look all the way up. Agents look no further than the first stored span below nothing that
//! changed: who is at work in it is stored with it.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use sqlx::PgConnection;
use telemetron_model::fold::Change;
use telemetron_model::fold::acting::{Acting, Said};
use telemetron_model::fold::tokens::{self, Node};
use telemetron_model::{SpanId, TraceId};

use super::kin::{self, KinRow};
use super::span_work::SpanWork;
use super::spans::{SpanKey, by_day};
use crate::StoreError;

/// What a span owes to those above it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Owed {
    /// Whether its tokens count.
    pub(super) counts: bool,
    /// The agent at work, when it names none itself.
    pub(super) inherited: Option<String>,
}

/// A stored span that the batch does not touch, and that owes something else now.
pub(super) struct Turned {
    pub(super) key: SpanKey,
    pub(super) owed: Owed,
}

type Place = (TraceId, SpanId);
type Tree<'w> = HashMap<Place, Kin<'w>>;

/// A span of the tree.
struct Kin<'w> {
    node: Node,
    /// The agent that it names; once settled, the one at work in it.
    agent: Option<Cow<'w, str>>,
    /// Whether nothing above it needs to be asked for its agent.
    settled: bool,
}

/// A span, and what it asks those above it for.
#[derive(Clone, Copy)]
struct Asking {
    key: SpanKey,
    tokens: bool,
    agent: bool,
}

/// Finds what every touched span owes, and the untouched ones that owe something else now.
pub(super) async fn resolve(
    conn: &mut PgConnection,
    works: &mut [SpanWork<'_>],
    stored: impl Fn(&TraceId) -> bool,
) -> Result<Vec<Turned>, StoreError> {
    let (owed, turned) = find(conn, works, stored).await?;
    for (work, Owed { counts, inherited }) in works.iter_mut().zip(owed) {
        work.counts = counts;
        work.facts.inherited = inherited;
    }
    Ok(turned)
}

async fn find(
    conn: &mut PgConnection,
    works: &[SpanWork<'_>],
    stored: impl Fn(&TraceId) -> bool,
) -> Result<(Vec<Owed>, Vec<Turned>), StoreError> {
    let mut tree: Tree<'_> = works
        .iter()
        .map(|work| ((work.key.1, work.key.2), Kin::touched(work)))
        .collect();
    let moved = works
        .iter()
        .filter(|work| stored(&work.key.1) && moves(work));
    let moved: Vec<_> = moved.map(|work| work.key).collect();
    let below = gather_below(conn, &moved, &mut tree).await?;
    let asking = works
        .iter()
        .map(Asking::of)
        .filter(|asking| stored(&asking.key.1));
    let asking: Vec<_> = asking.chain(below.iter().map(|(span, _)| *span)).collect();
    gather_above(conn, &asking, &mut tree).await?;
    let mut acting = Acting::default();
    let mut owed = |asking: Asking| owed(&tree, &mut acting, asking);
    let touched = works.iter().map(|work| owed(Asking::of(work))).collect();
    let turned = below
        .into_iter()
        .map(|(asking, before)| (asking.key, owed(asking), before))
        .filter(|(_, owed, before)| owed != before)
        .map(|(key, owed, _)| Turned { key, owed });
    let turned = turned.collect();
    Ok((touched, turned))
}

impl Asking {
    fn of(work: &SpanWork<'_>) -> Self {
        Self {
            key: work.key,
            tokens: work.facts.countable(),
            agent: work.facts.agent.is_none(),
        }
    }
}

impl<'w> Kin<'w> {
    fn touched(work: &'w SpanWork<'_>) -> Self {
        Self {
            node: Node {
                parent: work.facts.parent,
                carries: work.facts.carries_tokens(),
            },
            agent: work.facts.agent.as_deref().map(Cow::Borrowed),
            settled: false,
        }
    }

    /// Whom to ask for its agent, when it does not know itself.
    fn asks(&self, trace_id: TraceId) -> Option<Place> {
        let unknown = self.agent.is_none() && !self.settled;
        let parent = self.node.parent.filter(|_| unknown)?;
        Some((trace_id, parent))
    }
}

/// The rules, applied to one span.
fn owed<'t>(tree: &'t Tree<'_>, acting: &mut Acting<Place, &'t str>, asking: Asking) -> Owed {
    let (_, trace_id, span_id) = asking.key;
    let said = |at: Place| {
        let kin = tree.get(&at);
        let asks = kin.and_then(|kin| kin.asks(trace_id));
        let known = || Said::This(kin.and_then(|kin| kin.agent.as_deref()));
        asks.map_or_else(known, Said::AsAbove)
    };
    let inherited = asking.agent.then(|| acting.of((trace_id, span_id), said));
    Owed {
        counts: asking.tokens && counts(tree, asking.key),
        inherited: inherited.flatten().map(str::to_owned),
    }
}

/// The rule for tokens: its trace's part of the tree is all it looks at.
fn counts(tree: &Tree<'_>, (_, trace_id, span_id): SpanKey) -> bool {
    let mut chain = HashMap::new();
    let mut next = Some(span_id);
    for _ in 0..=tokens::MAX_DEPTH {
        let Some(id) = next else { break };
        let Some(kin) = tree.get(&(trace_id, id)) else {
            break;
        };
        if chain.insert(id, kin.node).is_some() {
            break;
        }
        next = kin.node.parent;
    }
    tokens::counts(&chain, span_id)
}

/// Whether spans below this one may owe something else now.
fn moves(work: &SpanWork<'_>) -> bool {
    let Some(before) = &work.before else {
        return true;
    };
    work.change == Change::Body
        && (before.facts.parent != work.facts.parent
            || before.facts.agent != work.facts.agent
            || before.facts.carries_tokens() != work.facts.carries_tokens())
}

/// Reads the stored spans below those that moved; returns the ones that ask, with what they owed.
async fn gather_below(
    conn: &mut PgConnection,
    moved: &[SpanKey],
    tree: &mut Tree<'_>,
) -> Result<Vec<(Asking, Owed)>, StoreError> {
    let mut below = Vec::new();
    for (day, keys) in by_day(moved) {
        for row in kin::below(conn, day, &keys).await? {
            let (trace_id, span_id) = row.key()?;
            if tree.contains_key(&(trace_id, span_id)) {
                continue;
            }
            let node = row.node()?;
            let KinRow {
                agent,
                inherited,
                counts,
                countable: tokens,
                ..
            } = row;
            let asking = Asking {
                key: (day, trace_id, span_id),
                tokens,
                agent: agent.is_none(),
            };
            if asking.tokens || asking.agent {
                below.push((asking, Owed { counts, inherited }));
            }
            let kin = Kin {
                node,
                agent: agent.map(Cow::Owned),
                settled: false,
            };
            tree.insert((trace_id, span_id), kin);
        }
    }
    Ok(below)
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
            let all_the_way: Vec<_> = keys.iter().map(|key| missing[key]).collect();
            for row in kin::above(conn, day, &keys, &all_the_way).await? {
                let (place, node) = (row.key()?, row.node()?);
                tree.entry(place).or_insert_with(|| Kin {
                    node,
                    agent: row.agent.or(row.inherited).map(Cow::Owned),
                    settled: true,
                });
            }
        }
        unknown.extend(keys);
    }
}

/// The first span above each that asks which the tree lacks, and whether all above it is needed.
fn missing(tree: &Tree<'_>, asking: &[Asking]) -> BTreeMap<SpanKey, bool> {
    let mut missing = BTreeMap::new();
    let mut walked: Acting<Place, ()> = Acting::default();
    for asking in asking {
        let (day, trace_id, span_id) = asking.key;
        if asking.tokens
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

/// The first ancestor of a span that is not in the tree.
fn first_missing(tree: &Tree<'_>, (day, trace_id, span_id): SpanKey) -> Option<SpanKey> {
    let mut at = span_id;
    for _ in 0..tokens::MAX_DEPTH {
        match tree.get(&(trace_id, at)) {
            None => return Some((day, trace_id, at)),
            Some(kin) => at = kin.node.parent?,
        }
    }
    None
}

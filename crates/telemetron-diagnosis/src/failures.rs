//! The failure that explains how a trace ended, and the way it took.

use telemetron_model::record::Status;
use telemetron_view::{ChainLink, ErrorFate};

use super::descent::{self, Descent, is_cancelled};
use super::echo::is_echo;
use super::tree::{Place, Tree};
use super::words;

/// Links that are told.
const MOST_LINKS: usize = 64;

/// The failure that explains how the trace ended.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Where it began.
    pub(crate) began: Place,
    /// The highest span that it made fail.
    pub(crate) top: Place,
    /// What became of it there.
    pub(crate) ending: Ending,
    /// Nothing but the words of a wrapper in between is guessed.
    pub(crate) is_certain: bool,
    /// The attempts of the series that began with it, itself included.
    pub(crate) attempts: Vec<Place>,
}

/// What became of a failure above the highest span that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing stands above.
    Surfaced,
    /// The spans above say that they went well, and yet the trace failed.
    Escaped,
    /// The span above went on.
    Swallowed,
    /// It was tried again, and that went well.
    MadeGood,
}

impl Failure {
    /// Finds it; none when no span failed.
    pub(crate) fn of(tree: &Tree<'_>) -> Option<Self> {
        let tops = tops(tree);
        let top = tops.iter().copied().max_by_key(|top| rank(tree, *top))?;
        let top = beside(tree, &tops, top).unwrap_or(top);
        let Descent {
            began,
            attempts,
            is_certain,
        } = descent::from(tree, top);
        let ending = ending(tree, began, top);
        Some(Self {
            began,
            top,
            ending,
            is_certain,
            attempts,
        })
    }

    /// Whether it explains why the trace failed, rather than being an accident on the way.
    pub(crate) fn is_fatal(&self) -> bool {
        matches!(self.ending, Ending::Surfaced | Ending::Escaped)
    }

    /// Whether another try went well.
    pub(crate) fn is_made_good(&self) -> bool {
        self.ending == Ending::MadeGood
    }

    /// The way from where it began to where it ended.
    pub(crate) fn chain(&self, tree: &Tree<'_>) -> Vec<ChainLink> {
        let mut links = vec![link(tree, self.began, ErrorFate::Began)];
        let mut at = self.began;
        let mut has_left = at == self.top;
        while let Some(above) = tree.parent(at).filter(|_| links.len() < MOST_LINKS) {
            let came_out = if tree.parent(above).is_none() {
                ErrorFate::Surfaced
            } else {
                ErrorFate::PassedOn
            };
            let fate = match self.ending {
                Ending::Swallowed if has_left => ErrorFate::Swallowed,
                Ending::MadeGood if has_left => ErrorFate::Retried,
                _ => came_out,
            };
            links.push(link(tree, above, fate));
            if matches!(fate, ErrorFate::Swallowed | ErrorFate::Retried) {
                break;
            }
            has_left |= above == self.top;
            at = above;
        }
        links
    }

    /// The spans that it made fail, from where it began to the highest.
    pub(crate) fn way(&self, tree: &Tree<'_>) -> Vec<Place> {
        let mut way = vec![self.began];
        let mut at = self.began;
        while let Some(above) = tree.parent(at).filter(|_| at != self.top) {
            way.push(above);
            at = above;
        }
        way
    }
}

/// Failed spans above which nothing failed, in order of time.
fn tops(tree: &Tree<'_>) -> Vec<Place> {
    let is_top = |place: &Place| {
        let above = tree.parent(*place);
        tree.has_failed(*place) && !above.is_some_and(|above| tree.has_failed(above))
    };
    tree.places().filter(is_top).collect()
}

/// A later span of the same sort below the same parent that went well.
pub(crate) fn redone(tree: &Tree<'_>, place: Place) -> Option<Place> {
    use telemetron_model::record::Status::Completed;
    let end = tree.end(place);
    // Long lists of siblings are looked through once for each failure: only near ones count.
    const NEAR: usize = 200;
    let siblings = tree.siblings(place);
    let from = siblings.partition_point(|other| *other <= place);
    let later = siblings.iter().skip(from).take(NEAR).copied();
    later
        .filter(|other| tree.span(*other).status == Completed && tree.span(*other).start >= end)
        .find(|other| tree.is_alike(place, *other))
}

fn rank(tree: &Tree<'_>, top: Place) -> (bool, bool, bool, bool, i64, Place) {
    let surfaced = tree.parent(top).is_none();
    let lasting = redone(tree, top).is_none();
    let genuine = !is_cancelled(tree, top);
    let is_the_traces = is_echo(tree.trace.error.as_ref(), tree.span(top).error.as_ref());
    let end = tree.end(top).nanos();
    (surfaced, lasting, genuine, is_the_traces, end, top)
}

/// The call that failed while this span was open and says the same, where none below it did: some
/// instrumentations put an agent's span beside its work.
fn beside(tree: &Tree<'_>, tops: &[Place], top: Place) -> Option<Place> {
    if tree.parent(top).is_none() || tree.below().fails_in_call(top) {
        return None;
    }
    let error = |place: Place| tree.span(place).error.as_ref();
    let others = tops.iter().rev().copied().filter(|other| {
        tree.below().fails_in_call(*other)
            && tree.span(*other).start >= tree.span(top).start
            && tree.end(*other) <= tree.end(top)
    });
    let mut same = others.filter(|other| is_echo(error(top), error(*other)));
    same.next()
}

fn ending(tree: &Tree<'_>, began: Place, top: Place) -> Ending {
    let error = |place: Place| tree.span(place).error.as_ref();
    let own = tree.trace.error.as_ref();
    // A trace that gives another reason did not fail of this.
    let is_the_reason = own.is_none() || is_echo(own, error(top)) || is_echo(own, error(began));
    if redone(tree, top).is_some() {
        Ending::MadeGood
    } else if tree.parent(top).is_none() {
        Ending::Surfaced
    } else if tree.trace.status == Status::Failed && is_the_reason {
        Ending::Escaped
    } else {
        Ending::Swallowed
    }
}

fn link(tree: &Tree<'_>, place: Place, fate: ErrorFate) -> ChainLink {
    let span = tree.span(place);
    ChainLink {
        span_id: span.span_id,
        name: words::short(&span.name, 80),
        agent: span.agent.clone(),
        fate,
        error: span.error.as_ref().map(words::error),
    }
}

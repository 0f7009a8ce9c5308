//! Where the failure began, and the way it took.
//!
//! From the failure that came out highest and that nobody made good, downwards: among the failed
//! spans below, the one whose words the span above repeats, else the last one that was not merely
//! cancelled; of a series of attempts, the first.

use telemetron_model::record::ErrorInfo;
use telemetron_model::view::{ChainLink, ErrorFate};

use super::tree::{Place, Tree};
use super::words;

/// Levels that are walked down and up, and links that are told.
const DEEPEST: usize = 64;

/// The failure that explains how the trace ended.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Where it began.
    pub(crate) began: Place,
    /// The highest span that it made fail.
    pub(crate) top: Place,
    /// It was never made good, and nothing above it completed.
    pub(crate) has_surfaced: bool,
    /// It was tried again, and that went well.
    pub(crate) is_made_good: bool,
    /// The attempts of the series that began with it, itself included.
    pub(crate) attempts: Vec<Place>,
}

impl Failure {
    /// Finds it; none when no span failed.
    pub(crate) fn of(tree: &Tree<'_>) -> Option<Self> {
        let top = tops(tree).into_iter().max_by_key(|top| rank(tree, *top))?;
        let (began, attempts) = descend(tree, top);
        Some(Self {
            began,
            top,
            has_surfaced: tree.parent(top).is_none(),
            is_made_good: redone(tree, top).is_some(),
            attempts,
        })
    }

    /// Whether it explains why the trace failed, rather than being an accident on the way.
    pub(crate) fn is_fatal(&self) -> bool {
        self.has_surfaced && !self.is_made_good
    }

    /// The way from where it began to where it ended.
    pub(crate) fn chain(&self, tree: &Tree<'_>) -> Vec<ChainLink> {
        let mut links = Vec::new();
        let mut at = Some((self.began, ErrorFate::Began));
        while let Some((place, fate)) = at.filter(|_| links.len() < DEEPEST) {
            links.push(link(tree, place, fate));
            at = above(tree, place, fate);
        }
        links
    }
}

/// Failed spans above which nothing failed, in order of time.
pub(crate) fn tops(tree: &Tree<'_>) -> Vec<Place> {
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

fn rank(tree: &Tree<'_>, top: Place) -> (bool, bool, bool, i64, Place) {
    let surfaced = tree.parent(top).is_none();
    let lasting = redone(tree, top).is_none();
    let genuine = !is_cancelled(tree, top);
    (surfaced, lasting, genuine, tree.end(top).nanos(), top)
}

/// From a failed span down to where its failure began, with the series of attempts there.
fn descend(tree: &Tree<'_>, top: Place) -> (Place, Vec<Place>) {
    let mut at = top;
    let mut attempts = vec![top];
    for _ in 0..DEEPEST {
        let Some(below) = culprit(tree, at) else {
            break;
        };
        attempts = series(tree, below);
        at = attempts.first().copied().unwrap_or(below);
    }
    (at, attempts)
}

/// The failed span right below that made this one fail.
fn culprit(tree: &Tree<'_>, place: Place) -> Option<Place> {
    let failed = tree.children(place).iter().copied();
    let failed = failed.filter(|below| tree.has_failed(*below));
    failed.max_by_key(|below| {
        (
            redone(tree, *below).is_none(),
            !is_cancelled(tree, *below),
            is_echo(
                tree.span(place).error.as_ref(),
                tree.span(*below).error.as_ref(),
            ),
            tree.end(*below),
            *below,
        )
    })
}

/// The failed attempts at the same work that end with this one, earliest first.
fn series(tree: &Tree<'_>, last: Place) -> Vec<Place> {
    let mut attempts = vec![last];
    for other in tree.siblings(last).iter().rev().copied() {
        let first = attempts.last().copied().unwrap_or(last);
        if other >= last || !tree.is_alike(last, other) {
            continue;
        }
        if !tree.has_failed(other) || tree.end(other) > tree.span(first).start {
            break;
        }
        attempts.push(other);
    }
    attempts.reverse();
    attempts
}

fn is_cancelled(tree: &Tree<'_>, place: Place) -> bool {
    let error = tree.span(place).error.as_ref();
    error.is_some_and(|error| {
        let text = format!("{} {}", error.error_type, error.message).to_lowercase();
        ["cancel", "aborted"].iter().any(|word| text.contains(word))
    })
}

/// Whether a span repeats the words of the failure below it.
fn is_echo(above: Option<&ErrorInfo>, below: Option<&ErrorInfo>) -> bool {
    let (Some(above), Some(below)) = (above, below) else {
        return false;
    };
    let message = below.message.trim();
    !message.is_empty() && above.message.contains(message)
}

/// Where the error goes from a span, and what becomes of it there.
fn above(tree: &Tree<'_>, place: Place, fate: ErrorFate) -> Option<(Place, ErrorFate)> {
    if matches!(fate, ErrorFate::Retried | ErrorFate::Swallowed) {
        return None;
    }
    let above = tree.parent(place)?;
    let fate = if !tree.has_failed(above) {
        let is_redone = redone(tree, place).is_some();
        if is_redone {
            ErrorFate::Retried
        } else {
            ErrorFate::Swallowed
        }
    } else if tree.parent(above).is_none() {
        ErrorFate::Surfaced
    } else {
        ErrorFate::PassedOn
    };
    Some((above, fate))
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

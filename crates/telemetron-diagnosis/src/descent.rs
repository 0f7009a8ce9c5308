//! From a failed span down to where its failure began.
//!
//! The nearest failed spans below are looked at, also through spans that say that they went well:
//! many wrappers never hear of what failed inside of them. One that says the same is the origin.
//! One that says something else counts only where nothing went well after it: else the work went
//! on, and the span above failed of something else. What a call is made of is no call: steps that
//! fail inside a tool leave the tool the origin.

use super::below::is_call;
use super::echo::is_echo;
use super::failures::redone;
use super::tree::{Place, Tree};

/// Levels that are walked down.
const DEEPEST: usize = 64;

/// Words of errors that mean a limit of steps, which is nobody else's fault.
pub(super) const LIMITS: [&str; 9] = [
    "max iterations",
    "maximum iterations",
    "max_iterations",
    "max_turns",
    "max turns",
    "max steps",
    "maxturnsexceeded",
    "recursion limit",
    "maximum number of steps",
];

/// Where a failure began.
#[derive(Debug)]
pub(super) struct Descent {
    /// The span.
    pub(super) began: Place,
    /// The attempts of the series that began with it, itself included.
    pub(super) attempts: Vec<Place>,
    /// Every span on the way names it, or stands right above what failed.
    pub(super) is_certain: bool,
}

/// Walks down from a failed span.
pub(super) fn from(tree: &Tree<'_>, top: Place) -> Descent {
    let mut descent = Descent {
        began: top,
        attempts: vec![top],
        is_certain: true,
    };
    for _ in 0..DEEPEST {
        let at = descent.began;
        let Some(below) = culprit(tree, at, false) else {
            break;
        };
        descent.is_certain &= tree.parent(below) == Some(at) || says_the_same(tree, at, below);
        descent.attempts = series(tree, below);
        descent.began = descent.attempts.first().copied().unwrap_or(below);
    }
    descent
}

/// The deepest step inside of a failed call that says why it failed, in words of its own.
pub(super) fn inside(tree: &Tree<'_>, call: Place) -> Option<Place> {
    let mut at = call;
    for _ in 0..DEEPEST {
        let Some(below) = culprit(tree, at, true) else {
            break;
        };
        at = below;
    }
    let has_words = |place: Place| tree.span(place).error.is_some();
    (at != call && has_words(at) && !says_the_same(tree, call, at)).then_some(at)
}

/// The failed span below that made this one fail.
fn culprit(tree: &Tree<'_>, above: Place, also_steps: bool) -> Option<Place> {
    let is_call = is_call(tree.span(above));
    let counts = |below: &Place| {
        let is_work = also_steps || !is_call || tree.below().fails_at_work(*below);
        is_work && explains(tree, above, *below)
    };
    nearest(tree, above, counts)
        .into_iter()
        .max_by_key(|below| {
            (
                !is_cancelled(tree, *below),
                says_the_same(tree, above, *below),
                tree.parent(*below) == Some(above),
                redone(tree, *below).is_none(),
                tree.below().fails_in_call(*below),
                tree.end(*below),
                *below,
            )
        })
}

/// The failed spans below that count, with no such span in between.
fn nearest(tree: &Tree<'_>, above: Place, counts: impl Fn(&Place) -> bool) -> Vec<Place> {
    let mut found = Vec::new();
    let mut left = tree.children(above).to_vec();
    while let Some(place) = left.pop() {
        if tree.has_failed(place) && counts(&place) {
            found.push(place);
        } else {
            left.extend(tree.children(place).iter().copied());
        }
    }
    found
}

fn explains(tree: &Tree<'_>, above: Place, below: Place) -> bool {
    says_the_same(tree, above, below)
        || !speaks_of_limit(tree, above) && !went_on(tree, above, below)
}

fn says_the_same(tree: &Tree<'_>, one: Place, other: Place) -> bool {
    let error = |place: Place| tree.span(place).error.as_ref();
    is_echo(error(one), error(other))
}

/// Whether a span failed because its steps were used up.
pub(super) fn speaks_of_limit(tree: &Tree<'_>, place: Place) -> bool {
    let error = tree.span(place).error.as_ref();
    error.is_some_and(|error| {
        let text = format!("{} {}", error.error_type, error.message).to_lowercase();
        LIMITS.iter().any(|limit| text.contains(limit))
    })
}

/// Whether work went well after a failure, between it and the failed span above.
fn went_on(tree: &Tree<'_>, above: Place, below: Place) -> bool {
    let end = tree.end(below);
    let mut at = below;
    while let Some(parent) = tree.parent(at).filter(|_| at != above) {
        let later = tree.below().last_good(parent);
        if later.is_some_and(|later| later > at && tree.span(later).start >= end) {
            return true;
        }
        at = parent;
    }
    false
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

/// Whether a span only ended because something else did.
pub(super) fn is_cancelled(tree: &Tree<'_>, place: Place) -> bool {
    let error = tree.span(place).error.as_ref();
    error.is_some_and(|error| {
        let text = format!("{} {}", error.error_type, error.message).to_lowercase();
        ["cancel", "aborted"].iter().any(|word| text.contains(word))
    })
}

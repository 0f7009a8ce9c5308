//! Work that never ended, and spans whose parent never came.

use telemetron_model::record::Status;
use telemetron_view::{Confidence, FindingKind};

use crate::noted::Noted;
use crate::tree::{Place, Tree};
use crate::words;

/// Open spans with nothing open below them, and orphans.
pub(super) fn find(tree: &Tree<'_>) -> Vec<Noted> {
    let mut noted: Vec<Noted> = open(tree).into_iter().collect();
    noted.extend(orphans(tree));
    noted
}

/// Spans that run while nothing below them does: what everything above waits for.
fn open(tree: &Tree<'_>) -> Option<Noted> {
    let is_open = |place: &Place| tree.span(*place).status == Status::Running;
    let waited_for: Vec<Place> = tree
        .places()
        .filter(is_open)
        .filter(|place| !tree.children(*place).iter().any(is_open))
        .collect();
    let first = *waited_for.first()?;
    let silent = tree.last_heard().since(tree.span(first).start);
    let since = if tree.trace.has_clock && silent > 0 {
        format!(
            " {} before the trace was last heard of",
            words::duration(silent)
        )
    } else {
        String::new()
    };
    // What may still be at work has not failed to end.
    let ended = match tree.trace.status {
        Status::Running if !tree.trace.is_stuck => "has not ended yet",
        _ => "never ended",
    };
    let others = match waited_for.len() - 1 {
        0 => String::new(),
        more => format!(" So it is with {}.", words::counted(more, "more span")),
    };
    let sentence = format!("{} began{since} and {ended}.{others}", tree.label(first));
    let next = tree.call(first);
    let ids = tree.ids(&waited_for);
    let noted = Noted::new(FindingKind::Unfinished, 0.75, sentence, ids, next);
    let (score, confidence) = match tree.trace.status {
        Status::Running if tree.trace.is_stuck => (0.9, Confidence::Likely),
        // What runs may simply be at work.
        Status::Running => (0.3, Confidence::Guess),
        Status::Failed => (0.5, Confidence::Possible),
        Status::Completed => (0.35, Confidence::Guess),
    };
    Some(noted.suspect(score, confidence, Some(first)))
}

fn orphans(tree: &Tree<'_>) -> Option<Noted> {
    let orphans = tree.orphans();
    let first = *orphans.first()?;
    // Parents that were not read are no sign of anything.
    if tree.trace.missing.spans > 0 || tree.trace.is_truncated {
        return None;
    }
    let sentence = format!(
        "{} {} a parent that never came, first {}: part of the trace is missing.",
        words::counted(orphans.len(), "span"),
        if orphans.len() == 1 { "names" } else { "name" },
        tree.label(first),
    );
    let (ids, next) = (tree.ids(orphans), tree.call(first));
    Some(Noted::new(FindingKind::Orphans, 0.3, sentence, ids, next))
}

//! Models that had to stop in the middle: no room left, or a filter.

use telemetron_model::record::{SpanKind, Status};
use telemetron_view::{Confidence, FindingKind};

use crate::failures::Failure;
use crate::noted::Noted;
use crate::tree::{Place, Tree};

/// Reasons that mean an end in the middle, in lower case.
const CUT: [&str; 6] = [
    "length",
    "max_tokens",
    "max_output_tokens",
    "model_length",
    "content_filter",
    "safety",
];

/// Whether a model call ended in the middle.
pub(super) fn is_cut(tree: &Tree<'_>, place: Place) -> bool {
    let reason = tree.span(place).finish_reason.as_deref();
    reason.is_some_and(|reason| CUT.contains(&reason.to_lowercase().as_str()))
}

/// The calls that were cut off; the one right before the failure, or the very last, matters most.
pub(super) fn find(tree: &Tree<'_>, failure: Option<&Failure>) -> Option<Noted> {
    let calls = tree.places();
    let calls: Vec<Place> = calls
        .filter(|place| tree.span(*place).kind == SpanKind::Llm)
        .collect();
    let cut: Vec<Place> = calls
        .iter()
        .copied()
        .filter(|place| is_cut(tree, *place))
        .collect();
    let last = *cut.last()?;
    let span = tree.span(last);
    let tokens = span.tokens.map_or_else(String::new, |tokens| {
        format!(" after {} output tokens", tokens.output)
    });
    let sentence = format!(
        "{} of {} model calls ended in the middle, last {} (`{}`{tokens}).",
        cut.len(),
        calls.len(),
        tree.label(last),
        span.finish_reason.as_deref().unwrap_or_default(),
    );
    let noted = Noted::new(
        FindingKind::CutOff,
        0.6,
        sentence,
        tree.ids(&cut),
        tree.call(last),
    );
    let is_fateful = failure.is_some_and(|failure| {
        let began = failure.began;
        last <= began && tree.agent(last) == tree.agent(began)
    });
    let has_failed = tree.trace.status == Status::Failed;
    Some(if is_fateful && has_failed {
        noted.suspect(0.6, Confidence::Possible, Some(last))
    } else if calls.last() == Some(&last) {
        noted.suspect(0.4, Confidence::Possible, Some(last))
    } else {
        noted
    })
}

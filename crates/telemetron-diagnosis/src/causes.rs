//! Likely causes in order, and the answer in one sentence.

use telemetron_model::SpanId;
use telemetron_model::record::Status;
use telemetron_view::{Cause, Confidence, FindingKind};

use super::failures::Failure;
use super::noted::{Noted, Suspect};
use super::tree::Tree;
use super::words;

/// Most causes.
const MOST: usize = 8;

/// The causes that the findings suggest, the likeliest first; one a span.
pub(super) fn ranked(tree: &Tree<'_>, failure: Option<&Failure>, noted: &[Noted]) -> Vec<Cause> {
    let mut suspects: Vec<(&Noted, &Suspect)> = noted
        .iter()
        .filter_map(|noted| Some((noted, noted.suspect.as_ref()?)))
        .collect();
    // What the system was like never comes before what the trace says of its own failure.
    let has_own = failure.is_some();
    let is_around = |noted: &Noted| has_own && noted.finding.kind == FindingKind::System;
    suspects.sort_by(|(one, a), (other, b)| {
        let own_first = is_around(one).cmp(&is_around(other));
        let by_score = b.score.total_cmp(&a.score);
        own_first.then(by_score).then(a.place.cmp(&b.place))
    });
    let mut causes: Vec<Cause> = Vec::new();
    for (noted, suspect) in suspects {
        let cause = cause(tree, noted, suspect, causes.len() + 1);
        let is_known = causes
            .iter()
            .any(|known| known.span_id.is_some() && known.span_id == cause.span_id);
        if !is_known && causes.len() < MOST {
            causes.push(cause);
        }
    }
    causes
}

fn cause(tree: &Tree<'_>, noted: &Noted, suspect: &Suspect, rank: usize) -> Cause {
    let finding = &noted.finding;
    let agent = suspect.place.and_then(|place| tree.agent(place));
    Cause {
        rank,
        kind: finding.kind,
        confidence: suspect.confidence,
        sentence: finding.sentence.clone(),
        agent: agent.map(str::to_owned),
        span_id: suspect.place.map(|place| tree.id(place)),
        step: suspect.place.and_then(|place| tree.step_of(place)),
        evidence: finding.evidence.clone(),
        next: finding.next.clone(),
        asks: finding.asks.clone(),
    }
}

/// The answer in one sentence, and in a second one what was likely behind it.
pub(super) fn verdict(tree: &Tree<'_>, failure: Option<&Failure>, causes: &[Cause]) -> String {
    let answer = answer(tree, failure, causes);
    let behind = causes.iter().skip(1).find(|cause| is_behind(cause));
    match behind.filter(|_| tree.trace.status != Status::Completed) {
        Some(cause) => format!("{answer} Likely behind it: {}", cause.sentence),
        None => answer,
    }
}

/// Whether a cause lies outside the trace, and is more than a coincidence.
fn is_behind(cause: &Cause) -> bool {
    cause.kind == FindingKind::System && cause.confidence == Confidence::Likely
}

fn answer(tree: &Tree<'_>, failure: Option<&Failure>, causes: &[Cause]) -> String {
    let ended = match tree.trace.status {
        Status::Failed => "The trace failed",
        Status::Completed => "The trace completed",
        Status::Running if tree.trace.is_stuck => "The trace is stuck",
        Status::Running => "The trace runs",
    };
    let Some(cause) = causes.first() else {
        return format!("{ended}; {}.", nothing(tree));
    };
    let sentence = &cause.sentence;
    let is_failure = cause.kind == FindingKind::ErrorOrigin;
    match tree.trace.status {
        _ if cause.kind == FindingKind::WhoAndWhen => {
            let failed = match failure {
                Some(_) => "what failed on the way was made good",
                None => "no span says that anything failed",
            };
            format!("{ended} and {failed}. If the result is wrong: {sentence}")
        }
        // Who says so is no span: the sentence stands for itself.
        _ if is_failure && cause.span_id.is_none_or(|id| !has_failed(tree, id)) => {
            format!("{ended}. {sentence}")
        }
        Status::Completed if is_failure => {
            format!("{ended} although something failed on the way: {sentence}")
        }
        Status::Completed => format!("{ended}. Worth a look: {sentence}"),
        Status::Running if is_failure => format!("{ended}. So far this failed: {sentence}"),
        Status::Running if !tree.trace.is_stuck => format!("{ended}: {sentence}"),
        Status::Failed | Status::Running => {
            let sure = match cause.confidence {
                Confidence::Certain => "",
                Confidence::Likely => "likely ",
                Confidence::Possible => "possibly ",
                Confidence::Guess => "at a guess ",
            };
            format!("{ended}, {sure}because: {sentence}")
        }
    }
}

fn has_failed(tree: &Tree<'_>, span_id: SpanId) -> bool {
    let place = tree.find_first(span_id);
    place.is_some_and(|place| tree.has_failed(place))
}

/// What is said where there is no cause.
fn nothing(tree: &Tree<'_>) -> String {
    let spans = words::counted(tree.len(), "span");
    match tree.trace.status {
        Status::Failed => format!("nothing in its {spans} points to a cause"),
        Status::Completed => format!("nothing failed in its {spans}"),
        Status::Running => format!("nothing failed in its {spans} so far"),
    }
}

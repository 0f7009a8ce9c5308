//! Likely causes in order, and the answer in one sentence.

use telemetron_model::record::Status;
use telemetron_model::view::{Cause, Confidence, FindingKind};

use super::failures::Failure;
use super::noted::{Noted, Suspect};
use super::tree::Tree;
use super::words;

/// Most causes.
const MOST: usize = 8;

/// The causes that the findings suggest, the likeliest first; one a span.
pub(super) fn ranked(tree: &Tree<'_>, noted: &[Noted]) -> Vec<Cause> {
    let mut suspects: Vec<(&Noted, &Suspect)> = noted
        .iter()
        .filter_map(|noted| Some((noted, noted.suspect.as_ref()?)))
        .collect();
    suspects.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score).then(a.place.cmp(&b.place)));
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
    }
}

/// The answer in one sentence, and in a second one what was likely behind it.
pub(super) fn verdict(tree: &Tree<'_>, failure: Option<&Failure>, causes: &[Cause]) -> String {
    let answer = answer(tree, failure, causes);
    match causes.iter().skip(1).find(|cause| is_behind(cause)) {
        Some(cause) => format!("{answer} Likely behind it: {}", cause.sentence),
        None => answer,
    }
}

/// Whether a cause lies outside the trace, and is more than a coincidence.
fn is_behind(cause: &Cause) -> bool {
    cause.kind == FindingKind::System && cause.confidence == Confidence::Likely
}

fn answer(tree: &Tree<'_>, failure: Option<&Failure>, causes: &[Cause]) -> String {
    let first = causes.first();
    let ended = match tree.trace.status {
        Status::Failed => "The trace failed",
        Status::Completed => "The trace completed",
        Status::Running if tree.trace.is_stuck => "The trace is stuck",
        Status::Running => "The trace runs",
    };
    match first {
        Some(cause) if cause.kind == FindingKind::WhoAndWhen => {
            let failed = match failure {
                Some(_) => "what failed on the way was made good",
                None => "no span says that anything failed",
            };
            format!(
                "{ended} and {failed}. If the result is wrong: {}",
                cause.sentence
            )
        }
        Some(cause) if failure.is_some_and(|failure| !failure.is_fatal()) => {
            format!(
                "{ended} although something failed on the way: {}",
                cause.sentence
            )
        }
        Some(cause) => {
            let sure = match cause.confidence {
                Confidence::Certain => "",
                Confidence::Likely => "likely ",
                Confidence::Possible => "possibly ",
                Confidence::Guess => "at a guess ",
            };
            format!("{ended}, {sure}because: {}", cause.sentence)
        }
        None => format!(
            "{ended}; nothing in its {} points to a cause.",
            words::counted(tree.len(), "span")
        ),
    }
}

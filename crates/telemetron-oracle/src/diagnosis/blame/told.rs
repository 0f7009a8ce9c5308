//! The hypothesis in sentences: the likeliest step, and the next best ones.

use telemetron_model::view::{Confidence, FindingKind};

use super::{BlamedStep, Hypothesis};
use crate::diagnosis::noted::Noted;
use crate::diagnosis::tree::Tree;
use crate::diagnosis::words;

/// Another step is named when it has so much of the first one's share.
const NAMED: f64 = 0.1;

/// How likely as causes and how important as findings they are, in order.
const RANKS: [(f64, f64); super::MOST_STEPS] = [(0.4, 0.5), (0.39, 0.15), (0.38, 0.1)];

/// The hypothesis as findings, one a step.
pub(in crate::diagnosis) fn noted(tree: &Tree<'_>, found: &Hypothesis) -> Vec<Noted> {
    let Some(first) = found.steps.first() else {
        return Vec::new();
    };
    let worthy = found
        .steps
        .iter()
        .filter(|step| step.share >= NAMED * first.share);
    let ranked = worthy.zip(RANKS).enumerate();
    let noted = ranked.map(|(rank, (step, (score, weight)))| {
        let (sentence, confidence) = if rank == 0 {
            (likeliest(tree, found, step), confidence(found, step))
        } else {
            (other(tree, step), Confidence::Guess)
        };
        let place = tree.steps().get(step.step).copied();
        let next = place.map_or_else(String::new, |place| tree.call(place));
        let ids = tree.ids(place.as_slice());
        Noted::new(FindingKind::WhoAndWhen, weight, sentence, ids, next)
            .suspect(score, confidence, place)
    });
    noted.collect()
}

fn likeliest(tree: &Tree<'_>, found: &Hypothesis, step: &BlamedStep) -> String {
    format!(
        "{} may have gone wrong at {}; a hypothesis from structure and words, with {} of the blame \
         on this agent and {} on this step.",
        who(step),
        told(tree, step),
        words::percent(found.agent_share),
        words::percent(step.share),
    )
}

fn other(tree: &Tree<'_>, step: &BlamedStep) -> String {
    format!(
        "Else {} at {}; {} of the blame is on this step.",
        who(step),
        told(tree, step),
        words::percent(step.share),
    )
}

fn who(step: &BlamedStep) -> String {
    step.agent.as_deref().map_or_else(
        || "nobody named".to_owned(),
        |agent| words::short(agent, 40),
    )
}

/// `step 3 of 12 (it calls the work done)`.
fn told(tree: &Tree<'_>, step: &BlamedStep) -> String {
    let why = if step.reasons.is_empty() {
        String::new()
    } else {
        format!(" ({})", step.reasons.join("; "))
    };
    format!("step {} of {}{why}", step.step + 1, tree.steps().len())
}

fn confidence(found: &Hypothesis, step: &BlamedStep) -> Confidence {
    if found.agent_share >= 0.6 && step.share >= 0.3 {
        Confidence::Possible
    } else {
        Confidence::Guess
    }
}

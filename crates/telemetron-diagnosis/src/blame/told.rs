//! The hypothesis in sentences: the likeliest step, and the next best ones.

use telemetron_model::record::Status;
use telemetron_view::{Confidence, FindingKind};

use super::{BlamedStep, Hypothesis, ratio};
use crate::noted::Noted;
use crate::tree::{Place, Tree};
use crate::words;

/// A step stands out when it has so much of the blame, and so many times an even share of it.
const STANDS_OUT: f64 = 0.1;
const STANDS_OUT_TIMES: f64 = 2.0;

/// Another step is named when it has so much of the first one's share, and more than an even one.
const NAMED: f64 = 0.2;

/// How likely as causes and how important as findings they are, in order.
const RANKS: [(f64, f64); super::MOST_STEPS] = [(0.4, 0.5), (0.39, 0.15), (0.38, 0.1)];

/// The hypothesis as findings, one a step; not that of a span whose failure is told anyway. They are
/// causes only where nothing else tells how the run went.
pub(crate) fn noted(tree: &Tree<'_>, found: &Hypothesis, told: Option<Place>) -> Vec<Noted> {
    let Some(first) = found.steps.first() else {
        return Vec::new();
    };
    let least = (NAMED * first.share).max(even_share(tree));
    let is_told = |step: &BlamedStep| tree.steps().get(step.step).copied() == told;
    let begin = if is_told(first) {
        "A guess is"
    } else {
        "Another guess is"
    };
    let ranked = found.steps.iter().zip(RANKS).enumerate();
    let ranked = ranked.filter(|(rank, (step, _))| *rank == 0 || step.share > least);
    let ranked = ranked.filter(|(_, (step, _))| !is_told(step));
    let noted = ranked.filter_map(|(rank, (step, (score, weight)))| {
        let place = tree.steps().get(step.step).copied()?;
        let (sentence, confidence) = match rank {
            0 => (likeliest(tree, found, step), confidence(tree, found, step)),
            _ => (other(tree, step, begin), Confidence::Guess),
        };
        let (ids, next) = (tree.ids(&[place]), tree.call(place));
        let noted = Noted::new(FindingKind::WhoAndWhen, weight, sentence, ids, next);
        Some(if is_wanting(tree) {
            noted.suspect(score, confidence, Some(place))
        } else {
            noted
        })
    });
    noted.collect()
}

/// Whether a guess may stand among the causes: telemetry that completed says itself that it went
/// well, while a log of messages has no way to say that a step failed.
fn is_wanting(tree: &Tree<'_>) -> bool {
    !tree.trace.has_clock || tree.trace.status == Status::Failed
}

fn likeliest(tree: &Tree<'_>, found: &Hypothesis, step: &BlamedStep) -> String {
    let (place, why) = (place(tree, step), why(step));
    let is_outdone = found.steps.iter().any(|other| other.share > step.share);
    let who = match agent(step) {
        // The likeliest agent, though the likeliest step is of another one.
        Some(agent) if is_outdone => {
            format!("{agent} has the largest part of the blame, first of its steps {place}{why}")
        }
        _ if !stands_out(tree, step) => {
            let by = agent(step).map_or_else(String::new, |agent| format!(", by {agent}"));
            format!("no step stands out; the first to look at is {place}{by}{why}")
        }
        Some(agent) => format!("{agent} may have gone wrong at {place}{why}"),
        None => format!("{place} may have gone wrong{why}"),
    };
    let (of_agent, of_step) = (
        words::percent(found.agent_share),
        words::percent(step.share),
    );
    let blame = if found.agents > 1 && step.agent.is_some() && of_agent != of_step {
        format!("{of_agent} of the blame on this agent and {of_step} on this step")
    } else {
        format!("{of_step} of the blame on this step")
    };
    format!("{who}; a hypothesis from structure and words, with {blame}.")
}

fn other(tree: &Tree<'_>, step: &BlamedStep, begin: &str) -> String {
    let (place, why, share) = (place(tree, step), why(step), words::percent(step.share));
    let who = agent(step).map_or_else(String::new, |agent| format!("{agent} at "));
    format!("{begin} {who}{place}{why}, with {share} of the blame.")
}

fn agent(step: &BlamedStep) -> Option<String> {
    step.agent.as_deref().map(|agent| words::short(agent, 40))
}

/// `step 3 of 12`.
fn place(tree: &Tree<'_>, step: &BlamedStep) -> String {
    format!("step {} of {}", step.step + 1, tree.steps().len())
}

/// ` (it calls the work done)`; nothing where only its place in the run speaks for it.
fn why(step: &BlamedStep) -> String {
    if step.reasons.is_empty() {
        return String::new();
    }
    format!(" ({})", step.reasons.join("; "))
}

fn stands_out(tree: &Tree<'_>, step: &BlamedStep) -> bool {
    step.share >= STANDS_OUT && step.share >= STANDS_OUT_TIMES * even_share(tree)
}

fn even_share(tree: &Tree<'_>) -> f64 {
    ratio(1, tree.steps().len())
}

fn confidence(tree: &Tree<'_>, found: &Hypothesis, step: &BlamedStep) -> Confidence {
    if stands_out(tree, step) && found.agent_share >= 0.6 && step.share >= 0.3 {
        Confidence::Possible
    } else {
        Confidence::Guess
    }
}

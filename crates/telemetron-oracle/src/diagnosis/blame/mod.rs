//! Who went wrong and when, where no span says so: a hypothesis, and it is called one.
//!
//! Each step gets a score, the weighted sum of its [signals](SIGNALS): where it stands, what its
//! words look like, what later steps made of it. Scores become shares (softmax); the agent is the
//! one whose steps have the most together, the step is its best one. The weights were fitted on
//! one half of labelled failed runs; `docs/DIAGNOSIS.md` says how well that does on the other.

mod answer;
mod features;
mod lexicon;
mod signals;
mod texts;

use std::collections::BTreeMap;

use telemetron_model::view::{Confidence, FindingKind};
use telemetron_store::read::whole::WholeTrace;

pub use signals::{SIGNALS, Signal};

use super::noted::Noted;
use super::tree::{Place, Tree};
use super::words;
use features::Features;

/// Fewer steps are no story.
const LEAST_STEPS: usize = 2;

/// Most signals that a sentence names.
const MOST_REASONS: usize = 3;

/// Who may have gone wrong and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// The agent; none when no step names one.
    pub agent: Option<String>,
    /// The agent's part of all scores, from 0 to 1.
    pub agent_share: f64,
    /// The step, from 0.
    pub step: usize,
    /// The step's part of all scores, from 0 to 1.
    pub step_share: f64,
    /// The signals that speak for the step, the strongest first.
    pub reasons: Vec<&'static str>,
}

/// The signals of each step, with the agent of each: what weights are fitted on.
pub fn signals(trace: &WholeTrace) -> Vec<(Option<String>, Vec<f64>)> {
    let tree = Tree::of(trace);
    let features = features::of(&tree).into_iter();
    let agents = tree.steps().iter().map(|step| tree.agent(*step));
    let pairs = agents.zip(features);
    pairs
        .map(|(agent, features)| (agent.map(str::to_owned), features.to_vec()))
        .collect()
}

/// The hypothesis; none when there are too few steps.
pub(super) fn blame(tree: &Tree<'_>) -> Option<Hypothesis> {
    let steps = tree.steps();
    if steps.len() < LEAST_STEPS {
        return None;
    }
    let features = features::of(tree);
    let shares = shares(&features);
    let (agent, agent_share) = most_blamed(tree, &shares)?;
    let of_agent = shares.iter().enumerate().filter(|(step, _)| {
        let place = steps.get(*step);
        place.is_some_and(|place| tree.agent(*place) == agent)
    });
    let (step, share) = of_agent.max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))?;
    Some(Hypothesis {
        agent: agent.map(str::to_owned),
        agent_share,
        step,
        step_share: *share,
        reasons: reasons(features.get(step)?),
    })
}

/// The hypothesis as a finding.
pub(super) fn noted(tree: &Tree<'_>, found: &Hypothesis) -> Noted {
    let place = tree.steps().get(found.step).copied();
    let count = tree.steps().len();
    let who = found.agent.as_deref().map_or_else(
        || "nobody named".to_owned(),
        |agent| words::short(agent, 40),
    );
    let why = if found.reasons.is_empty() {
        String::new()
    } else {
        format!(" ({})", found.reasons.join("; "))
    };
    let sentence = format!(
        "{who} may have gone wrong at step {} of {count}{why}; a hypothesis from structure and \
         words, with {} of the blame on this agent and {} on this step.",
        found.step + 1,
        words::percent(found.agent_share),
        words::percent(found.step_share),
    );
    let confidence = if found.agent_share >= 0.6 && found.step_share >= 0.3 {
        Confidence::Possible
    } else {
        Confidence::Guess
    };
    let places: Vec<Place> = place.into_iter().collect();
    let next = place.map_or_else(String::new, |place| tree.call(place));
    let ids = tree.ids(&places);
    Noted::new(FindingKind::WhoAndWhen, 0.5, sentence, ids, next).suspect(0.4, confidence, place)
}

/// Scores as parts of one.
fn shares(features: &[Features]) -> Vec<f64> {
    let scores: Vec<f64> = features.iter().map(score).collect();
    let most = scores.iter().copied().fold(f64::MIN, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

fn score(features: &Features) -> f64 {
    let weighted = SIGNALS.iter().zip(features);
    weighted.map(|(signal, value)| signal.weight * value).sum()
}

fn most_blamed<'a>(tree: &Tree<'a>, shares: &[f64]) -> Option<(Option<&'a str>, f64)> {
    let mut sums: BTreeMap<Option<&str>, f64> = BTreeMap::new();
    for (place, share) in tree.steps().iter().zip(shares) {
        *sums.entry(tree.agent(*place)).or_default() += share;
    }
    // The first of equals by name: the order must not depend on anything else.
    let mut best: Option<(Option<&str>, f64)> = None;
    for (agent, sum) in sums {
        if best.is_none_or(|(_, most)| sum > most) {
            best = Some((agent, sum));
        }
    }
    best
}

/// What speaks for a step, the strongest first.
fn reasons(features: &Features) -> Vec<&'static str> {
    let mut parts: Vec<(f64, &'static str)> = SIGNALS
        .iter()
        .zip(features)
        .map(|(signal, value)| (signal.weight * value, signal.says))
        .filter(|(part, says)| *part > 0.1 && !says.is_empty())
        .collect();
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    parts
        .into_iter()
        .take(MOST_REASONS)
        .map(|(_, says)| says)
        .collect()
}

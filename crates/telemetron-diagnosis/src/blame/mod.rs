//! Who went wrong and when, where no span says so: a hypothesis, and it is called one.
//!
//! ```text
//!  Tree ─▶ cast (who takes part, what sort of run) ─▶ signs (figures of each step, a file a family)
//!       ─▶ weights of that sort of run ─▶ shares (softmax) ─▶ the agent, its step, other steps
//! ```
//!
//! The agent is the one whose steps have the largest share together, the step is its best one; the
//! next best steps of anybody are named too. The weights were fitted on one half of labelled failed
//! runs; `docs/DIAGNOSIS.md` says how well that does on the other.

mod cast;
mod lexicon;
mod signals;
mod signs;
mod texts;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use telemetron_store::read::whole::WholeTrace;

pub use cast::Shape;
pub use signals::{SIGNALS, Sign, Signal};

pub(super) use told::noted;

use super::tree::Tree;
use cast::Cast;
use signs::Row;

/// Fewer steps are no story.
const LEAST_STEPS: usize = 2;

/// Among more steps none stands out by its words, and all would have to be read.
const LONGEST: usize = 2_000;

/// Most steps that are named.
const MOST_STEPS: usize = 3;

/// Most signs that a sentence names.
const MOST_REASONS: usize = 3;

/// Who may have gone wrong and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// What sort of run it is.
    pub shape: Shape,
    /// The part of the likeliest step's agent of all scores, from 0 to 1.
    pub agent_share: f64,
    /// How many agents there are.
    pub agents: usize,
    /// The likeliest step and the next best ones.
    pub steps: Vec<BlamedStep>,
}

/// A step that may have gone wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct BlamedStep {
    /// Its agent; none when it names none.
    pub agent: Option<String>,
    /// The step, from 0.
    pub step: usize,
    /// Its part of all scores, from 0 to 1.
    pub share: f64,
    /// The signs that speak for it, the strongest first.
    pub reasons: Vec<&'static str>,
}

/// What weights are fitted on.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// What sort of run it is.
    pub shape: Shape,
    /// The agent of each step.
    pub agents: Vec<Option<String>>,
    /// The figures of each step, in the order of [`SIGNALS`].
    pub figures: Vec<[f64; SIGNALS.len()]>,
}

/// The signs of each step of a trace.
pub fn measured(trace: &WholeTrace) -> Measured {
    let tree = Tree::of(trace);
    let cast = Cast::of(&tree);
    let rows = signs::of(&tree, &cast);
    let agents = cast.agents.iter();
    Measured {
        shape: cast.shape,
        agents: agents.map(|agent| agent.map(str::to_owned)).collect(),
        figures: rows.iter().map(|row| *row.figures()).collect(),
    }
}

/// What a reader must know of the hypothesis: that there is none, or how little it may mean.
pub(super) fn limit(tree: &Tree<'_>, is_hypothesis: bool) -> Option<String> {
    let steps = tree.steps().len();
    if steps > LONGEST {
        return Some(format!(
            "who went wrong and when was not judged from words: {steps} steps, and {LONGEST} are \
             the most"
        ));
    }
    let fitted = "who and when was fitted on runs of a few teams of agents: on others its shares \
                  may mean little";
    is_hypothesis.then(|| fitted.to_owned())
}

/// The hypothesis; none when there are too few steps, or too many.
pub(super) fn blame(tree: &Tree<'_>) -> Option<Hypothesis> {
    if !(LEAST_STEPS..=LONGEST).contains(&tree.steps().len()) {
        return None;
    }
    let cast = Cast::of(tree);
    let rows = signs::of(tree, &cast);
    let shares = shares(&rows, cast.shape);
    let (agent, agent_share) = most_blamed(&cast, &shares)?;
    let usual = mean(&rows);
    let steps = likeliest(&cast, &shares, agent).into_iter();
    let steps = steps.filter_map(|step| {
        Some(BlamedStep {
            agent: cast.agent(step).map(str::to_owned),
            step,
            share: *shares.get(step)?,
            reasons: reasons(rows.get(step)?, &usual, cast.shape),
        })
    });
    Some(Hypothesis {
        shape: cast.shape,
        agent_share,
        agents: cast.agents.iter().flatten().collect::<BTreeSet<_>>().len(),
        steps: steps.collect(),
    })
}

/// Scores as parts of one.
fn shares(rows: &[Row], shape: Shape) -> Vec<f64> {
    let scores = rows.iter().map(|row| parts(row, shape).sum());
    let scores: Vec<f64> = scores.collect();
    let most = scores.iter().copied().fold(f64::MIN, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

/// What each sign adds to the score of a step.
fn parts(row: &Row, shape: Shape) -> impl Iterator<Item = f64> {
    let weights = SIGNALS
        .iter()
        .map(move |signal| signal.weights[shape as usize]);
    weights
        .zip(row.figures())
        .map(|(weight, figure)| weight * figure)
}

/// The agent whose steps have the most together, and how much that is.
fn most_blamed<'a>(cast: &Cast<'a>, shares: &[f64]) -> Option<(Option<&'a str>, f64)> {
    let mut sums: BTreeMap<Option<&str>, f64> = BTreeMap::new();
    for (agent, share) in cast.agents.iter().zip(shares) {
        *sums.entry(*agent).or_default() += share;
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

/// The best step of the agent, then the best others of anybody.
fn likeliest(cast: &Cast<'_>, shares: &[f64], agent: Option<&str>) -> Vec<usize> {
    let mut steps: Vec<usize> = (0..shares.len()).collect();
    steps.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]).then(a.cmp(b)));
    let first = steps.iter().position(|step| cast.agent(*step) == agent);
    if let Some(first) = first {
        steps[..=first].rotate_right(1);
    }
    steps.truncate(MOST_STEPS);
    steps
}

/// What steps of the run show on average.
fn mean(rows: &[Row]) -> [f64; SIGNALS.len()] {
    let mut mean = [0.0; SIGNALS.len()];
    for row in rows {
        for (sum, figure) in mean.iter_mut().zip(row.figures()) {
            *sum += figure * ratio(1, rows.len());
        }
    }
    mean
}

/// What speaks for a step rather than for any other, the strongest first.
fn reasons(row: &Row, usual: &[f64; SIGNALS.len()], shape: Shape) -> Vec<&'static str> {
    let figures = row.figures().iter().zip(usual);
    let named = SIGNALS.iter().zip(figures);
    let named = named.filter_map(|(signal, (figure, usual))| {
        let weight = signal.weights[shape as usize];
        let part = weight * (figure - usual);
        // What shows less here than elsewhere may speak for a step, but is no reason to name.
        let is_reason = weight > 0.0 && part > 0.1 && !signal.says.is_empty();
        is_reason.then_some((part, signal.says))
    });
    let mut named: Vec<(f64, &str)> = named.collect();
    named.sort_by(|a, b| b.0.total_cmp(&a.0));
    let strongest = named.into_iter().take(MOST_REASONS);
    strongest.map(|(_, says)| says).collect()
}

/// A part of a whole, as a figure.
fn ratio(part: usize, whole: usize) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "traces have far fewer than 2^52 steps"
    )]
    let ratio = part as f64 / whole.max(1) as f64;
    ratio
}

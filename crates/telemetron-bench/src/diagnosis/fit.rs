//! Fits the weights of the signs on the tuning half: softmax over the steps of each run, so that
//! the labelled step and the steps of the labelled agent get as large a share as they can.
//!
//! A weight is one that all sorts of runs share and a difference of its sort, both pulled towards
//! 0: what only a few runs of one sort speak for stays near to what all say. A set counts with the
//! root of its size, lest the largest decides alone.

use std::collections::HashMap;

use telemetron_diagnosis::{Measured, SIGNALS, Shape, measured};

use super::runs::{Half, Run};
use crate::report::figure;

const SIGNS: usize = SIGNALS.len();
const ROUNDS: u32 = 300;
const RATE: f64 = 0.6;

/// Pulls weights towards 0: there are few runs, and few of them speak for any one sign.
const PULL: f64 = 0.015;

/// Strengths of it that are held against each other.
const PULLS: [f64; 4] = [0.005, PULL, 0.05, 0.15];

/// What all sorts of runs share, then the difference of each.
type Weights = Vec<f64>;

/// A run as figures.
struct Example {
    set: &'static str,
    /// Runs of one question are fitted on together, or not at all.
    question: u64,
    /// How much the run counts.
    counts: f64,
    measured: Measured,
    labelled: usize,
    of_agent: Vec<bool>,
}

impl Example {
    fn of(run: &Run) -> Option<Self> {
        let measured = measured(&run.trace);
        let is_label = |agent: &Option<String>| match (agent, &run.agent) {
            (Some(agent), Some(label)) => agent.eq_ignore_ascii_case(label),
            _ => false,
        };
        let of_agent = measured.agents.iter().map(is_label).collect();
        (run.step < measured.figures.len()).then_some(Self {
            set: run.set,
            question: run.question,
            counts: 1.0,
            measured,
            labelled: run.step,
            of_agent,
        })
    }

    fn shares(&self, weights: &[f64]) -> Vec<f64> {
        let own = own(self.measured.shape);
        let weigh = |figures: &[f64; SIGNS]| {
            let figures = figures.iter().enumerate();
            figures
                .map(|(sign, figure)| figure * (weights[sign] + weights[own + sign]))
                .sum::<f64>()
        };
        let scores: Vec<f64> = self.measured.figures.iter().map(weigh).collect();
        let most = scores.iter().copied().fold(f64::MIN, f64::max);
        let powers: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(|power| power / sum).collect()
    }

    /// What the steps of the labelled agent have together.
    fn of_labelled_agent(&self, shares: &[f64]) -> f64 {
        let pairs = shares.iter().zip(&self.of_agent);
        let of_agent = pairs.filter(|(_, is_agents)| **is_agents);
        of_agent.map(|(share, _)| share).sum()
    }

    /// Adds the direction in which the labelled step and agent gain.
    fn pull(&self, weights: &[f64], gradient: &mut [f64]) {
        let shares = self.shares(weights);
        let agent = self.of_labelled_agent(&shares);
        let own = own(self.measured.shape);
        let steps = self.measured.figures.iter().zip(&shares).enumerate();
        for (place, (figures, share)) in steps {
            let wanted_step = f64::from(u8::from(place == self.labelled));
            let mut pull = wanted_step - share;
            if agent > 0.0 {
                let is_agents = f64::from(u8::from(self.of_agent[place]));
                pull += is_agents * share / agent - share;
            }
            for (sign, figure) in figures.iter().enumerate() {
                let pull = self.counts * pull * figure;
                gradient[sign] += pull;
                gradient[own + sign] += pull;
            }
        }
    }
}

/// Where the differences of a sort of run begin.
const fn own(shape: Shape) -> usize {
    (shape as usize + 1) * SIGNS
}

/// Prints the weights, and how well such weights do on runs that they were not fitted on.
pub(super) fn print(runs: &[Run]) {
    let tuning = runs.iter().filter(|run| run.half == Half::Tuning);
    let mut examples: Vec<Example> = tuning.filter_map(Example::of).collect();
    weigh_by_set(&mut examples);
    println!("fitted on {} runs of the tuning half", examples.len());
    for pull in PULLS {
        let folds = Validated::over(&examples, pull, 0..5, |fold, one| {
            (one.question >> 1) % 5 == fold
        });
        println!("pull {pull:<5}: five folds of questions  {folds}");
    }
    for set in super::sets::names(runs) {
        let apart = Validated::over(&examples, PULL, [set], |set, one| one.set == set);
        println!("fitted without {set:<17}    {apart}");
    }
    let all: Vec<&Example> = examples.iter().collect();
    let weights = fitted(&all, PULL);
    for (sign, signal) in SIGNALS.iter().enumerate() {
        let of = |shape: Shape| format!("{:.2}", weights[sign] + weights[own(shape) + sign]);
        let row = Shape::ALL.map(of).join(", ");
        println!(
            "{:<18} [{row}]  (now {:?})",
            format!("{:?}", signal.sign),
            signal.weights
        );
    }
}

fn weigh_by_set(examples: &mut [Example]) {
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    for example in examples.iter() {
        *sizes.entry(example.set).or_default() += 1;
    }
    for example in examples.iter_mut() {
        example.counts = figure(sizes[example.set]).sqrt().recip();
    }
    let sum: f64 = examples.iter().map(|example| example.counts).sum();
    let mean = sum / figure(examples.len());
    for example in examples {
        example.counts /= mean;
    }
}

/// Climbs with momentum (Nesterov): what is climbed has one summit.
fn fitted(examples: &[&Example], pull: f64) -> Weights {
    let runs: f64 = examples.iter().map(|example| example.counts).sum();
    let mut weights = vec![0.0; (Shape::ALL.len() + 1) * SIGNS];
    let mut ahead = weights.clone();
    for round in 0..ROUNDS {
        let mut gradient = vec![0.0; weights.len()];
        for example in examples {
            example.pull(&ahead, &mut gradient);
        }
        let momentum = f64::from(round) / f64::from(round + 3);
        for ((weight, ahead), sum) in weights.iter_mut().zip(&mut ahead).zip(gradient) {
            let next = *ahead + RATE * (sum / runs - pull * *ahead);
            *ahead = next + momentum * (next - *weight);
            *weight = next;
        }
    }
    weights
}

/// How weights do on runs that were left out of the fitting.
#[derive(Default)]
struct Validated {
    runs: usize,
    agent_share: f64,
    step_share: f64,
    best_share: f64,
    best: usize,
    in_three: usize,
}

impl Validated {
    /// Leaves out each part in turn, and every run with a question of it.
    fn over<P: Copy>(
        examples: &[Example],
        pull: f64,
        parts: impl IntoIterator<Item = P>,
        is_in: impl Fn(P, &Example) -> bool,
    ) -> Self {
        let mut validated = Self::default();
        for part in parts {
            let apart: Vec<&Example> = examples.iter().filter(|one| is_in(part, one)).collect();
            let is_known = |one: &Example| apart.iter().any(|out| out.question == one.question);
            let others: Vec<&Example> = examples.iter().filter(|one| !is_known(one)).collect();
            let weights = fitted(&others, pull);
            for example in apart {
                validated.add(example, &example.shares(&weights));
            }
        }
        validated
    }

    fn add(&mut self, example: &Example, shares: &[f64]) {
        let share = shares[example.labelled];
        let better = shares.iter().filter(|other| **other > share).count();
        self.runs += 1;
        self.agent_share += example.of_labelled_agent(shares);
        self.step_share += share;
        self.best_share += shares.iter().copied().fold(0.0, f64::max);
        self.best += usize::from(better == 0);
        self.in_three += usize::from(better < 3);
    }
}

impl std::fmt::Display for Validated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let of_all = |sum: f64| 100.0 * sum / figure(self.runs.max(1));
        write!(
            f,
            "share of agent {:.1} %, of step {:.1} %; the best step has {:.1} % and is right in \
             {:.1} %, one of three in {:.1} %",
            of_all(self.agent_share),
            of_all(self.step_share),
            of_all(self.best_share),
            of_all(figure(self.best)),
            of_all(figure(self.in_three)),
        )
    }
}

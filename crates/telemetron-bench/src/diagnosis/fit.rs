//! Fits the weights of the signals on the tuning half: softmax over the steps of each run, so
//! that the labelled step and the steps of the labelled agent get as large a share as they can.

use telemetron_oracle::diagnosis::{SIGNALS, signals};

use super::runs::{Half, Run};
use crate::report::figure;

const ROUNDS: usize = 3_000;
const RATE: f64 = 0.5;

/// Pulls weights towards 0: there are few runs, and few of them speak for any one signal.
const PULL: f64 = 0.005;

/// Strengths of it that are held against each other.
const PULLS: [f64; 5] = [0.001, 0.003, 0.005, 0.01, 0.02];

/// A run as figures.
struct Example {
    steps: Vec<Vec<f64>>,
    labelled: usize,
    of_agent: Vec<bool>,
}

impl Example {
    fn of(run: &Run) -> Option<Self> {
        let (agents, steps): (Vec<_>, Vec<_>) = signals(&run.trace).into_iter().unzip();
        let is_label = |agent: &Option<String>| match (agent, &run.agent) {
            (Some(agent), Some(label)) => agent.eq_ignore_ascii_case(label),
            _ => false,
        };
        let of_agent = agents.iter().map(is_label).collect();
        (run.step < steps.len()).then_some(Self {
            steps,
            labelled: run.step,
            of_agent,
        })
    }

    fn shares(&self, weights: &[f64]) -> Vec<f64> {
        let score = |step: &Vec<f64>| step.iter().zip(weights).map(|(a, b)| a * b).sum::<f64>();
        let scores: Vec<f64> = self.steps.iter().map(score).collect();
        let most = scores.iter().copied().fold(f64::MIN, f64::max);
        let powers: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(|power| power / sum).collect()
    }

    /// What the steps of the labelled agent have together.
    fn of_labelled_agent(&self, shares: &[f64]) -> f64 {
        let pairs = shares.iter().zip(&self.of_agent);
        pairs
            .filter(|(_, is_agents)| **is_agents)
            .map(|(share, _)| share)
            .sum()
    }

    /// Adds the direction in which the labelled step and agent gain.
    fn pull(&self, weights: &[f64], gradient: &mut [f64]) {
        let shares = self.shares(weights);
        let agent = self.of_labelled_agent(&shares);
        for (place, (step, share)) in self.steps.iter().zip(&shares).enumerate() {
            let is_agents = self.of_agent.get(place).copied().unwrap_or_default();
            let wanted_step = f64::from(u8::from(place == self.labelled));
            let mut pull = wanted_step - share;
            if agent > 0.0 {
                let wanted = if is_agents { share / agent } else { 0.0 };
                pull += wanted - share;
            }
            for (sum, value) in gradient.iter_mut().zip(step) {
                *sum += pull * value;
            }
        }
    }
}

/// Prints the weights, and how well such weights do on runs that they were not fitted on.
pub(super) fn print(runs: &[Run]) {
    let tuning = runs.iter().filter(|run| run.half == Half::Tuning);
    let examples: Vec<Example> = tuning.filter_map(Example::of).collect();
    println!("fitted on {} runs of the tuning half", examples.len());
    for pull in PULLS {
        let (agent, step) = cross_validated(&examples, pull);
        println!(
            "pull {pull:<5}: five folds within this half, share of agent {agent:.3}, of step {step:.3}"
        );
    }
    let all: Vec<&Example> = examples.iter().collect();
    for (signal, weight) in SIGNALS.iter().zip(fitted(&all, PULL)) {
        println!(
            "{:<16} {weight:>6.2}  (now {:>5.2})",
            signal.name, signal.weight
        );
    }
}

fn fitted(examples: &[&Example], pull: f64) -> Vec<f64> {
    let mut weights = vec![0.0; SIGNALS.len()];
    for _ in 0..ROUNDS {
        let mut gradient = vec![0.0; weights.len()];
        for example in examples {
            example.pull(&weights, &mut gradient);
        }
        for (weight, sum) in weights.iter_mut().zip(gradient) {
            *weight += RATE * (sum / figure(examples.len()) - pull * *weight);
        }
    }
    weights
}

/// The mean share of the labelled agent and step where the run was left out of the fitting.
fn cross_validated(examples: &[Example], pull: f64) -> (f64, f64) {
    const FOLDS: usize = 5;
    let (mut agents, mut steps) = (0.0, 0.0);
    for fold in 0..FOLDS {
        let numbered = || examples.iter().enumerate();
        let others = numbered().filter(|(n, _)| n % FOLDS != fold);
        let weights = fitted(
            &others.map(|(_, example)| example).collect::<Vec<_>>(),
            pull,
        );
        for (_, example) in numbered().filter(|(n, _)| n % FOLDS == fold) {
            let shares = example.shares(&weights);
            steps += shares.get(example.labelled).copied().unwrap_or_default();
            agents += example.of_labelled_agent(&shares);
        }
    }
    (
        agents / figure(examples.len()),
        steps / figure(examples.len()),
    )
}

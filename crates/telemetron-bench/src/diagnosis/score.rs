//! How often a guess is right.

use std::fmt;

use telemetron_model::record::Status;
use telemetron_oracle::diagnosis::{AbsentContext, diagnose};
use telemetron_store::read::whole::{WholeSpan, WholeTrace};

use super::runs::Run;
use crate::report::figure;

/// Steps that are near.
const NEAR: usize = 5;

/// Who is guessed to have gone wrong, and how.
#[derive(Clone, Copy)]
pub(super) enum Guess {
    /// The first cause of the diagnosis.
    Diagnosis,
    /// The last step and its agent.
    LastAgent,
    /// The first step that failed or speaks of an error; the last one when none does.
    FirstError,
    /// Any step and any agent, each as likely as another.
    Random,
}

impl Guess {
    pub(super) const ALL: [Self; 4] = [
        Self::Diagnosis,
        Self::LastAgent,
        Self::FirstError,
        Self::Random,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Diagnosis => "diagnosis",
            Self::LastAgent => "last agent",
            Self::FirstError => "first error",
            Self::Random => "random (expected)",
        }
    }

    fn score(self, run: &Run) -> Score {
        match self {
            Self::Diagnosis => {
                let diagnosis = diagnose(&run.trace, &AbsentContext, None);
                let cause = diagnosis
                    .causes
                    .into_iter()
                    .find(|cause| cause.step.is_some());
                cause.map_or_else(Score::default, |cause| {
                    Score::of(run, cause.agent.as_deref(), cause.step)
                })
            }
            Self::LastAgent => at(run, turns(&run.trace).len().checked_sub(1)),
            Self::FirstError => {
                let turns = turns(&run.trace);
                let first = turns.iter().position(speaks_of_error);
                at(run, first.or_else(|| turns.len().checked_sub(1)))
            }
            Self::Random => random(run),
        }
    }
}

fn turns(trace: &WholeTrace) -> &[WholeSpan] {
    trace.spans.get(1..).unwrap_or_default()
}

fn at(run: &Run, step: Option<usize>) -> Score {
    let turn = step.and_then(|step| turns(&run.trace).get(step));
    Score::of(run, turn.and_then(|turn| turn.agent.as_deref()), step)
}

fn speaks_of_error(turn: &WholeSpan) -> bool {
    let text = turn.output.as_ref().map(|text| text.text.to_lowercase());
    let speaks = text.is_some_and(|text| {
        ["error", "exception", "(execution failed)"]
            .iter()
            .any(|word| text.contains(word))
    });
    turn.status == Status::Failed || speaks
}

fn random(run: &Run) -> Score {
    let turns = turns(&run.trace);
    let count = turns.len().max(1);
    let mut agents: Vec<_> = turns
        .iter()
        .filter_map(|turn| turn.agent.as_deref())
        .collect();
    agents.sort_unstable();
    agents.dedup();
    let near = (0..count)
        .filter(|step| step.abs_diff(run.step) <= NEAR)
        .count();
    Score {
        agent: 1.0 / figure(agents.len().max(1)),
        step: 1.0 / figure(count),
        near: figure(near) / figure(count),
    }
}

/// How right one guess is: 0 or 1, or what is expected.
#[derive(Clone, Copy, Default)]
struct Score {
    agent: f64,
    step: f64,
    near: f64,
}

impl Score {
    fn of(run: &Run, agent: Option<&str>, step: Option<usize>) -> Self {
        let right = |is_right: bool| f64::from(u8::from(is_right));
        let same = |label: &String| agent.is_some_and(|agent| agent.eq_ignore_ascii_case(label));
        Self {
            agent: right(run.agent.as_ref().is_some_and(same)),
            step: right(step == Some(run.step)),
            near: right(step.is_some_and(|step| step.abs_diff(run.step) <= NEAR)),
        }
    }
}

/// Shares of right guesses.
pub(super) struct Tally {
    agents: usize,
    runs: usize,
    sum: Score,
}

impl Tally {
    pub(super) fn of(runs: &[&Run], guess: Guess) -> Self {
        let mut sum = Score::default();
        let mut agents = 0;
        for run in runs {
            let score = guess.score(run);
            if run.agent.is_some() {
                sum.agent += score.agent;
                agents += 1;
            }
            sum.step += score.step;
            sum.near += score.near;
        }
        Self {
            agents,
            runs: runs.len(),
            sum,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |sum: f64, count: usize| 100.0 * sum / figure(count.max(1));
        if self.agents == 0 {
            write!(f, "agent      –  ")?;
        } else {
            write!(f, "agent {:5.1} %", percent(self.sum.agent, self.agents))?;
        }
        write!(
            f,
            "  step {:5.1} %  within five {:5.1} %",
            percent(self.sum.step, self.runs),
            percent(self.sum.near, self.runs)
        )
    }
}

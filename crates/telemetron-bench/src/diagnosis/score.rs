//! How often a guess is right.

use std::fmt;

use telemetron_diagnosis::{AbsentContext, diagnose};
use telemetron_model::record::Status;
use telemetron_store::read::whole::{WholeSpan, WholeTrace};

use super::runs::Run;
use crate::report::figure;

/// Steps that are near.
const NEAR: usize = 5;

/// Steps that a guess may name, the likeliest first.
const NAMED: usize = 3;

/// Who is guessed to have gone wrong, and how.
#[derive(Clone, Copy)]
pub(super) enum Guess {
    /// The causes of the diagnosis.
    Diagnosis,
    /// The last step and its agent, then those before it.
    LastAgent,
    /// The steps that failed or speak of an error, the first one first; then the last one.
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
        let turns = turns(&run.trace);
        match self {
            Self::Diagnosis => diagnosed(run),
            Self::LastAgent => Score::of(run, (0..turns.len()).rev()),
            Self::FirstError => {
                let errors = (0..turns.len()).filter(|step| speaks_of_error(&turns[*step]));
                let last = turns.len().checked_sub(1);
                Score::of(run, errors.chain(last))
            }
            Self::Random => random(run),
        }
    }
}

fn turns(trace: &WholeTrace) -> &[WholeSpan] {
    trace.spans.get(1..).unwrap_or_default()
}

/// The steps of the causes, in their order.
fn diagnosed(run: &Run) -> Score {
    let diagnosis = diagnose(&run.trace, &AbsentContext, None);
    Score::of(run, diagnosis.causes.iter().filter_map(|cause| cause.step))
}

fn speaks_of_error(turn: &WholeSpan) -> bool {
    let text = turn.output.as_ref().map(|text| text.text().to_lowercase());
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
        in_three: figure(NAMED.min(count)) / figure(count),
        near: figure(near) / figure(count),
    }
}

/// How right one guess is: 0 or 1, or what is expected.
#[derive(Clone, Copy, Default)]
struct Score {
    agent: f64,
    step: f64,
    in_three: f64,
    near: f64,
}

impl Score {
    /// Of steps, the likeliest first; its agent is the guessed one.
    fn of(run: &Run, steps: impl Iterator<Item = usize>) -> Self {
        let right = |is_right: bool| f64::from(u8::from(is_right));
        let steps: Vec<usize> = steps.take(NAMED).collect();
        let first = steps.first().copied();
        let turn = first.and_then(|step| turns(&run.trace).get(step));
        let agent = turn.and_then(|turn| turn.agent.as_deref());
        let same = |label: &String| agent.is_some_and(|agent| agent.eq_ignore_ascii_case(label));
        Self {
            agent: right(run.agent.as_ref().is_some_and(same)),
            step: right(first == Some(run.step)),
            in_three: right(steps.contains(&run.step)),
            near: right(first.is_some_and(|step| step.abs_diff(run.step) <= NEAR)),
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
            sum.in_three += score.in_three;
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
            "  step {:5.1} %  in three {:5.1} %  within five {:5.1} %",
            percent(self.sum.step, self.runs),
            percent(self.sum.in_three, self.runs),
            percent(self.sum.near, self.runs)
        )
    }
}

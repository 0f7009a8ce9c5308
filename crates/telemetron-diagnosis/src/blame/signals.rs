//! The signs that a step may show, and what each weighs in each sort of run.
//!
//! The weights are those that `telemetron-bench diagnosis DIR --fit` printed, fitted on the
//! tuning half alone. Where a sort of run never shows a sign, it weighs what it weighs elsewhere.

use super::cast::Shape;

/// What a step may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Among the first steps.
    OpensRun,
    /// The last step.
    LastStep,
    /// A tool, or who runs what others wrote.
    IsExecutor,
    /// The agent that had the last word.
    ByLastSpeaker,
    /// Right after the one who leads.
    AfterLeader,
    /// The first step of an agent that does not lead.
    FirstTurn,
    /// The first step of all of them.
    FirstWork,
    /// The span failed.
    Failed,
    /// The words report an error.
    ReportsError,
    /// So many steps before it reported an error.
    ErrorsBefore,
    /// Something is assumed or made up.
    Assumes,
    /// A later step corrects it.
    Corrected,
    /// It says that there was no progress.
    Stalls,
    /// It says that the work is done.
    SaysDone,
    /// The first step that a website, a limit or a policy kept out.
    FirstBlocked,
    /// The first step that writes code.
    FirstCode,
    /// The final answer first appears.
    AnswerBegins,
    /// It calls a tool that changes something.
    Changes,
    /// It does, and an error follows.
    ChangesThenError,
    /// A person asks for what is changed next.
    AsksForChange,
}

/// A sign and its weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signal {
    /// The sign.
    pub sign: Sign,
    /// How much it adds to the score of a step that shows it wholly, in each [`Shape`].
    pub weights: [f64; Shape::ALL.len()],
    /// How a sentence names it; empty for what only corrects other signs.
    pub says: &'static str,
}

const fn signal(sign: Sign, weights: [f64; Shape::ALL.len()], says: &'static str) -> Signal {
    Signal {
        sign,
        weights,
        says,
    }
}

/// All signs, in the order of [`Sign`]; weights in the order of [`Shape::ALL`].
#[rustfmt::skip]
pub const SIGNALS: [Signal; 20] = {
    use Sign::*;
    [
        //                        alone  dialogue  led    team
        signal(OpensRun,         [-0.09, -0.96, -0.74, -0.89], ""),
        signal(LastStep,         [ 0.13, -0.44, -0.39, -1.40], ""),
        signal(IsExecutor,       [-0.90, -1.51, -1.10, -0.25], ""),
        signal(ByLastSpeaker,    [ 0.66, -0.01,  1.17,  0.74], "its agent had the last word"),
        signal(AfterLeader,      [ 0.90,  0.90,  1.81,  0.90], "it does what the leading agent asked for"),
        signal(FirstTurn,        [-0.16,  0.08,  1.55, -0.53], "it is the agent's first turn"),
        signal(FirstWork,        [-0.62, -0.38, -0.76,  0.38], "the work begins with it"),
        signal(Failed,           [ 0.86,  0.86,  0.86,  1.71], "its span failed"),
        signal(ReportsError,     [ 0.90,  0.48,  0.87,  0.29], "its text reports an error"),
        signal(ErrorsBefore,     [-2.25, -1.88, -2.71, -1.80], ""),
        signal(Assumes,          [-0.35,  0.21, -0.27,  1.47], "it assumes or makes up what it does not know"),
        signal(Corrected,        [ 1.29,  0.76,  2.15,  1.89], "a later step corrects it"),
        signal(Stalls,           [-1.11, -0.95, -1.52, -1.07], "it speaks of no progress"),
        signal(SaysDone,         [ 0.60,  0.61,  0.49, -0.64], "it calls the work done"),
        signal(FirstBlocked,     [ 2.07,  1.67,  2.50,  2.11], "it is the first to meet a limit, a policy or a check for robots"),
        signal(FirstCode,        [ 0.98,  0.74,  0.29,  1.71], "it writes the first code"),
        signal(AnswerBegins,     [-0.46, -0.41, -0.38, -0.92], "the final answer first appears here"),
        signal(Changes,          [ 0.72,  1.44,  0.72,  0.72], "it calls a tool that changes something"),
        signal(ChangesThenError, [ 1.14,  2.28,  1.14,  1.14], "an error follows soon after that change"),
        signal(AsksForChange,    [ 0.96,  1.92,  0.96,  0.96], "it asks for what is changed next"),
    ]
};

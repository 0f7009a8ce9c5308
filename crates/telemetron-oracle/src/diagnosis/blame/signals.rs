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
        signal(OpensRun,         [-0.07, -0.68, -0.56, -0.54], ""),
        signal(LastStep,         [ 0.04, -0.34, -0.25, -1.13], ""),
        signal(IsExecutor,       [-0.72, -1.25, -0.86, -0.23], ""),
        signal(ByLastSpeaker,    [ 0.57,  0.10,  0.99,  0.66], "its agent had the last word"),
        signal(AfterLeader,      [ 0.86,  0.86,  1.71,  0.86], "it does what the leading agent asked for"),
        signal(FirstTurn,        [-0.12,  0.06,  1.23, -0.46], "it is the agent's first turn"),
        signal(FirstWork,        [-0.50, -0.32, -0.56,  0.20], "the work begins with it"),
        signal(Failed,           [ 0.70,  0.70,  0.70,  1.40], "its span failed"),
        signal(ReportsError,     [ 0.78,  0.47,  0.82,  0.43], "its text reports an error"),
        signal(ErrorsBefore,     [-1.94, -1.54, -2.17, -1.55], ""),
        signal(Assumes,          [-0.19,  0.21, -0.12,  1.13], "it assumes or makes up what it does not know"),
        signal(Corrected,        [ 1.10,  0.76,  1.72,  1.60], "a later step corrects it"),
        signal(Stalls,           [-0.98, -0.81, -1.24, -0.91], "it speaks of no progress"),
        signal(SaysDone,         [ 0.53,  0.42,  0.40, -0.45], "it calls the work done"),
        signal(FirstBlocked,     [ 1.77,  1.40,  2.11,  1.71], "it is the first to be kept out (a limit, a policy, a check for robots)"),
        signal(FirstCode,        [ 0.87,  0.71,  0.38,  1.58], "it writes the first code"),
        signal(AnswerBegins,     [-0.43, -0.39, -0.38, -0.82], "the final answer first appears here"),
        signal(Changes,          [ 0.66,  1.31,  0.66,  0.66], "it calls a tool that changes something"),
        signal(ChangesThenError, [ 0.93,  1.86,  0.93,  0.93], "an error follows soon after that change"),
        signal(AsksForChange,    [ 0.76,  1.52,  0.76,  0.76], "it asks for what is changed next"),
    ]
};

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
    /// The last step but one.
    NearLast,
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
pub const SIGNALS: [Signal; 21] = {
    use Sign::*;
    [
        //                        alone  dialogue  led    team
        signal(OpensRun,         [ 0.20, -0.39, -0.28,  0.13], "it is among the first steps"),
        signal(NearLast,         [ 0.03,  0.84,  0.96,  1.48], "the run ends right after it"),
        signal(LastStep,         [ 0.18, -0.18, -0.08, -0.75], "it is the last step"),
        signal(IsExecutor,       [-0.86, -1.35, -1.01, -0.57], ""),
        signal(ByLastSpeaker,    [ 0.50,  0.03,  0.97,  0.48], "its agent had the last word"),
        signal(AfterLeader,      [ 0.88,  0.88,  1.76,  0.88], "it does what the leading agent asked for"),
        signal(FirstTurn,        [-0.05,  0.15,  1.33, -0.24], "it is the agent's first turn"),
        signal(FirstWork,        [-0.61, -0.41, -0.63,  0.05], "the work begins with it"),
        signal(Failed,           [ 0.90,  0.90,  0.90,  1.80], "its span failed"),
        signal(ReportsError,     [ 0.86,  0.57,  0.88,  0.67], "its text reports an error"),
        signal(ErrorsBefore,     [-1.95, -1.62, -2.21, -1.71], ""),
        signal(Assumes,          [-0.19,  0.19, -0.08,  1.04], "it assumes or makes up what it does not know"),
        signal(Corrected,        [ 1.12,  0.77,  1.67,  1.64], "a later step corrects it"),
        signal(Stalls,           [-0.91, -0.75, -1.10, -0.86], "it speaks of no progress"),
        signal(SaysDone,         [ 0.40,  0.22,  0.20, -0.82], "it calls the work done"),
        signal(FirstBlocked,     [ 1.78,  1.39,  2.10,  1.67], "it is the first to be kept out (a limit, a policy, a check for robots)"),
        signal(FirstCode,        [ 0.84,  0.68,  0.35,  1.52], "it writes the first code"),
        signal(AnswerBegins,     [-0.45, -0.39, -0.39, -0.80], "the final answer first appears here"),
        signal(Changes,          [ 0.68,  1.36,  0.68,  0.68], "it calls a tool that changes something"),
        signal(ChangesThenError, [ 0.92,  1.85,  0.92,  0.92], "an error follows soon after that change"),
        signal(AsksForChange,    [ 0.75,  1.51,  0.75,  0.75], "it asks for what is changed next"),
    ]
};

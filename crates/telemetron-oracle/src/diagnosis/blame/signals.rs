//! The signals of a step and what each weighs.
//!
//! The weights are those that `telemetron-bench diagnosis DIR --fit` printed, rounded: fitted on
//! the tuning half alone. A weight of a signal that says little is small by itself.

/// A signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signal {
    /// Its name.
    pub name: &'static str,
    /// How much it adds to the score of a step that shows it wholly.
    pub weight: f64,
    /// How a sentence names it; empty for what only corrects other signals.
    pub says: &'static str,
}

const fn signal(name: &'static str, weight: f64, says: &'static str) -> Signal {
    Signal { name, weight, says }
}

/// All signals, in the order in which steps are measured.
pub const SIGNALS: [Signal; 26] = [
    signal("early", 0.14, "it stands early"),
    signal("first_step", -0.95, "everything else builds on it"),
    signal("first_turn", 0.45, "it is the agent's first turn"),
    signal("last_step", -0.57, "it is the last step"),
    signal("is_person", -0.79, ""),
    signal("is_executor", -0.80, ""),
    signal("is_planner", -1.20, "the agent leads the others"),
    signal("failed", 1.99, "its span failed"),
    signal("reports_error", 1.41, "its text reports an error"),
    signal("error_follows", 0.44, "the next step reports an error"),
    signal(
        "assumes",
        0.78,
        "it assumes or makes up what it does not know",
    ),
    signal("gives_up", -0.47, "it says that it cannot do something"),
    signal("claims", 0.29, "it claims a result"),
    signal("corrected", 1.62, "a later step corrects it"),
    signal(
        "answer_begins",
        -1.35,
        "the final answer first appears here",
    ),
    signal("repeats", -0.78, "it repeats an earlier step"),
    signal("redone", 0.40, "a later step does it again"),
    signal("has_code", 0.61, "it writes code"),
    signal("is_long", -1.02, "it says much at once"),
    signal("is_empty", -0.06, "it says next to nothing"),
    signal("asks", -0.09, "it asks back"),
    signal("busy_agent", -2.68, "the agent took most of the steps"),
    signal("has_figures", 1.14, "it states many figures"),
    signal("opens_run", 0.49, "it is among the first steps"),
    signal("by_last_speaker", 1.11, "its agent had the last word"),
    signal("by_first_speaker", 0.60, "its agent began the work"),
];

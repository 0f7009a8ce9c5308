//! What differs between two traces: "it worked yesterday, what changed?"
//!
//! ```text
//!  WholeTrace a ─▶ steps ─┐
//!                         ├─▶ align ─▶ differences of each pair ─▶ the most telling, in order
//!  WholeTrace b ─▶ steps ─┘
//! ```
//!
//! Steps that repeat in a row are one. Pure and deterministic; work and answer are bounded
//! whatever the size of the traces.

mod align;
mod differences;
mod sentences;
mod steps;
mod texts;

#[cfg(test)]
mod tests;

use telemetron_model::record::Status;
use telemetron_store::read::whole::WholeTrace;
use telemetron_view::{
    Aspect, ComparedTrace, Comparison, Next, StepChange, StepDifference, millis_between,
};

use crate::tree::Tree;
use align::Pair;
use steps::Step;

/// Most steps that are told.
const MOST_STEPS: usize = 40;

/// Compares a trace with another one; `chosen_because` says how the other was found.
pub fn compare(a: &WholeTrace, b: &WholeTrace, chosen_because: Option<String>) -> Comparison {
    let (tree_a, tree_b) = (Tree::of(a), Tree::of(b));
    let (steps_a, steps_b) = (steps::of(&tree_a), steps::of(&tree_b));
    let pairs = align::align(&steps_a, &steps_b);
    let mut texts = texts::Budget::default();
    let all = pairs
        .iter()
        .filter_map(|pair| difference(&steps_a, &steps_b, *pair, &mut texts));
    let all: Vec<StepDifference> = all.collect();
    let first_difference = all.first().cloned();
    // The deepest: what stands above it failed with it.
    let failed = all.iter().rfind(|step| turns_outcome(step)).cloned();
    let same_steps = pairs.len() - all.len();
    let (steps, omitted_steps) = most_telling(all);
    let told_a = told(a, steps_a.len());
    let told_b = told(b, steps_b.len());
    let asks = sentences::next(a, b, first_difference.as_ref());
    Comparison {
        verdict: sentences::verdict(&told_a, &told_b, first_difference.as_ref(), failed.as_ref()),
        summary: sentences::summary(a, b),
        next: asks.iter().map(Next::request).collect(),
        asks,
        limits: limits(a, b),
        a: told_a,
        b: told_b,
        chosen_because,
        first_difference,
        steps,
        same_steps,
        omitted_steps,
    }
}

/// What differs in a pair; nothing when both are the same.
fn difference(
    a: &[Step<'_>],
    b: &[Step<'_>],
    pair: Pair,
    texts: &mut texts::Budget,
) -> Option<StepDifference> {
    let (a, b) = (
        pair.a.and_then(|place| a.get(place)),
        pair.b.and_then(|place| b.get(place)),
    );
    let (change, differences) = match (a, b) {
        (Some(a), Some(b)) => {
            let differences = differences::of(a, b, texts);
            if differences.is_empty() {
                return None;
            }
            (StepChange::Changed, differences)
        }
        (Some(_), None) => (StepChange::OnlyA, Vec::new()),
        (None, _) => (StepChange::OnlyB, Vec::new()),
    };
    let shown = a.or(b)?;
    Some(StepDifference {
        change,
        agent: shown.agent.map(str::to_owned),
        kind: shown.kind,
        name: shown.label(),
        a: a.map(|step| step.span().span_id),
        b: b.map(|step| step.span().span_id),
        differences,
    })
}

/// The steps that tell most, in the order in which they came, and how many are left out.
fn most_telling(all: Vec<StepDifference>) -> (Vec<StepDifference>, usize) {
    let omitted = all.len().saturating_sub(MOST_STEPS);
    let mut numbered: Vec<_> = all.into_iter().enumerate().collect();
    numbered.sort_by_key(|(place, step)| (std::cmp::Reverse(weight(step)), *place));
    numbered.truncate(MOST_STEPS);
    numbered.sort_by_key(|(place, _)| *place);
    let steps = numbered.into_iter().map(|(_, step)| step).collect();
    (steps, omitted)
}

fn differs(step: &StepDifference, aspect: Aspect) -> bool {
    step.differences.iter().any(|d| d.aspect == aspect)
}

/// Whether the step failed in one of them, or failed in another way.
fn turns_outcome(step: &StepDifference) -> bool {
    differs(step, Aspect::Status) || differs(step, Aspect::Error)
}

fn weight(step: &StepDifference) -> u8 {
    let differs = |aspect| differs(step, aspect);
    match step.change {
        _ if turns_outcome(step) => 3,
        StepChange::OnlyA | StepChange::OnlyB => 2,
        StepChange::Changed if differs(Aspect::Model) || differs(Aspect::Arguments) => 2,
        StepChange::Changed => 1,
    }
}

fn told(trace: &WholeTrace, steps: usize) -> ComparedTrace {
    let is_failed = |status: &Status| *status == Status::Failed;
    let end = trace.end.filter(|_| trace.has_clock);
    ComparedTrace {
        trace_id: trace.trace_id,
        name: trace.name.clone(),
        status: trace.status,
        failed_spans: trace.spans.iter().filter(|s| is_failed(&s.status)).count(),
        spans: trace.spans.len(),
        steps,
        duration_ms: end.map(|end| millis_between(trace.start, end)),
        total_tokens: trace.total_tokens,
        cost_usd: trace.cost,
    }
}

fn limits(a: &WholeTrace, b: &WholeTrace) -> Vec<String> {
    let mut limits = Vec::new();
    for (name, trace) in [("a", a), ("b", b)] {
        if trace.missing.spans > 0 {
            let missing = trace.missing.spans;
            limits.push(format!("{missing} spans of {name} were not looked at"));
        }
        if trace.missing.payloads > 0 {
            let missing = trace.missing.payloads;
            limits.push(format!(
                "the payloads of {missing} spans of {name} were not read"
            ));
        }
    }
    limits
}

//! Why a trace failed: pure functions over a loaded trace, no model asked, nothing made up.
//!
//! ```text
//!  WholeTrace ─▶ Tree ─┬─▶ failures (where it began, the way it took)
//!                      ├─▶ findings, one file a family ─▶ causes, ranked ─▶ budget ─▶ Diagnosis
//!                      └─▶ blame (only where no span says that anything failed)
//! ```
//!
//! [`compare`] aligns two traces step by step, and says what differs.
//!
//! Invariants: the same trace and the same surroundings give the same diagnosis, byte for byte;
//! no shape of a trace (cycles, missing parents, spans that run) makes it panic or grow without
//! bound; whatever rests on words alone is called a hypothesis.

mod below;
mod blame;
mod budget;
mod causes;
pub mod compare;
mod descent;
mod echo;
mod failures;
mod findings;
mod noted;
mod system;
mod tree;
mod words;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use telemetron_model::record::Status;
use telemetron_store::read::whole::WholeTrace;
use telemetron_view::{Diagnosis, DiagnosisOmitted, FindingKind};

pub use blame::{BlamedStep, Hypothesis, Measured, SIGNALS, Shape, Sign, Signal, measured};
pub use system::{AbsentContext, Focus, Memory, StoredContext, SystemContext, SystemRemark};

use failures::Failure;
use tree::Tree;

/// Tokens of an answer when nobody says how many.
pub const DEFAULT_TOKENS: usize = 4_000;

/// Diagnoses a trace; the answer takes a model about `max_tokens` at most.
pub fn diagnose(
    trace: &WholeTrace,
    system: &dyn SystemContext,
    max_tokens: Option<usize>,
) -> Diagnosis {
    let tree = Tree::of(trace);
    let failure = Failure::of(&tree);
    let focus = Focus::on(&tree, failure.as_ref());
    let path = findings::critical::path(&tree);
    let has_answer = failure.as_ref().is_some_and(Failure::is_fatal);
    let may_blame = !has_answer && trace.status != Status::Running;
    let hypothesis = may_blame.then(|| blame::blame(&tree)).flatten();
    let mut noted = findings::all(&tree, failure.as_ref(), path.as_ref());
    noted.extend(system::remarks(&focus, system));
    let told = failure.as_ref().filter(|failure| !failure.is_made_good());
    let told = told.map(|failure| failure.began);
    let guesses = hypothesis.iter();
    noted.extend(guesses.flat_map(|found| blame::noted(&tree, found, told)));
    noted.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let causes = causes::ranked(&tree, failure.as_ref(), &noted);
    let first = causes.first().map(|cause| cause.kind);
    let is_hypothesis = first == Some(FindingKind::WhoAndWhen);
    let mut limits = limits(trace, &focus, system);
    limits.extend(
        may_blame
            .then(|| blame::limit(&tree, is_hypothesis))
            .flatten(),
    );
    let whole = Diagnosis {
        trace_id: trace.trace_id,
        name: trace.name.clone(),
        status: trace.status,
        verdict: causes::verdict(&tree, failure.as_ref(), &causes),
        is_hypothesis,
        causes,
        chain: failure.map_or_else(Vec::new, |failure| failure.chain(&tree)),
        findings: noted.into_iter().map(|noted| noted.finding).collect(),
        critical_path: path,
        limits,
        omitted: DiagnosisOmitted::default(),
        estimated_tokens: 0,
    };
    budget::trimmed(whole, max_tokens.unwrap_or(DEFAULT_TOKENS))
}

/// Who went wrong and when, judged from structure and words alone, whatever the spans say.
///
/// For measuring: [`diagnose`] asks for it only where no span says that anything failed.
pub fn who_and_when(trace: &WholeTrace) -> Option<Hypothesis> {
    blame::blame(&Tree::of(trace))
}

/// What could not be looked at.
fn limits(trace: &WholeTrace, focus: &Focus, system: &dyn SystemContext) -> Vec<String> {
    let mut limits = Vec::new();
    if trace.missing.spans > 0 {
        let missing = trace.missing.spans;
        limits.push(format!("{missing} later spans were not looked at"));
    }
    if trace.missing.payloads > 0 {
        let missing = trace.missing.payloads;
        limits.push(format!("the payloads of {missing} spans were not read"));
    }
    if trace.is_truncated {
        limits.push("retention has dropped an earlier part of the trace".to_owned());
    }
    if !trace.has_clock {
        let text = "the times are only an order: nothing is said of durations, waits and the \
                    system at that time";
        limits.push(text.to_owned());
    }
    if trace.status == Status::Running {
        limits.push("the trace still runs: what is yet to come may change this".to_owned());
    }
    if trace.has_clock {
        limits.extend(system.absent(focus));
    }
    limits
}

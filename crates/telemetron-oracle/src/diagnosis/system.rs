//! What else went on at the time of a failure, from whoever remembers it.

use telemetron_model::view::{Confidence, FindingKind};
use telemetron_model::{SpanId, Timestamp};
use telemetron_store::read::whole::WholeTrace;

use super::failures::Failure;
use super::noted::Noted;
use super::tree::Tree;

/// Time before and after a failure that is asked about.
const AROUND_NS: i64 = 120_000_000_000;

/// Most remarks that are told.
const MOST: usize = 6;

/// The memory of the system: what was so at a time, outside the trace.
///
/// Whoever implements it has read what it needs beforehand: a diagnosis does no I/O.
pub trait SystemContext {
    /// What is worth knowing of the time between two instants.
    fn remarks(&self, from: Timestamp, until: Timestamp) -> Vec<SystemRemark>;

    /// What this memory does not hold, a sentence each; an answer names it.
    fn absent(&self) -> Vec<String>;
}

/// Something that was so at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemRemark {
    /// One sentence, with numbers.
    pub sentence: String,
    /// What it concerns, when it concerns one: a model, a tool, an agent.
    pub subject: Option<String>,
    /// How telling it is, from 0 to 1.
    pub weight: f64,
    /// What to ask next.
    pub next: String,
}

/// No memory at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct AbsentContext;

impl SystemContext for AbsentContext {
    fn remarks(&self, _from: Timestamp, _until: Timestamp) -> Vec<SystemRemark> {
        Vec::new()
    }

    fn absent(&self) -> Vec<String> {
        vec!["nothing is known of the system around the trace".to_owned()]
    }
}

/// What the memory says of the time of the failure, or of the whole trace.
pub(super) fn remarks(
    tree: &Tree<'_>,
    failure: Option<&Failure>,
    system: &dyn SystemContext,
) -> Vec<Noted> {
    let (from, until) = time_of(tree, failure);
    let remarks = system.remarks(from, until);
    let noted = remarks.into_iter().take(MOST);
    noted.map(|remark| note(tree, failure, remark)).collect()
}

/// The time of the failure and a little around it, or that of the whole trace.
fn time_of(tree: &Tree<'_>, failure: Option<&Failure>) -> (Timestamp, Timestamp) {
    let (from, until) = match failure {
        Some(failure) => (tree.span(failure.began).start, tree.end(failure.began)),
        None => (tree.trace.start, tree.last_heard()),
    };
    (from.plus_nanos(-AROUND_NS), until.plus_nanos(AROUND_NS))
}

/// The time that a diagnosis of this trace will ask about: what a memory must read beforehand.
pub fn window(trace: &WholeTrace) -> (Timestamp, Timestamp) {
    let tree = Tree::of(trace);
    time_of(&tree, Failure::of(&tree).as_ref())
}

/// A remark about the very model or tool that failed may be the cause.
fn note(tree: &Tree<'_>, failure: Option<&Failure>, remark: SystemRemark) -> Noted {
    let began = failure.map(|failure| failure.began);
    let concerned = began.filter(|began| {
        let span = tree.span(*began);
        let subjects = [&span.model, &span.tool_name, &span.agent];
        remark.subject.is_some() && subjects.contains(&&remark.subject)
    });
    let evidence: Vec<SpanId> = began.map(|began| tree.id(began)).into_iter().collect();
    let noted = Noted::new(
        FindingKind::System,
        0.3 + remark.weight * 0.4,
        remark.sentence,
        evidence,
        remark.next,
    );
    match concerned {
        // The span itself is told already, with more certainty.
        Some(_) => noted.suspect(0.5 + remark.weight * 0.3, Confidence::Possible, None),
        None => noted,
    }
}

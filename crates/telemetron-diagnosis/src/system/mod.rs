//! What else went on at the time of a failure, from whoever remembers it.
//!
//! ```text
//!  trace ─▶ Focus ─▶ read beforehand: other traces (store), states and issues (the Oracle's memory)
//!                        └─▶ remarks, by nearness in time and by relation to what failed ─▶ findings
//! ```
//!
//! Invariants: no I/O here; nothing is said of a time of which nothing was remembered, and
//! [`SystemContext::absent`] says so; a remark is a cause only of what it can have reached: the
//! failing call's own model, the failing agent's own deployment.

mod focus;
mod issues;
mod memory;
mod models;
mod pods;
mod queues;
mod rollouts;
mod scene;
mod stored;

#[cfg(test)]
mod tests;

use telemetron_model::SpanId;
use telemetron_view::{Confidence, FindingKind, Next};

use super::noted::Noted;

pub use focus::Focus;
pub use memory::Memory;
pub use stored::StoredContext;

/// Most remarks that are told.
const MOST: usize = 6;

/// The memory of the system: what was so at a time, outside the trace.
///
/// Whoever implements it has read what it needs beforehand: a diagnosis does no I/O.
pub trait SystemContext {
    /// What is worth knowing of the time of a failure.
    fn remarks(&self, focus: &Focus) -> Vec<SystemRemark>;

    /// What this memory does not hold of that time, a sentence each; an answer names it.
    fn absent(&self, focus: &Focus) -> Vec<String>;
}

/// Something that was so at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemRemark {
    /// One sentence, with numbers.
    pub sentence: String,
    /// How telling it is, from 0 to 1.
    pub weight: f64,
    /// How likely it made the trace fail, from 0 to 1, and how sure that is; none when it cannot
    /// have reached what failed.
    pub cause: Option<(f64, Confidence)>,
    /// What to ask next.
    pub next: Next,
}

/// No memory at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct AbsentContext;

impl SystemContext for AbsentContext {
    fn remarks(&self, _focus: &Focus) -> Vec<SystemRemark> {
        Vec::new()
    }

    fn absent(&self, _focus: &Focus) -> Vec<String> {
        vec!["nothing is known of the system around the trace".to_owned()]
    }
}

impl SystemRemark {
    /// A remark that is no cause.
    pub(super) const fn new(sentence: String, weight: f64, next: Next) -> Self {
        Self {
            sentence,
            weight,
            cause: None,
            next,
        }
    }

    /// The same, as a possible cause.
    pub(super) const fn suspect(mut self, score: f64, confidence: Confidence) -> Self {
        self.cause = Some((score, confidence));
        self
    }
}

/// What the memory says of the time of the failure; nothing where times are only an order.
pub(super) fn remarks(focus: &Focus, system: &dyn SystemContext) -> Vec<Noted> {
    if !focus.has_clock {
        return Vec::new();
    }
    let mut remarks = system.remarks(focus);
    remarks.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let told = remarks.into_iter().take(MOST);
    told.map(|remark| note(focus, remark)).collect()
}

/// The span itself is told already, with more certainty: a remark is a cause without a place.
fn note(focus: &Focus, remark: SystemRemark) -> Noted {
    let evidence: Vec<SpanId> = focus.span_id.into_iter().collect();
    let noted = Noted::new(
        FindingKind::System,
        0.3 + remark.weight * 0.4,
        remark.sentence,
        evidence,
        remark.next,
    );
    match remark.cause {
        Some((score, confidence)) if focus.is_wrong => noted.suspect(score, confidence, None),
        _ => noted,
    }
}

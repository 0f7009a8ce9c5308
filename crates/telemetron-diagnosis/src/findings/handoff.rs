//! The handoff before the failure: what was passed, and what the target did with it.

use telemetron_model::record::Status;
use telemetron_view::{Confidence, FindingKind, HandoffView};

use crate::failures::Failure;
use crate::noted::Noted;
use crate::tree::{Place, Tree};
use crate::words;

/// The last handoff to the agent that failed, before it did; else the last one before the failure.
pub(super) fn find(tree: &Tree<'_>, failure: &Failure) -> Option<Noted> {
    let began = failure.began;
    let failed_at = tree.end(began);
    let before = tree.trace.handoffs.iter().rev();
    let mut before = before.filter(|handoff| handoff.timestamp.0 <= failed_at);
    let agent = tree.agent(began)?;
    let handoff = before.find(|handoff| names(handoff, agent))?;
    let sentence = format!(
        "{} handed to {}{}: {}; {}.",
        words::short(&handoff.source_agent_name, 40),
        words::short(&handoff.target_agent_name, 40),
        ahead(tree, handoff, began),
        passed(handoff),
        done(tree, handoff, began),
    );
    let mut evidence: Vec<_> = handoff.span_id.into_iter().collect();
    evidence.push(tree.id(began));
    evidence.dedup();
    let place = (handoff.span_id).and_then(|id| tree.find(handoff.trace_id, id));
    let next = place.map_or_else(|| tree.call(began), |place| tree.call(place));
    let noted = Noted::new(FindingKind::Handoff, 0.55, sentence, evidence, next);
    if is_empty_handed(handoff) {
        return Some(noted.suspect(0.3, Confidence::Guess, place));
    }
    Some(noted)
}

fn names(handoff: &HandoffView, agent: &str) -> bool {
    handoff.target_agent_name == agent || handoff.target_agent_id.as_deref() == Some(agent)
}

fn ahead(tree: &Tree<'_>, handoff: &HandoffView, began: Place) -> String {
    if !tree.trace.has_clock {
        return String::new();
    }
    let ahead = tree.end(began).since(handoff.timestamp.0);
    format!(" {} before the failure", words::duration(ahead))
}

/// Said outright, and yet without a word: a handoff that was inferred says nothing by nature.
fn is_empty_handed(handoff: &HandoffView) -> bool {
    handoff.rule.is_none() && handoff.reason.is_none() && handoff.context_bytes.unwrap_or(0) <= 2
}

fn passed(handoff: &HandoffView) -> String {
    let reason = handoff.reason.as_deref().map(|r| words::short(r, 120));
    let context = handoff.context.as_ref().filter(|c| !c.is_empty());
    let context = context.map(|context| words::short(context.get(), 120));
    match (reason, context) {
        (Some(reason), Some(context)) => format!("reason \"{reason}\", context {context}"),
        (Some(reason), None) => format!("reason \"{reason}\", no context"),
        (None, Some(context)) => format!("no reason, context {context}"),
        (None, None) => "with neither reason nor context".to_owned(),
    }
}

/// What the target did between taking over and failing.
fn done(tree: &Tree<'_>, handoff: &HandoffView, began: Place) -> String {
    let agent = tree.agent(began);
    let steps: Vec<Place> = tree
        .steps()
        .iter()
        .copied()
        .filter(|step| tree.agent(*step) == agent && *step <= began)
        .filter(|step| tree.span(*step).start >= handoff.timestamp.0)
        .collect();
    let failed = steps
        .iter()
        .filter(|step| tree.span(**step).status == Status::Failed)
        .count();
    match steps.len() {
        0 => "the target had done nothing by then".to_owned(),
        count => format!(
            "the target took {} until then, {failed} of them failed",
            words::counted(count, "step")
        ),
    }
}

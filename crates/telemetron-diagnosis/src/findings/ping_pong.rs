//! Two agents that pass work back and forth without end.

use telemetron_model::record::HandoffMode;
use telemetron_view::{Confidence, FindingKind, HandoffView, Next};

use crate::noted::Noted;
use crate::tree::Tree;
use crate::words;

/// Handoffs in a row, back and forth, from which on it is told: three round trips.
const LEAST: usize = 6;

/// Delegation has a way back by nature, and in a conversation everybody takes turns.
fn counts(handoff: &HandoffView) -> bool {
    let is_return = handoff.mode == Some(HandoffMode::Delegate);
    !is_return && handoff.rule.as_deref() != Some("speaker_change")
}

/// The longest run of handoffs between the same two agents.
pub(super) fn find(tree: &Tree<'_>) -> Option<Noted> {
    let passed: Vec<_> = tree.trace.handoffs.iter().filter(|h| counts(h)).collect();
    let run = longest(&passed);
    let (first, last) = (run.first()?, run.last()?);
    if run.len() < LEAST {
        return None;
    }
    let (a, b) = (&first.source_agent_name, &first.target_agent_name);
    let took = if tree.trace.has_clock {
        let nanos = last.timestamp.0.since(first.timestamp.0);
        format!(" within {}", words::duration(nanos))
    } else {
        String::new()
    };
    let sentence = format!(
        "{} and {} passed work back and forth {}{took}.",
        words::short(a, 40),
        words::short(b, 40),
        words::times(run.len()),
    );
    let evidence = run.iter().filter_map(|handoff| handoff.span_id);
    let place = first.span_id.and_then(|id| tree.find(first.trace_id, id));
    let next = Next::Graph {
        trace_id: tree.trace.trace_id,
    };
    let evidence = evidence.take(8).collect();
    let noted = Noted::new(FindingKind::PingPong, 0.7, sentence, evidence, next);
    Some(noted.suspect(0.65, Confidence::Likely, place))
}

/// The longest run in which each handoff returns the one before it.
fn longest<'a, 'h>(passed: &'a [&'h HandoffView]) -> &'a [&'h HandoffView] {
    let mut best = 0..0;
    let mut begun = 0;
    for at in 0..passed.len() {
        if at > 0 && !is_return(passed.get(at - 1), passed.get(at)) {
            begun = at;
        }
        if at + 1 - begun > best.len() {
            best = begun..at + 1;
        }
    }
    passed.get(best).unwrap_or_default()
}

fn is_return(before: Option<&&HandoffView>, after: Option<&&HandoffView>) -> bool {
    let (Some(before), Some(after)) = (before, after) else {
        return false;
    };
    before.source_agent_name == after.target_agent_name
        && before.target_agent_name == after.source_agent_name
}

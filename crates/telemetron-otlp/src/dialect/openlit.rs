//! `OpenLIT`, beside the GenAI attributes that it writes.
//!
//! It says `invoke_agent` of whatever a framework runs: each node of a graph, each step of a flow, a
//! task, a turn. An agent of it bears a name that is no part of a prebuilt agent; the rest are steps.

use telemetron_model::record::{HandoffMode, HandoffRule, SpanKind};

use super::langgraph::is_machinery;
use super::{HandoffHint, Reading, payload, words};
use crate::SpanSource;

/// Who hands over, on a mark of a span that names who takes over.
const FROM: &str = "gen_ai.agent.source";

/// Whether `OpenLIT` made the span.
pub(super) fn speaks(source: &SpanSource<'_>) -> bool {
    source.scope.starts_with("openlit.")
}

/// Whether a span of `OpenLIT`'s that says `invoke_agent` is nobody's run.
pub(super) fn is_step(source: &SpanSource<'_>) -> bool {
    let name = source.attributes.text("gen_ai.agent.name");
    speaks(source) && (name.is_none_or(is_machinery) || source.attributes.has(FROM))
}

/// Reads what only `OpenLIT` says: what went in and out of workflows and agents.
pub(super) fn read(source: &SpanSource<'_>) -> Reading {
    let operation = source.attributes.text("gen_ai.operation.name");
    let runs = operation == Some("invoke_agent") && is_step(source);
    Reading {
        kind: runs.then_some(SpanKind::Chain),
        input: payload::first(source, &["gen_ai.workflow.input"]),
        output: payload::first(source, &["gen_ai.workflow.output"]),
        handoff: handoff(source),
        ..Reading::default()
    }
}

/// A handoff of OpenAI's Agents SDK, which is a run of the target for no time.
fn handoff(source: &SpanSource<'_>) -> Option<HandoffHint> {
    Some(HandoffHint {
        rule: HandoffRule::HandoffSpan.as_str(),
        evidence: "handoff:explicit",
        source: Some(words(source, &[FROM])?),
        target: words(source, &["gen_ai.agent.name"])?,
        reason: None,
        mode: Some(HandoffMode::Transfer),
        context: None,
    })
}

//! `OpenLIT`, beside the GenAI attributes that it writes.
//!
//! It says `invoke_agent` of whatever a framework runs: each node of a graph, each step of a flow, a
//! task, a turn, and of whatever `LangChain` runs that has `agent` in its name. An agent of it bears a
//! name that is no part of a prebuilt agent; the rest are steps, and so are functions that choose where
//! to go on.

use std::borrow::Cow;

use serde::Deserialize;
use telemetron_model::record::{HandoffMode, HandoffRule, SpanKind};

use super::langgraph::is_machinery;
use super::{HandoffHint, SemanticFields, payload, words};
use crate::SpanSource;

/// Who hands over, on a mark of a span that names who takes over.
const FROM: &str = "gen_ai.agent.source";

/// Longest list of names of nodes.
const MAX_CHOICE_BYTES: usize = 1024;

/// Whether `OpenLIT` made the span.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.scope.starts_with("openlit.")
}

/// Whether a span of `OpenLIT`'s that says `invoke_agent` is nobody's run.
pub(super) fn is_step(source: &SpanSource<'_>) -> bool {
    let name = source.attributes.text("gen_ai.agent.name");
    matches(source)
        && (name.is_none_or(is_machinery) || source.attributes.has(FROM) || is_router(source))
}

/// Whether a span is a function that chose the node of a graph to go on with (`route_to_active_agent`
/// of a swarm): it gave a name, or several, and nothing else.
fn is_router(source: &SpanSource<'_>) -> bool {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Chosen<'c> {
        One(Cow<'c, str>),
        Many(Vec<Cow<'c, str>>),
    }
    let is_name = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    let given = source.attributes.text("gen_ai.workflow.output");
    let given = given.filter(|given| {
        source.scope == "openlit.instrumentation.langchain" && given.len() <= MAX_CHOICE_BYTES
    });
    match given.and_then(|given| serde_json::from_str::<Chosen<'_>>(given).ok()) {
        Some(Chosen::One(name)) => is_name(&name),
        Some(Chosen::Many(names)) => !names.is_empty() && names.iter().all(|name| is_name(name)),
        None => false,
    }
}

/// Reads what only `OpenLIT` says: what went in and out of workflows and agents.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let operation = source.attributes.text("gen_ai.operation.name");
    let runs = operation == Some("invoke_agent") && is_step(source);
    SemanticFields {
        kind: runs.then_some(SpanKind::Chain),
        input: payload::first(source, &["gen_ai.workflow.input"]),
        output: payload::first(source, &["gen_ai.workflow.output"]),
        handoff: handoff(source),
        ..SemanticFields::default()
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

//! The OpenAI Agents SDK, as Logfire instruments it.
//!
//! Spans are told apart by the template of their message. (OpenInference and OpenLLMetry instrument
//! the same SDK in their own words, read in their own files.) The usage of a task or a turn repeats
//! what its model calls count.

use telemetron_model::record::{HandoffMode, HandoffRule, SpanKind};

use super::usage::Counts;
use super::{HandoffHint, SemanticFields, payload, words};
use crate::SpanSource;

/// The kinds, by the beginning of the template.
const TEMPLATES: &[(&str, SpanKind)] = &[
    ("Agent run: ", SpanKind::Agent),
    ("Function: ", SpanKind::Tool),
    ("Handoff: ", SpanKind::Tool),
    ("Responses API", SpanKind::Llm),
    ("Chat completion with", SpanKind::Llm),
    ("OpenAI Agents trace: ", SpanKind::Chain),
    ("OpenAI agents: ", SpanKind::Chain),
    ("Turn ", SpanKind::Chain),
    ("Task: ", SpanKind::Chain),
    ("Custom span: ", SpanKind::Chain),
    ("Guardrail ", SpanKind::Chain),
];

/// Whether Logfire made the span for the SDK; some templates are too plain to tell by themselves.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    let marked = || {
        let attributes = &source.attributes;
        attributes.text("gen_ai.system") == Some("openai") || attributes.has("agent_trace_id")
    };
    kind_of(source).is_some() && marked()
}

/// Reads a span of the SDK.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let kind = kind_of(source);
    let name = |wanted| words(source, &["name"]).filter(|_| kind == Some(wanted));
    let mut fields = SemanticFields {
        kind,
        agent_name: name(SpanKind::Agent).or_else(|| words(source, &["agent_name"])),
        tool_name: name(SpanKind::Tool),
        session_id: words(source, &["group_id"]).filter(|id| id != "null"),
        input: payload::first(source, &["input", "raw_input"]),
        output: payload::first(source, &["output", "response"]),
        handoff: handoff(source),
        ..SemanticFields::default()
    };
    if kind == Some(SpanKind::Llm) {
        counts(source).settle(&mut fields);
    }
    fields
}

fn kind_of(source: &SpanSource<'_>) -> Option<SpanKind> {
    let template = source.attributes.text("logfire.msg_template")?;
    let found = TEMPLATES
        .iter()
        .find(|(beginning, _)| template.starts_with(beginning));
    found.map(|(_, kind)| *kind)
}

fn handoff(source: &SpanSource<'_>) -> Option<HandoffHint> {
    Some(HandoffHint {
        rule: HandoffRule::HandoffSpan.as_str(),
        evidence: "handoff:explicit",
        source: words(source, &["from_agent"]),
        target: words(source, &["to_agent"])?,
        reason: None,
        mode: Some(HandoffMode::Transfer),
        context: None,
    })
}

/// The SDK's own usage, as JSON.
fn counts(source: &SpanSource<'_>) -> Counts {
    let usage = payload::object(source, "usage").unwrap_or_default();
    Counts::of_object(&usage)
}

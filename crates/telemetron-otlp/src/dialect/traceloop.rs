//! OpenLLMetry (Traceloop).
//!
//! Its `task` and `unknown` say less than a GenAI operation on the same span, so they decide nothing
//! here; [`super::generic`] falls back to them.

use telemetron_model::RawJson;
use telemetron_model::record::{HandoffMode, HandoffRule, SpanKind};

use super::{HandoffHint, SemanticFields, langgraph, payload, words};
use crate::SpanSource;

/// Whether a span has an attribute of Traceloop's, or of its instrumentation of agents.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.attributes.any_below("traceloop.")
        || source.attributes.any_below("gen_ai.handoff.")
        || source.attributes.has("llm.request.type")
}

/// Reads the attributes that are Traceloop's own; models and tokens stand under GenAI names.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let kind = kind_of(source);
    let entity = || words(source, &["traceloop.entity.name"]);
    SemanticFields {
        kind,
        agent_name: words(source, &["gen_ai.agent.name"])
            .filter(|_| !langgraph::is_unnamed_graph(source))
            .or_else(|| entity().filter(|_| kind == Some(SpanKind::Agent))),
        tool_name: words(source, &["gen_ai.tool.name"])
            .or_else(|| entity().filter(|_| kind == Some(SpanKind::Tool))),
        session_id: property(source, "session_id"),
        user_id: property(source, "user_id"),
        input: entity_payload(source, "traceloop.entity.input"),
        output: entity_payload(source, "traceloop.entity.output"),
        handoff: handoff(source),
        ..SemanticFields::default()
    }
}

/// The kind by Traceloop's word, else by the type of a request to a model.
fn kind_of(source: &SpanSource<'_>) -> Option<SpanKind> {
    match source.attributes.text("traceloop.span.kind") {
        Some("workflow") => Some(SpanKind::Chain),
        Some("agent") => Some(SpanKind::Agent),
        Some("tool" | "handoff") => Some(SpanKind::Tool),
        Some(_) => None,
        None => match source.attributes.text("llm.request.type")? {
            "rerank" => Some(SpanKind::Retriever),
            "chat" | "completion" | "embedding" => Some(SpanKind::Llm),
            _ => None,
        },
    }
}

fn property(source: &SpanSource<'_>, name: &str) -> Option<String> {
    let full = format!("traceloop.association.properties.{name}");
    words(source, &[full.as_str()])
}

fn entity_payload(source: &SpanSource<'_>, name: &str) -> Option<RawJson> {
    payload::first_encoded(source, &[name])
}

/// A span of the OpenAI Agents instrumentation that is a handoff and nothing else.
fn handoff(source: &SpanSource<'_>) -> Option<HandoffHint> {
    let from = words(source, &["gen_ai.handoff.from_agent"]);
    let to = words(source, &["gen_ai.handoff.to_agent"]).filter(|agent| agent != "unknown");
    let rule = match to {
        Some(_) => HandoffRule::HandoffSpan,
        None => HandoffRule::NextAgent,
    };
    // A handoff to nobody known goes to whoever starts next.
    let target = to.or_else(|| from.as_ref().map(|_| "unknown".to_owned()))?;
    Some(HandoffHint {
        rule: rule.as_str(),
        evidence: "handoff:explicit",
        source: from,
        target,
        reason: None,
        mode: Some(HandoffMode::Transfer),
        context: None,
    })
}

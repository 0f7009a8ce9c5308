//! MLflow tracing. Every value is JSON in a text, texts included.
//!
//! What it wraps without knowing an agent is called after the method (`AgentRunner.run`): a step.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use telemetron_model::record::{HandoffMode, HandoffRule, SpanKind};

use super::money::dollars;
use super::usage::Counts;
use super::{HandoffHint, SemanticFields, kind, payload, provider};
use crate::SpanSource;

/// Whether a span has an attribute of MLflow's.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.attributes.any_below("mlflow.")
}

/// Reads a span of MLflow's.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let kind = text(source, "mlflow.spanType").and_then(|word| kind::of_word(&word));
    let kind = match kind {
        Some(SpanKind::Agent) if is_method(&source.span.name) => Some(SpanKind::Chain),
        kind => kind,
    };
    let named = |wanted: SpanKind| (kind == Some(wanted)).then(|| source.span.name.clone());
    let cost = payload::object(source, "mlflow.llm.cost");
    let mut fields = SemanticFields {
        kind,
        agent_name: named(SpanKind::Agent),
        tool_name: named(SpanKind::Tool),
        session_id: text(source, "mlflow.trace.session").or_else(|| text(source, "session.id")),
        user_id: text(source, "mlflow.trace.user").or_else(|| text(source, "user.id")),
        requested_model: text(source, "mlflow.llm.model"),
        provider: text(source, "mlflow.llm.provider").and_then(|name| provider::normalised(&name)),
        input: payload::first_encoded(source, &["mlflow.spanInputs"]),
        output: payload::first_encoded(source, &["mlflow.spanOutputs"]),
        handoff: handoff(source),
        cost: cost.and_then(|cost| dollars(cost.get("total_cost")?.as_f64()?)),
        ..SemanticFields::default()
    };
    counts(source).settle(&mut fields);
    fields
}

/// Whether a name is that of a method: `Crew.kickoff`.
fn is_method(name: &str) -> bool {
    let is_word = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let parts = name.split_once('.');
    parts.is_some_and(|(class, method)| {
        let named = class.starts_with(|first: char| first.is_ascii_uppercase());
        named && is_word(class) && is_word(method) && !method.is_empty()
    })
}

/// A handoff of OpenAI's Agents SDK: who passes on went in, who takes over came out.
fn handoff(source: &SpanSource<'_>) -> Option<HandoffHint> {
    (source.span.name == "Handoff").then_some(())?;
    let agent = |payload: &str, field: &str| {
        let payload = payload::object(source, payload)?;
        payload.get(field)?.as_str().map(str::to_owned)
    };
    Some(HandoffHint {
        rule: HandoffRule::HandoffSpan.as_str(),
        evidence: "handoff:explicit",
        source: agent("mlflow.spanInputs", "from_agent"),
        target: agent("mlflow.spanOutputs", "to_agent")?,
        reason: None,
        mode: Some(HandoffMode::Transfer),
        context: None,
    })
}

/// A text, out of its quotes where it has any.
fn text(source: &SpanSource<'_>, name: &str) -> Option<String> {
    let Value::StringValue(text) = source.attributes.get(name)? else {
        return None;
    };
    let bare = serde_json::from_str::<String>(text).unwrap_or_else(|_| text.clone());
    (!bare.is_empty()).then_some(bare)
}

fn counts(source: &SpanSource<'_>) -> Counts {
    let usage = payload::object(source, "mlflow.chat.tokenUsage").unwrap_or_default();
    Counts::of_object(&usage)
}

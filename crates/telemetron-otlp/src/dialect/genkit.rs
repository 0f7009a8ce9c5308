//! Genkit (Google).
//!
//! Everything stands under `genkit:…`, input and output as JSON. The subtype of an action says what
//! it is; a model is called `plugin/model`, and its answer holds usage and, below `raw`, what the
//! provider sent. What `generate` says repeats that of the model below it.

use serde_json::{Map, Value as Json};
use telemetron_model::RawJson;
use telemetron_model::record::SpanKind;

use super::usage::Counts;
use super::{SemanticFields, payload, provider, words};
use crate::SpanSource;

/// Whether Genkit made the span.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.attributes.any_below("genkit:")
}

/// Reads a span of Genkit's.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let kind = kind_of(source);
    let name = words(source, &["genkit:name"]);
    let named = |wanted| name.clone().filter(|_| kind == wanted);
    let mut fields = SemanticFields {
        kind: Some(kind),
        agent_name: named(SpanKind::Agent),
        tool_name: named(SpanKind::Tool),
        session_id: words(source, &["genkit:sessionId", "genkit:metadata:sessionId"]),
        input: payload::first_encoded(source, &["genkit:input"]),
        output: payload::first_encoded(source, &["genkit:output"]),
        failed: source.attributes.text("genkit:state") == Some("error"),
        ..SemanticFields::default()
    };
    fields
        .rules
        .extend(fields.failed.then_some("failed:genkit_state"));
    if kind == SpanKind::Llm {
        call(source, name.as_deref(), &mut fields);
    }
    fields
}

fn kind_of(source: &SpanSource<'_>) -> SpanKind {
    let attributes = &source.attributes;
    let word = attributes.first_text(&["genkit:metadata:subtype", "genkit:type"]);
    match word.unwrap_or_default() {
        "model" | "background-model" | "embedder" => SpanKind::Llm,
        "tool" | "tool.v2" => SpanKind::Tool,
        "retriever" | "reranker" => SpanKind::Retriever,
        "agent" => SpanKind::Agent,
        _ => SpanKind::Chain,
    }
}

/// The call of a model: its name, and what request and answer hold.
fn call(source: &SpanSource<'_>, name: Option<&str>, fields: &mut SemanticFields) {
    let (plugin, model) = match name.and_then(|name| name.split_once('/')) {
        Some((plugin, model)) => (Some(plugin), Some(model)),
        None => (None, name),
    };
    fields.requested_model = model.map(str::to_owned);
    fields.provider = plugin.and_then(provider::normalised);
    if let Some(mut request) = payload::object(source, "genkit:input") {
        let config = request
            .remove("config")
            .filter(|config| config.as_object().is_some_and(|config| !config.is_empty()));
        fields.parameters = config.as_ref().and_then(RawJson::of);
        let messages = request.get("messages").or_else(|| request.get("input"));
        fields.input = messages
            .and_then(RawJson::of)
            .or_else(|| fields.input.take());
    }
    if let Some(answer) = payload::object(source, "genkit:output") {
        answered(&answer, fields);
    }
}

fn answered(answer: &Map<String, Json>, fields: &mut SemanticFields) {
    let text = |value: Option<&Json>| value.and_then(Json::as_str).map(str::to_owned);
    let raw = answer.get("raw").or_else(|| answer.get("custom"));
    fields.model = text(raw.and_then(|raw| raw.get("model").or_else(|| raw.get("modelVersion"))));
    fields.finish_reason = text(answer.get("finishReason"));
    let candidate = || answer.get("candidates")?.get(0)?.get("message");
    let message = answer.get("message").or_else(candidate);
    fields.output = message
        .and_then(RawJson::of)
        .or_else(|| fields.output.take());
    let usage = |value: Option<&Json>| value.and_then(Json::as_object).map(Counts::of_object);
    let Some(counts) = usage(answer.get("usage")) else {
        return;
    };
    // Genkit leaves out what its plugins do not map; the provider's own usage has it.
    let own = raw.and_then(|raw| raw.get("usage").or_else(|| raw.get("usageMetadata")));
    let own = usage(own)
        .filter(|own| own.input == counts.input)
        .unwrap_or_default();
    Counts {
        cache_read: counts.cache_read.or(own.cache_read),
        cache_write: counts.cache_write.or(own.cache_write),
        reasoning: counts.reasoning.or(own.reasoning),
        ..counts
    }
    .settle(fields);
}

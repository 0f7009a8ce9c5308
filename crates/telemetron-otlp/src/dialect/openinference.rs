//! OpenInference (Arize): the instrumentations of Phoenix.
//!
//! Messages come flattened and are preferred to `input.value` on a call of a model: they have the
//! same shape for every provider. Whether prompt tokens include cached ones is not specified; the
//! numbers decide.

use serde_json::Value as Json;
use telemetron_model::RawJson;
use telemetron_model::record::SpanKind;

use super::usage::Counts;
use super::{Reading, flattened, kind, payload, provider, words};
use crate::SpanSource;

/// Whether a span names its kind, or a model, messages or tokens in these words.
pub(super) fn speaks(source: &SpanSource<'_>) -> bool {
    const PREFIXES: &[&str] = &[
        "openinference.",
        "llm.token_count.",
        "llm.input_messages.",
        "llm.output_messages.",
        "llm.model_name",
        "llm.request.model_name",
        "llm.response.model_name",
    ];
    PREFIXES
        .iter()
        .any(|prefix| source.attributes.any_below(prefix))
}

/// Reads the conventions.
pub(super) fn read(source: &SpanSource<'_>) -> Reading {
    let attributes = &source.attributes;
    let kind = attributes
        .text("openinference.span.kind")
        .and_then(kind::of_word);
    let mut reading = Reading {
        kind,
        agent_id: words(source, &["graph.node.id"]),
        agent_name: words(source, &["agent.name", "graph.node.name", "graph.node.id"]),
        session_id: words(source, &["session.id"]),
        user_id: words(source, &["user.id"]),
        project: source
            .resource
            .text("openinference.project.name")
            .map(str::to_owned),
        model: words(source, &["llm.response.model_name"]),
        requested_model: words(source, &["llm.request.model_name", "llm.model_name"]),
        provider: ["llm.provider", "llm.system"]
            .iter()
            .find_map(|name| provider::normalised(attributes.text(name)?)),
        parameters: parameters(source),
        finish_reason: words(source, &["llm.finish_reason"]),
        tool_name: words(source, &["tool.name"]),
        tool_call_id: words(source, &["tool.id", "tool_call.id"]),
        input: input(source, kind),
        output: output(source, kind),
        ..Reading::default()
    };
    counts(source).settle(&mut reading);
    reading
}

fn input(source: &SpanSource<'_>, kind: Option<SpanKind>) -> Option<RawJson> {
    let value = || payload::first(source, &["input.value"]);
    let query = || payload::first(source, &["reranker.query"]);
    let messages = || flattened::list(source, "llm.input_messages.");
    match kind {
        Some(SpanKind::Llm) => messages().or_else(value),
        _ => value().or_else(query).or_else(messages),
    }
}

fn output(source: &SpanSource<'_>, kind: Option<SpanKind>) -> Option<RawJson> {
    let value = || payload::first(source, &["output.value"]);
    let messages = || flattened::list(source, "llm.output_messages.");
    let documents = ["retrieval.documents.", "reranker.output_documents."];
    let documents = || flattened::first(source, &documents);
    match kind {
        Some(SpanKind::Llm) => messages().or_else(value),
        Some(SpanKind::Retriever) => documents().or_else(value),
        _ => value().or_else(messages),
    }
}

/// One JSON text by the convention; some write an attribute for each.
fn parameters(source: &SpanSource<'_>) -> Option<RawJson> {
    let name = "llm.invocation_parameters";
    payload::first(source, &[name]).or_else(|| {
        let each = flattened::rebuilt(source, "llm.invocation_parameters.")?;
        matches!(each, Json::Object(_))
            .then(|| RawJson::of(&each))
            .flatten()
    })
}

fn counts(source: &SpanSource<'_>) -> Counts {
    let count = |name: &str| source.attributes.integer(name);
    Counts {
        input: count("llm.token_count.prompt"),
        output: count("llm.token_count.completion"),
        total: count("llm.token_count.total"),
        cache_read: count("llm.token_count.prompt_details.cache_read")
            .or_else(|| count("llm.token_count.prompt_details.cache_input")),
        cache_write: count("llm.token_count.prompt_details.cache_write"),
        reasoning: count("llm.token_count.completion_details.reasoning"),
        ..Counts::default()
    }
}

//! Ordinary instrumentation (HTTP, databases, one's own spans), and what holds in every dialect.
//!
//! The last to be asked: it always finds a kind, and fills what nobody said.

use telemetron_model::RawJson;
use telemetron_model::record::{ErrorInfo, SpanKind};

use super::otel::instructions_alone;
use super::usage::within_answer;
use super::{SemanticFields, money, payload, provider, words};
use crate::SpanSource;

/// Databases whose queries are searches in a store of knowledge.
const VECTOR_STORES: &[&str] = &[
    "chroma", "chromadb", "lancedb", "marqo", "milvus", "pgvector", "pinecone", "qdrant",
    "weaviate",
];

/// Reads what is the same everywhere. `so_far` is what the dialects said.
pub(super) fn read(source: &SpanSource<'_>, so_far: &SemanticFields) -> SemanticFields {
    let (kind, rule) = kind_of(source, so_far);
    let error = error(source);
    let failed = error.is_some();
    let mut rules = vec![rule];
    rules.extend(failed.then_some("failed:error.type"));
    let calls_model = so_far.kind.unwrap_or(kind) == SpanKind::Llm;
    let tier = || money::service_tier(source, so_far.parameters.as_ref());
    let provider = (calls_model && so_far.provider.is_none())
        .then(|| provider::inferred(source, model_of(so_far)))
        .flatten();
    let guessed = matches!(provider, Some((_, true)));
    rules.extend(guessed.then_some("provider:model_name"));
    let cost = so_far.cost.is_none().then(|| money::said(source));
    let mut fields = SemanticFields {
        kind: Some(kind),
        rules,
        session_id: words(source, &["session.id"]),
        user_id: words(source, &["user.id", "enduser.id"]),
        input: unsaid(&so_far.input, || {
            payload::first(source, &["input.value"]).or_else(|| instructions_alone(source))
        }),
        output: unsaid(&so_far.output, || payload::first(source, &["output.value"])),
        provider: provider.map(|(provider, _)| provider),
        cost: cost.flatten(),
        service_tier: calls_model.then(tier).flatten(),
        error,
        failed,
        ..SemanticFields::default()
    };
    if calls_model && so_far.usage.is_none() {
        settle_answer(source, &mut fields);
    }
    fields
}

/// Counts what a whole answer says that it used.
fn settle_answer(source: &SpanSource<'_>, fields: &mut SemanticFields) {
    let answers = [
        "output.value",
        "gen_ai.completion",
        "langfuse.observation.output",
    ];
    let mut answers = answers
        .iter()
        .filter_map(|name| source.attributes.text(name));
    if let Some(counts) = answers.find_map(within_answer) {
        counts.settle(fields);
        fields.rules.push("usage:within_answer");
    }
}

fn model_of(so_far: &SemanticFields) -> Option<&str> {
    let models = [&so_far.model, &so_far.requested_model];
    models.into_iter().find_map(Option::as_deref)
}

/// A payload that nobody read yet: to read it a second time would cost and change nothing.
fn unsaid(said: &Option<RawJson>, read: impl Fn() -> Option<RawJson>) -> Option<RawJson> {
    if said.is_some() {
        return None;
    }
    read()
}

/// A model makes a call of a model, unless somebody said that it is a step; a search in a vector
/// store is a retrieval; all else is a step.
fn kind_of(source: &SpanSource<'_>, so_far: &SemanticFields) -> (SpanKind, &'static str) {
    let a_step = source.attributes.has("traceloop.span.kind");
    if model_of(so_far).is_some() && !a_step {
        (SpanKind::Llm, "kind:model")
    } else if searches_vectors(source) {
        (SpanKind::Retriever, "kind:vector_query")
    } else {
        (SpanKind::Chain, "kind:default")
    }
}

fn searches_vectors(source: &SpanSource<'_>) -> bool {
    let attributes = &source.attributes;
    let system = attributes.first_text(&["db.system.name", "db.system"]);
    let is_one = |system: &str| {
        let mut stores = VECTOR_STORES.iter();
        stores.any(|store| store.eq_ignore_ascii_case(system))
    };
    if !system.is_some_and(is_one) {
        return false;
    }
    let operation = attributes.first_text(&["db.operation.name", "db.operation"]);
    let operation = operation.unwrap_or(&source.span.name).to_ascii_lowercase();
    operation.contains("query") || operation.contains("search")
}

/// `error.type` is present on failures alone.
fn error(source: &SpanSource<'_>) -> Option<ErrorInfo> {
    Some(ErrorInfo {
        error_type: words(source, &["error.type"])?,
        message: words(source, &["error.message"]).unwrap_or_default(),
        stack: None,
        category: None,
        severity: None,
        retryable: None,
    })
}

//! OpenInference (Arize): the instrumentations of Phoenix.
//!
//! Messages come flattened and are preferred to `input.value` on a call of a model: they have the
//! same shape for every provider. Whether prompt tokens include cached ones is not specified; the
//! numbers decide.

use serde_json::Value as Json;
use telemetron_model::RawJson;
use telemetron_model::record::SpanKind;

use super::usage::Counts;
use super::{SemanticFields, flattened, kind, payload, provider, words};
use crate::SpanSource;

/// Whether a span names its kind, or a model, messages or tokens in these words.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
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
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let attributes = &source.attributes;
    let kind = attributes
        .text("openinference.span.kind")
        .and_then(kind::of_word);
    let Identity { id, name } = identity(source);
    let mut fields = SemanticFields {
        kind: kind.map(|kind| known_kind(source, kind, id.is_some() || name.is_some())),
        agent_id: id,
        agent_name: name,
        session_id: words(source, &["session.id"]),
        user_id: words(source, &["user.id"]),
        project: source
            .resource
            .text("openinference.project.name")
            .map(str::to_owned),
        model: words(source, &["llm.response.model_name"]),
        requested_model: words(source, &["llm.request.model_name", "llm.model_name"])
            .or_else(|| model_in_parameters(source)),
        provider: ["llm.provider", "llm.system"]
            .iter()
            .find_map(|name| provider::normalised(attributes.text(name)?)),
        parameters: parameters(source),
        finish_reason: words(source, &["llm.finish_reason"]),
        tool_name: words(source, &["tool.name"]),
        tool_call_id: words(source, &["tool.id", "tool_call.id"]),
        input: input(source, kind),
        output: output(source, kind),
        ..SemanticFields::default()
    };
    counts(source).settle(&mut fields);
    fields
}

/// Who is at work.
struct Identity {
    id: Option<String>,
    name: Option<String>,
}

/// The agent by its own attributes, else by the node of the graph that it is. A node that bears an id
/// of this one run tells neither: the next run would be somebody else.
fn identity(source: &SpanSource<'_>) -> Identity {
    // Agno's workflows and their steps are nodes as well, and nobody.
    let steps = ["agno.workflow.id", "agno.step.type"];
    if steps.iter().any(|name| source.attributes.has(name)) {
        return Identity {
            id: None,
            name: None,
        };
    }
    let node = words(source, &["graph.node.id"]).filter(|id| !is_of_one_run(id));
    let name = words(source, &["agent.name", "graph.node.name"]).or_else(|| node.clone());
    let id = words(source, &["agno.agent.id", "agno.team.id"]).or(node);
    Identity {
        id: id.filter(|id| Some(id) != name.as_ref()),
        name,
    }
}

/// Whether an id was made up for one run: a UUID, or a number in hex.
pub(super) fn is_of_one_run(id: &str) -> bool {
    let is_hex = id.len() >= 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex || uuid::Uuid::try_parse(id).is_ok()
}

/// The kind, where an instrumentation gives one that its span is not: a run or a team of agents that
/// bears nobody's name, and what only prepares a call of a model.
fn known_kind(source: &SpanSource<'_>, kind: SpanKind, named: bool) -> SpanKind {
    let instrumented = source.scope.starts_with("openinference.instrumentation.")
        || source.scope.starts_with("@arizeai/openinference-");
    let method = source.span.name.rsplit('.').next().unwrap_or_default();
    match kind {
        SpanKind::Agent if instrumented && !named && !RUNS.contains(&method) => SpanKind::Chain,
        SpanKind::Llm if instrumented && method.starts_with("_prepare") => SpanKind::Chain,
        // An embedding that was not paid for is a step of a search, no call of a model.
        SpanKind::Llm if instrumented && is_free_embedding(source) => SpanKind::Chain,
        SpanKind::Tool if is_ending(source) => SpanKind::Chain,
        kind => kind,
    }
}

/// How DSPy's ReAct and the agents of smolagents and BeeAI say that they have their answer: no tool is called.
fn is_ending(source: &SpanSource<'_>) -> bool {
    let tool = source.attributes.text("tool.name");
    let tool = tool.unwrap_or_else(|| source.span.name.trim_end_matches(".__call__"));
    let endings = [
        (".dspy", "finish"),
        (".smolagents", "final_answer"),
        (".beeai", "final_answer"),
    ];
    let mut endings = endings.iter();
    endings.any(|(scope, ending)| source.scope.ends_with(scope) && tool == *ending)
}

fn is_free_embedding(source: &SpanSource<'_>) -> bool {
    let embeds = source.attributes.text("openinference.span.kind") == Some("EMBEDDING");
    embeds
        && !source.attributes.any_below("llm.token_count.")
        && !source.attributes.any_below("llm.cost.")
}

/// The methods by which an agent is run, behind its name: `manager.run` (smolagents).
const RUNS: &[&str] = &["run"];

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

/// The model in the parameters of a call that failed before its answer could name one.
fn model_in_parameters(source: &SpanSource<'_>) -> Option<String> {
    let text = source.attributes.text("llm.invocation_parameters")?;
    let named = [r#""model""#, r#""model_name""#];
    let model = named.iter().find_map(|key| payload::text_at(text, key))?;
    Some(model.to_owned())
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
            .or_else(|| count("llm.token_count.prompt_details.cache_input"))
            // BeeAI's usage, which its instrumentation leaves flat among the metadata.
            .or_else(|| count("metadata.usage.cached_prompt_tokens")),
        cache_write: count("llm.token_count.prompt_details.cache_write"),
        reasoning: count("llm.token_count.completion_details.reasoning"),
        ..Counts::default()
    }
}

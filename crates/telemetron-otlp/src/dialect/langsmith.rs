//! LangSmith's export over OpenTelemetry.
//!
//! Three traps: `langsmith.trace.session_id` is the project and never the conversation; a retriever
//! says `gen_ai.operation.name=embeddings` and a prompt says `chat`, so its own kind comes first;
//! and `langsmith.trace.name` is the name of the run, an agent's only where the run is an agent's.

use serde_json::Value as Json;
use telemetron_model::record::SpanKind;

use super::usage::Counts;
use super::{SemanticFields, kind, payload, words};
use crate::SpanSource;

/// Whether a span has an attribute of LangSmith's.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.attributes.any_below("langsmith.")
}

/// Reads a run.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let run = source
        .attributes
        .text("langsmith.span.kind")
        .and_then(kind::of_word);
    let named = || words(source, &["langsmith.trace.name"]);
    // The export says OK of whatever ended, and notes what it ended with.
    let mut events = source.span.events.iter();
    let failed = events.any(|event| event.name == "exception");
    let mut fields = SemanticFields {
        kind: run,
        agent_name: words(source, &["langsmith.metadata.lc_agent_name"])
            .or_else(|| named().filter(|_| run == Some(SpanKind::Agent))),
        tool_name: words(source, &["gen_ai.tool.name"])
            .or_else(|| named().filter(|_| run == Some(SpanKind::Tool))),
        session_id: words(
            source,
            &[
                "langsmith.metadata.session_id",
                "langsmith.metadata.thread_id",
                "langsmith.metadata.conversation_id",
            ],
        ),
        user_id: words(source, &["langsmith.metadata.user_id"]),
        failed,
        project: words(source, &["langsmith.trace.session_name"]),
        input: payload::first(source, &["gen_ai.prompt"]),
        output: payload::first(source, &["gen_ai.completion"]),
        ..SemanticFields::default()
    };
    fields
        .rules
        .extend(failed.then_some("failed:langsmith_exception"));
    counts(source).settle(&mut fields);
    fields
}

/// The totals stand under GenAI names, the details as JSON beside them; newer exports have the
/// whole of it as JSON.
fn counts(source: &SpanSource<'_>) -> Counts {
    let detail = |name: &str| {
        let details = payload::object(source, &format!("gen_ai.usage.{name}"))?;
        Some((name.to_owned(), Json::Object(details)))
    };
    let details = ["input_token_details", "output_token_details"];
    let details = Counts::of_object(&details.into_iter().filter_map(detail).collect());
    let whole = payload::object(source, "langsmith.metadata.usage_metadata")
        .map(|usage| Counts::of_object(&usage))
        .unwrap_or_default();
    let count = |name: &str| source.attributes.integer(&format!("gen_ai.usage.{name}"));
    Counts {
        input: count("input_tokens").or(whole.input),
        output: count("output_tokens").or(whole.output),
        total: count("total_tokens").or(whole.total),
        cache_read: details.cache_read.or(whole.cache_read),
        cache_write: details.cache_write.or(whole.cache_write),
        cache_write_hour: details.cache_write_hour.or(whole.cache_write_hour),
        reasoning: details.reasoning.or(whole.reasoning),
        ..Counts::default()
    }
}

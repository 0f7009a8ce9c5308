//! AG2: its middleware and its hub, beside the GenAI attributes that both write.
//!
//! `record_usage` spans repeat what the call before them used: they are steps, and count nothing.
//! Those of summaries that AG2 makes of a history by itself stand for a call that has no other span.
//! A channel of the hub is the session of what is sent through it.

use telemetron_model::record::{ErrorInfo, SpanKind};

use super::{SemanticFields, payload, words};
use crate::SpanSource;

/// Whether AG2 made the span.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.attributes.any_below("ag2.")
}

/// Reads what only AG2 says.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let kind = source.attributes.text("ag2.span.type").and_then(kind_of);
    SemanticFields {
        kind: is_summary(source).then_some(SpanKind::Llm).or(kind),
        session_id: words(source, &["ag2.network.channel_id"]),
        input: payload::first(source, &["ag2.human_input.prompt"]),
        output: payload::first(source, &["ag2.human_input.response"]),
        error: error(source),
        ..SemanticFields::default()
    }
}

/// Whether the span notes a second time what a call before it used.
pub(super) fn repeats_usage(source: &SpanSource<'_>) -> bool {
    source.attributes.text("ag2.span.type") == Some("usage") && !is_summary(source)
}

/// Whether the span notes what a summary used, which AG2 has a model write beside the agent's calls.
fn is_summary(source: &SpanSource<'_>) -> bool {
    let noted = source.attributes.text("ag2.usage.kind");
    matches!(noted, Some("compaction" | "aggregation"))
}

fn kind_of(word: &str) -> Option<SpanKind> {
    match word {
        "agent" => Some(SpanKind::Agent),
        "llm" => Some(SpanKind::Llm),
        "tool" => Some(SpanKind::Tool),
        "human_input" | "usage" | "envelope" | "channel" | "task" | "agent_lifetime"
        | "agent_event" => Some(SpanKind::Chain),
        _ => None,
    }
}

/// What failed, where the span's status says that something did.
fn error(source: &SpanSource<'_>) -> Option<ErrorInfo> {
    let message = words(source, &["ag2.error.message"])?;
    Some(ErrorInfo {
        error_type: words(source, &["ag2.error.type"]).unwrap_or_else(|| "_OTHER".to_owned()),
        message,
        stack: None,
        category: None,
        severity: None,
        retryable: None,
    })
}

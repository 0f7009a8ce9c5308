//! AG2: its middleware and its hub, beside the GenAI attributes that both write.
//!
//! `record_usage` spans repeat what the call before them used: they are steps, and count nothing.

use telemetron_model::record::{ErrorInfo, SpanKind};

use super::{Reading, payload, words};
use crate::SpanSource;

/// Whether AG2 made the span.
pub(super) fn speaks(source: &SpanSource<'_>) -> bool {
    source.attributes.any_below("ag2.")
}

/// Reads what only AG2 says.
pub(super) fn read(source: &SpanSource<'_>) -> Reading {
    let kind = source.attributes.text("ag2.span.type").and_then(kind_of);
    Reading {
        kind,
        input: payload::first(source, &["ag2.human_input.prompt"]),
        output: payload::first(source, &["ag2.human_input.response"]),
        error: error(source),
        ..Reading::default()
    }
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

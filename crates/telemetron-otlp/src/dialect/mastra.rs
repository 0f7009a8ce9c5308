//! Mastra's own attributes, beside the GenAI ones of its exporter.
//!
//! Input and output of whatever is no call of a model stand below the type of the span
//! (`mastra.agent_run.input`), session and user below `mastra.metadata.`. A `model_generation` is
//! the loop around the calls of a model (`model_inference`), whose usage it repeats.

use telemetron_model::record::SpanKind;

use super::{SemanticFields, payload, words};
use crate::SpanSource;

/// Whether Mastra made the span.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.attributes.any_below("mastra.")
}

/// Reads a span of Mastra's.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let of_type = source
        .attributes
        .text("mastra.span.type")
        .unwrap_or_default();
    let payload = |side: &str| {
        let name = format!("mastra.{of_type}.{side}");
        payload::first_encoded(source, &[name.as_str()])
    };
    SemanticFields {
        kind: kind_of(of_type),
        session_id: words(
            source,
            &[
                "mastra.metadata.sessionId",
                "mastra.metadata.session_id",
                "mastra.metadata.threadId",
                "mastra.metadata.thread_id",
            ],
        ),
        user_id: words(
            source,
            &[
                "mastra.metadata.userId",
                "mastra.metadata.user_id",
                "mastra.metadata.resourceId",
            ],
        ),
        input: payload("input"),
        output: payload("output"),
        ..SemanticFields::default()
    }
}

/// The types that GenAI operations do not tell; the rest is told by these.
fn kind_of(of_type: &str) -> Option<SpanKind> {
    match of_type {
        "agent_run" => Some(SpanKind::Agent),
        "model_inference" => Some(SpanKind::Llm),
        "tool_call" | "mcp_tool_call" => Some(SpanKind::Tool),
        "model_step" | "model_chunk" | "workflow_run" | "workflow_step" | "processor_run"
        | "generic" => Some(SpanKind::Chain),
        _ if of_type.starts_with("workflow_") => Some(SpanKind::Chain),
        _ => None,
    }
}

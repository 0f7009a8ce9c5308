//! Calls of the Agent2Agent protocol.
//!
//! A message that is sent puts the agent at the other end to work (`invoke_agent`); all else
//! (`tasks/get`, `tasks/cancel`) only speaks about such work, and is a step of whoever asks. Both
//! name the other agent.

use telemetron_model::record::{ErrorInfo, SpanKind};

use super::{SemanticFields, words};
use crate::SpanSource;

/// Whether a span is a call of the protocol.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.attributes.any_below("a2a.")
}

/// Whether a span only asks about the work of the agent that it names.
pub(super) fn asks_about(source: &SpanSource<'_>) -> bool {
    source.attributes.has("a2a.method.name") && !source.attributes.has("gen_ai.operation.name")
}

/// Reads a call.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let failed = source
        .attributes
        .text("a2a.task.state")
        .filter(|state| ["failed", "rejected"].contains(state));
    let mut fields = SemanticFields {
        kind: asks_about(source).then_some(SpanKind::Chain),
        session_id: words(source, &["gen_ai.conversation.id", "a2a.context.id"]),
        error: failed.map(|state| ErrorInfo {
            error_type: "_OTHER".to_owned(),
            message: format!("the task of the agent was {state}"),
            stack: None,
            category: None,
            severity: None,
            retryable: None,
        }),
        failed: failed.is_some(),
        ..SemanticFields::default()
    };
    let rule = failed.map(|_| "failed:a2a_task_state");
    fields.rules.extend(rule);
    fields
}

//! What a span of Claude Code says of itself.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use telemetron_model::{SpanId, TraceId};

use super::attributes::{integer, text};
use crate::claude_hooks::ids;
use crate::dialect::{SPAWNING_TOOLS, USUAL_SUBAGENT};

/// The sessions that spans are of.
pub(super) fn sessions_of(spans: &[Span]) -> BTreeSet<String> {
    let ids = spans.iter().filter_map(session_of);
    ids.map(str::to_owned).collect()
}

/// The session that a span is of.
pub(super) fn session_of(span: &Span) -> Option<&str> {
    text(&span.attributes, "session.id")
}

/// What a span is: its `span.type`, which current builds write without the prefix of the name.
pub(super) fn word(span: &Span) -> &str {
    let word = text(&span.attributes, "span.type").unwrap_or(&span.name);
    word.strip_prefix("claude_code.").unwrap_or(word)
}

/// The tool call that a span is about.
pub(super) fn call_of(span: &Span) -> Option<&str> {
    text(&span.attributes, "tool_use_id")
}

/// The sub-agent at work: it is named, or its conversation is not the session.
pub(super) fn agent_of(span: &Span) -> Option<&str> {
    let named = text(&span.attributes, "agent_id");
    named.or_else(|| {
        let conversation = text(&span.attributes, "gen_ai.conversation.id");
        conversation.filter(|id| Some(*id) != session_of(span))
    })
}

/// Whether a span says that it failed.
pub(super) fn failed(span: &Span) -> bool {
    let success = span.attributes.iter().find(|said| said.key == "success");
    let value = success.and_then(|said| said.value.as_ref()?.value.as_ref());
    match value {
        Some(Value::BoolValue(success)) => !success,
        Some(Value::StringValue(text)) => text == "false",
        _ => false,
    }
}

/// The sub-agent that a call asks for.
pub(super) fn target_of(attributes: &[KeyValue]) -> Option<String> {
    let tool = text(attributes, "tool_name")?;
    let target = || text(attributes, "subagent_type").unwrap_or(USUAL_SUBAGENT);
    SPAWNING_TOOLS.contains(&tool).then(|| target().to_owned())
}

/// The id of a request to the model.
pub(super) fn request_of(attributes: &[KeyValue], trace: TraceId) -> Option<SpanId> {
    let count = |name| integer(attributes, name).unwrap_or_default();
    let request = ids::Request {
        id: text(attributes, "request_id").or_else(|| text(attributes, "gen_ai.response.id"))?,
        agent_id: text(attributes, "agent_id"),
        tokens: [
            count("input_tokens"),
            count("cache_read_tokens"),
            count("cache_creation_tokens"),
            count("output_tokens"),
        ],
    };
    Some(ids::request(trace, &request))
}

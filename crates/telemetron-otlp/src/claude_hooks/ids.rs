//! Ids as hashes of what the hooks carry: the same from every hook that is about the same thing.

use telemetron_model::{SpanId, TraceId};
use xxhash_rust::xxh3::Xxh3;

use super::Hook;

/// The trace of a hook: that of its prompt, or that of its session.
pub(super) fn trace(hook: &Hook) -> TraceId {
    let prompt = hook.prompt_id.as_deref().unwrap_or_default();
    let hash = hash(&["claude-code", &hook.session_id, prompt]);
    // One in 2^128 has no bits at all.
    TraceId::from_bytes(hash.max(1).to_be_bytes()).unwrap_or_else(|_| trace(hook))
}

/// The span of an agent in its trace; the main agent has no id.
pub(super) fn agent(trace: TraceId, agent_id: Option<&str>) -> SpanId {
    span(trace, &["agent", agent_id.unwrap_or_default()])
}

/// The span of a tool call.
pub(super) fn tool(trace: TraceId, tool_use_id: &str) -> SpanId {
    span(trace, &["tool", tool_use_id])
}

/// An id of text for what is no span.
pub(super) fn text(parts: &[&str]) -> String {
    format!("{:032x}", hash(parts))
}

fn span(trace: TraceId, parts: &[&str]) -> SpanId {
    let trace_text = trace.to_string();
    let whole: Vec<_> = std::iter::once(trace_text.as_str())
        .chain(parts.iter().copied())
        .collect();
    let bytes = hash(&whole).to_be_bytes();
    let half = u64::from_be_bytes([
        bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
    ]);
    SpanId::from_slice(&half.max(1).to_be_bytes()).unwrap_or_else(|_| span(trace, parts))
}

/// Hashes parts with their lengths, so that no two lists of parts read the same.
fn hash(parts: &[&str]) -> u128 {
    let mut hasher = Xxh3::new();
    for part in parts {
        hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.digest128()
}

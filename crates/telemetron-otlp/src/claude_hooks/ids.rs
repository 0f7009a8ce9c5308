//! Ids as hashes of what hooks, telemetry and transcripts all carry: the same from each of them.

use telemetron_model::{SpanId, TraceId};
use xxhash_rust::xxh3::Xxh3;

/// The length of a UUID as text.
const UUID: usize = 36;

/// The trace of a prompt, or that of a session whose prompts have no ids.
///
/// A prompt's id is a UUID, which is enough: a fork of a session repeats its past, prompts and all,
/// under a session id of its own.
pub fn trace(session: &str, prompt: Option<&str>) -> TraceId {
    let session = match prompt {
        Some(prompt) if prompt.len() == UUID => "",
        _ => session,
    };
    let hash = hash(&["claude-code", session, prompt.unwrap_or_default()]);
    // One in 2^128 has no bits at all.
    TraceId::from_bytes(hash.max(1).to_be_bytes()).unwrap_or_else(|_| trace(session, prompt))
}

/// The span of an agent in its trace; the main agent has no id.
pub fn agent(trace: TraceId, agent_id: Option<&str>) -> SpanId {
    span(trace, &["agent", agent_id.unwrap_or_default()])
}

/// The span of a tool call.
pub fn tool(trace: TraceId, tool_use_id: &str) -> SpanId {
    span(trace, &["tool", tool_use_id])
}

/// The span of what a tool did once it was allowed to.
pub(super) fn execution(trace: TraceId, tool_use_id: &str) -> SpanId {
    span(trace, &["execution", tool_use_id])
}

/// What tells a request to the model from others of its trace.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// The id that the API gave it.
    pub id: &'a str,
    /// The sub-agent that asked; the main agent has none.
    pub agent_id: Option<&'a str>,
    /// Its tokens: input without what was cached, read from the cache, written to it, output.
    pub tokens: [i64; 4],
}

/// Shortest id that the API itself gives: `req_` and two dozen letters.
const REAL: usize = 16;

/// The span of a request to the model.
///
/// An id of the API's is one of a kind; what stands between may give each request the same, so a
/// short one counts with who asked and what it used.
pub fn request(trace: TraceId, request: &Request<'_>) -> SpanId {
    if request.id.len() >= REAL {
        return span(trace, &["request", request.id]);
    }
    let tokens = request.tokens.map(|tokens| tokens.to_string());
    let agent = request.agent_id.unwrap_or_default();
    let [input, read, written, output] = &tokens;
    span(
        trace,
        &["request", request.id, agent, input, read, written, output],
    )
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

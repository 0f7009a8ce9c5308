//! Ids of imported records: hashes of the document, so that importing it again changes nothing.

use telemetron_model::{SpanId, TraceId};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// The trace of a document: its form and its text.
#[expect(clippy::expect_used, reason = "an id is invalid only when it is zero")]
pub(super) fn trace_id(format: &str, text: &str) -> TraceId {
    let hash = xxh3_128(format!("{format}\n{text}").as_bytes());
    TraceId::from_bytes(hash.max(1).to_be_bytes()).expect("16 bytes, not all zero")
}

/// A span of a trace: what it is, and the how manyth of these.
#[expect(clippy::expect_used, reason = "an id is invalid only when it is zero")]
pub(super) fn span_id(trace_id: TraceId, what: &str, place: usize) -> SpanId {
    let hash = xxh3_64(seed(trace_id, what, place).as_bytes());
    SpanId::from_slice(&hash.max(1).to_be_bytes()).expect("8 bytes, not all zero")
}

/// Any other id in a trace.
pub(super) fn text_id(trace_id: TraceId, what: &str, place: usize) -> String {
    format!("{:016x}", xxh3_64(seed(trace_id, what, place).as_bytes()))
}

fn seed(trace_id: TraceId, what: &str, place: usize) -> String {
    format!("{trace_id}/{what}/{place}")
}

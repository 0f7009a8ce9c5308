//! New ids, from the generator of the thread.

use telemetron_model::{SpanId, TraceId};

/// A new trace id: 16 random bytes.
pub(crate) fn trace_id() -> TraceId {
    loop {
        // All zeros, the one invalid id, comes once in 2^128.
        if let Ok(id) = TraceId::from_bytes(rand::random()) {
            return id;
        }
    }
}

/// A new span id: 8 random bytes.
pub(crate) fn span_id() -> SpanId {
    loop {
        let bytes: [u8; 8] = rand::random();
        if let Ok(id) = SpanId::from_slice(&bytes) {
            return id;
        }
    }
}

/// A new id for anything else: 32 hex digits.
pub(crate) fn text() -> String {
    trace_id().to_string()
}

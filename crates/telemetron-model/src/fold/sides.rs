//! The two sides of a call that bear one span id.
//!
//! Some tracers (Zipkin's, and what is translated from them) let the server go on with the span of
//! its client: both report a span under one id. They are two spans all the same. The caller keeps the
//! id; the called side gets one that follows from it and stands below it, whichever came first.

use memchr::memmem;
use serde::Deserialize;
use xxhash_rust::xxh3::Xxh3;

use crate::entries::Entries;
use crate::id::SpanId;
use crate::record::Span;

/// The attribute in which a span that came by OTLP says of which kind it was.
const KEY: &str = "otel.span";

/// Which side of a call a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one that calls or sends.
    Caller,
    /// The one that answers or receives.
    Called,
}

#[derive(Deserialize)]
struct OtlpSpan {
    #[serde(default)]
    kind: i32,
}

impl Side {
    /// The side that a span is; none where it does not say, or is neither.
    pub fn of(span: &Span) -> Option<Self> {
        let attributes = span.attributes.as_ref()?.get();
        memmem::find(attributes.as_bytes(), KEY.as_bytes())?;
        let told: OtlpSpan = serde_json::from_str(Entries::of(attributes).get(KEY)?).ok()?;
        Self::of_kind(told.kind)
    }

    /// The side of a kind of OTLP, by its number.
    pub const fn of_kind(kind: i32) -> Option<Self> {
        match kind {
            2 | 5 => Some(Self::Called),
            3 | 4 => Some(Self::Caller),
            _ => None,
        }
    }
}

/// The id of the called side of a call whose caller has this one.
pub fn called_id(caller: SpanId) -> SpanId {
    let mut hasher = Xxh3::new();
    hasher.update(caller.as_bytes());
    hasher.update(b"called");
    // No hash is zero but one in 2^64, and then the caller's own id is as good as any.
    SpanId::from_slice(&hasher.digest().to_be_bytes()).unwrap_or(caller)
}

/// The called side as a span of its own, below its caller.
pub fn called(mut span: Box<Span>) -> Box<Span> {
    let caller = span.span_id;
    span.parent_span_id = Some(caller);
    span.span_id = called_id(caller);
    span
}

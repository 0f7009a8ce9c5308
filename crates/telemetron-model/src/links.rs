//! Links of a span: other spans that it has to do with, in other traces as well.
//!
//! Runtimes that pass messages give each message a trace of its own and link it to the span that
//! sent it; nothing else says that these traces are one run.

use serde::Deserialize;
use serde_json::Value;

use crate::{RawJson, SpanId, TraceId};

/// Most links of a span that are looked at: a span that gathers a thousand messages belongs to the
/// run of the first all the same.
pub const MOST: usize = 32;

/// A span that another links to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Linked {
    /// Its trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
}

#[derive(Deserialize)]
struct Link {
    trace_id: TraceId,
    span_id: SpanId,
}

/// The spans of other traces that a span of `trace_id` links to; what cannot be read as a link is
/// none.
pub fn to_others(links: &RawJson, trace_id: TraceId) -> Vec<Linked> {
    let links: Vec<Value> = serde_json::from_str(links.get()).unwrap_or_default();
    let read = links.into_iter().take(MOST).filter_map(|link| {
        let Link { trace_id, span_id } = serde_json::from_value(link).ok()?;
        Some(Linked { trace_id, span_id })
    });
    read.filter(|link| link.trace_id != trace_id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(links: &Value) -> Vec<Linked> {
        let own = TraceId::from_bytes([1; 16]).unwrap();
        to_others(&RawJson::of(links).unwrap(), own)
    }

    #[test]
    fn links_to_other_traces_are_read_and_the_rest_is_left() {
        let link = |trace: u8| {
            let trace_id = TraceId::from_bytes([trace; 16]).unwrap();
            let span_id = SpanId::from_slice(&[7; 8]).unwrap();
            (
                serde_json::json!({ "trace_id": trace_id, "span_id": span_id, "attributes": {} }),
                Linked { trace_id, span_id },
            )
        };
        let ((own, _), (other, linked)) = (link(1), link(2));
        let links = serde_json::json!([own, other, { "trace_id": "no" }, 7, null]);
        assert_eq!(read(&links), [linked]);
        assert_eq!(read(&serde_json::json!({ "trace_id": 1 })), []);
    }

    #[test]
    fn only_so_many_are_looked_at() {
        let links: Vec<_> = (2..=200_u8)
            .map(|n| {
                let trace_id = TraceId::from_bytes([n; 16]).unwrap();
                serde_json::json!({ "trace_id": trace_id, "span_id": "0102030405060708" })
            })
            .collect();
        assert_eq!(read(&Value::from(links)).len(), MOST);
    }
}

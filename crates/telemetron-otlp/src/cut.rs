//! Payloads that are too large: cut with a mark, their true size and hash; the record is kept.
//!
//! The mark is that of the SDK. What came twice (as an attribute and as input or output) loses the
//! attribute first.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use telemetron_model::RawJson;
pub(crate) use telemetron_model::cut::cut_text;
use telemetron_model::decode::MAX_RECORD_BYTES;
use telemetron_model::record::Span;
use xxhash_rust::xxh3::xxh3_64;

use crate::reserved::CUT;
use crate::wire::MAX_VALUE_DEPTH;

/// How much of a payload is kept to recognise it by.
const HEAD_BYTES: usize = 4096;

/// Room for everything that is no payload.
const MARGIN: usize = 256 * 1024;

/// The most bytes all payloads of a record may have together.
pub(crate) const MAX_PAYLOAD_BYTES: usize = MAX_RECORD_BYTES - MARGIN;

/// The most bytes an attribute keeps in a span that has too many.
pub(crate) const MAX_ATTRIBUTE_BYTES: usize = 16 * 1024;

/// The most bytes of the text of an error, and of its stack.
pub(crate) const MAX_ERROR_BYTES: usize = 64 * 1024;

/// What stands in place of a payload that was too large.
pub(crate) struct Cut<'a>(&'a str);

#[derive(Serialize)]
struct Mark<'a> {
    bytes: usize,
    xxh3: String,
    head: &'a str,
}

impl<'a> Cut<'a> {
    /// The mark of a payload that is this JSON.
    pub(crate) const fn of(json: &'a str) -> Self {
        Self(json)
    }

    /// The mark as JSON.
    pub(crate) fn json(&self) -> Option<RawJson> {
        RawJson::of(self)
    }
}

impl Serialize for Cut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0;
        let mark = Mark {
            bytes: text.len(),
            xxh3: format!("{:016x}", xxh3_64(text.as_bytes())),
            head: &text[..text.floor_char_boundary(HEAD_BYTES)],
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(CUT, &mark)?;
        map.end()
    }
}

/// What stands in place of a value that lies too deep in others; short, and ASCII alone.
pub(crate) fn too_deep(bytes: usize) -> String {
    format!("(cut: {bytes} bytes, nested deeper than {MAX_VALUE_DEPTH} levels)")
}

/// Bytes of the payloads of a span.
pub(crate) fn payload_bytes(span: &Span) -> usize {
    let payloads = [
        &span.input_data,
        &span.output_data,
        &span.parameters,
        &span.attributes,
        &span.events,
        &span.links,
    ];
    payloads
        .into_iter()
        .flatten()
        .map(|json| json.get().len())
        .sum()
}

/// Cuts the largest payloads of a span until they fit together. Attributes stay an object, as the
/// mark is one; events and links become one mark in an array.
pub(crate) fn cut_span(span: &mut Span) {
    while payload_bytes(span) > MAX_PAYLOAD_BYTES {
        let payloads = [
            (&mut span.input_data, false),
            (&mut span.output_data, false),
            (&mut span.parameters, false),
            (&mut span.attributes, false),
            (&mut span.events, true),
            (&mut span.links, true),
        ];
        let length = |json: &Option<RawJson>| json.as_ref().map_or(0, |json| json.get().len());
        let largest = payloads.into_iter().max_by_key(|(json, _)| length(json));
        let Some((largest, is_array)) = largest else {
            return;
        };
        let before = length(largest);
        *largest = largest.as_ref().and_then(|json| {
            let cut = Cut::of(json.get());
            if is_array {
                RawJson::of(&[cut])
            } else {
                cut.json()
            }
        });
        if length(largest) >= before {
            return;
        }
    }
}

/// A payload that fits into a record, or its mark.
pub(crate) fn cut_payload(payload: RawJson) -> RawJson {
    if payload.get().len() <= MAX_PAYLOAD_BYTES {
        return payload;
    }
    Cut::of(payload.get()).json().unwrap_or(payload)
}

//! Payloads that are too large: cut with a mark, their true size and hash; the record is kept.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use xxhash_rust::xxh3::xxh3_64;

use crate::RawJson;
use crate::decode::MAX_RECORD_BYTES;
use crate::record::{Record, Span, Trace};

/// The name of the mark of a payload that was cut.
pub const CUT: &str = "telemetron.cut";

/// How much of a payload is kept to recognise it by, in bytes.
const HEAD_BYTES: usize = 4096;

/// Room for everything that is no payload, in bytes.
const MARGIN: usize = 256 * 1024;

/// The most bytes that all payloads of a record may have together.
pub const MAX_PAYLOAD_BYTES: usize = MAX_RECORD_BYTES - MARGIN;

/// What stands in place of a payload that was too large: an object with one field, [`CUT`], which
/// says the true size in bytes, the XXH3 hash, and how it began.
#[derive(Debug, Clone, Copy)]
pub struct Cut<'a>(&'a str);

#[derive(Serialize)]
struct Mark<'a> {
    bytes: usize,
    xxh3: String,
    head: &'a str,
}

impl<'a> Cut<'a> {
    /// The mark of a payload that is this JSON.
    pub const fn of(json: &'a str) -> Self {
        Self(json)
    }

    /// The mark as JSON.
    pub fn json(&self) -> Option<RawJson> {
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

/// A payload that fits into a record, or its mark.
pub fn cut_payload(payload: RawJson) -> RawJson {
    if payload.get().len() <= MAX_PAYLOAD_BYTES {
        return payload;
    }
    Cut::of(payload.get()).json().unwrap_or(payload)
}

/// Bytes of the payloads of a span, those of its calls included.
pub fn payload_bytes(span: &Span) -> usize {
    let calls = span.llm_calls.iter();
    let calls = calls.flat_map(|call| [&call.messages, &call.response]);
    let tools = span.tool_calls.iter();
    let tools = tools.flat_map(|call| [&call.arguments, &call.result]);
    let own = [
        &span.input_data,
        &span.output_data,
        &span.parameters,
        &span.attributes,
        &span.events,
        &span.links,
    ];
    calls.chain(tools).chain(own).map(length).sum()
}

/// Cuts the largest payloads of a record until they fit together.
pub fn fit_payloads(record: &mut Record) {
    match record {
        Record::Span(span) => fit_span(span),
        Record::Trace(trace) => fit_trace(trace),
        Record::Event(event) => fit(&mut [Payload::of(&mut event.data)]),
        Record::Handoff(handoff) => fit(&mut [Payload::of(&mut handoff.context)]),
        Record::Task(task) => fit(&mut [Payload::of(&mut task.args)]),
        Record::Error(_) | Record::Metric(_) | Record::Agent(_) => {}
    }
}

/// Cuts the largest payloads of a span until they fit together. Attributes stay an object, as the
/// mark is one; events and links become one mark in an array.
pub fn fit_span(span: &mut Span) {
    if payload_bytes(span) <= MAX_PAYLOAD_BYTES {
        return;
    }
    let calls = span.llm_calls.iter_mut();
    let calls = calls.flat_map(|call| [&mut call.messages, &mut call.response]);
    let tools = span.tool_calls.iter_mut();
    let tools = tools.flat_map(|call| [&mut call.arguments, &mut call.result]);
    let own = [
        &mut span.input_data,
        &mut span.output_data,
        &mut span.parameters,
        &mut span.attributes,
    ];
    let mut payloads: Vec<_> = calls.chain(tools).chain(own).map(Payload::of).collect();
    payloads.extend([&mut span.events, &mut span.links].map(Payload::list));
    fit(&mut payloads);
}

fn fit_trace(trace: &mut Trace) {
    fit(&mut [
        Payload::of(&mut trace.user_input),
        Payload::of(&mut trace.final_output),
        Payload::of(&mut trace.metadata),
    ]);
}

fn length(payload: &Option<RawJson>) -> usize {
    payload.as_ref().map_or(0, |json| json.get().len())
}

/// A payload of a record, and whether it is a list.
struct Payload<'a> {
    json: &'a mut Option<RawJson>,
    is_list: bool,
}

impl<'a> Payload<'a> {
    const fn of(json: &'a mut Option<RawJson>) -> Self {
        let is_list = false;
        Self { json, is_list }
    }

    const fn list(json: &'a mut Option<RawJson>) -> Self {
        let is_list = true;
        Self { json, is_list }
    }

    fn length(&self) -> usize {
        length(self.json)
    }

    fn cut(&mut self) {
        let cut = self.json.as_ref().map(|json| Cut::of(json.get()));
        *self.json = cut.and_then(|cut| match self.is_list {
            true => RawJson::of(&[cut]),
            false => cut.json(),
        });
    }
}

fn fit(payloads: &mut [Payload<'_>]) {
    let mut total: usize = payloads.iter().map(Payload::length).sum();
    while total > MAX_PAYLOAD_BYTES {
        let Some(largest) = payloads.iter_mut().max_by_key(|payload| payload.length()) else {
            return;
        };
        let before = largest.length();
        largest.cut();
        let after = largest.length();
        if after >= before {
            return; // Many small payloads: nothing more to gain.
        }
        total -= before - after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::SpanKind;
    use crate::{SpanId, Timestamp, TraceId};

    fn text(bytes: usize) -> Option<RawJson> {
        RawJson::of(&"x".repeat(bytes - 2))
    }

    fn span() -> Span {
        let trace = TraceId::from_bytes([1; 16]).unwrap();
        let id = SpanId::from_slice(&[1; 8]).unwrap();
        Span::started(trace, id, "s", SpanKind::Llm, Timestamp::from_nanos(1))
    }

    #[test]
    fn only_what_does_not_fit_is_cut_and_the_mark_tells_size_and_hash() {
        let mut span = span();
        span.input_data = text(5 * 1024 * 1024);
        span.output_data = text(4 * 1024 * 1024);
        let input = span.input_data.clone().unwrap();
        let mut record = Record::from(span);
        fit_payloads(&mut record);

        assert!(record.to_json().unwrap().len() <= MAX_RECORD_BYTES);
        let Record::Span(span) = record else { panic!() };
        assert_eq!(span.output_data, text(4 * 1024 * 1024));
        let mark: serde_json::Value = span.input_data.unwrap().parse().unwrap();
        let mark = &mark[CUT];
        assert_eq!(mark["bytes"], 5 * 1024 * 1024);
        let hash = format!("{:016x}", xxh3_64(input.get().as_bytes()));
        assert_eq!(mark["xxh3"], hash);
        assert_eq!(mark["head"], &input.get()[..HEAD_BYTES]);
    }

    #[test]
    fn events_that_are_cut_stay_a_list() {
        let mut span = span();
        span.events = RawJson::of(&["x".repeat(MAX_PAYLOAD_BYTES)]);
        fit_span(&mut span);
        let events: serde_json::Value = span.events.unwrap().parse().unwrap();
        assert!(events[0][CUT]["bytes"].is_number(), "{events}");
    }

    #[test]
    fn a_payload_that_fits_is_left_alone() {
        let payload = text(1000).unwrap();
        assert_eq!(cut_payload(payload.clone()), payload);
    }
}

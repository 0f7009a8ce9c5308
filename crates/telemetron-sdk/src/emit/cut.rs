//! Payloads that are too large: cut with a mark, their true size and hash; the record is kept.

use serde::Serialize;
use telemetron_model::RawJson;
use telemetron_model::decode::MAX_RECORD_BYTES;
use telemetron_model::record::{Record, Span, Trace};
use xxhash_rust::xxh3::xxh3_64;

/// How much of a payload is kept to recognise it by.
const HEAD_BYTES: usize = 4096;

/// Room for everything that is no payload.
const MARGIN: usize = 256 * 1024;

/// The most bytes all payloads of a record may have together.
const MAX_PAYLOAD_BYTES: usize = MAX_RECORD_BYTES - MARGIN;

/// What stands in place of a payload that was too large.
#[derive(Serialize)]
struct Cut<'a> {
    #[serde(rename = "telemetron.cut")]
    cut: Mark<'a>,
}

#[derive(Serialize)]
struct Mark<'a> {
    /// True size of the JSON text.
    bytes: usize,
    /// Its hash.
    xxh3: String,
    /// How it began.
    head: &'a str,
}

impl<'a> Cut<'a> {
    fn of(text: &'a str) -> Self {
        let end = text.floor_char_boundary(HEAD_BYTES);
        Self {
            cut: Mark {
                bytes: text.len(),
                xxh3: format!("{:016x}", xxh3_64(text.as_bytes())),
                head: &text[..end],
            },
        }
    }
}

/// The payload, or its mark when it can fit into no record.
pub(crate) fn cut_payload(payload: RawJson) -> RawJson {
    if payload.get().len() <= MAX_PAYLOAD_BYTES {
        return payload;
    }
    RawJson::of(&Cut::of(payload.get())).unwrap_or(payload)
}

/// Cuts the largest payloads of a record until they fit together.
pub(super) fn cut_record(record: &mut Record) {
    match record {
        Record::Span(span) => cut_span(span),
        Record::Trace(trace) => cut_trace(trace),
        Record::Event(event) => cut_largest(&mut [&mut event.data]),
        Record::Handoff(handoff) => cut_largest(&mut [&mut handoff.context]),
        Record::Task(task) => cut_largest(&mut [&mut task.args]),
        Record::Error(_) | Record::Metric(_) | Record::Agent(_) => {}
    }
}

fn cut_span(span: &mut Span) {
    let calls = span.llm_calls.iter_mut();
    let calls = calls.flat_map(|call| [&mut call.messages, &mut call.response]);
    let tools = span.tool_calls.iter_mut();
    let tools = tools.flat_map(|call| [&mut call.arguments, &mut call.result]);
    let mut payloads: Vec<&mut Option<RawJson>> = calls.chain(tools).collect();
    payloads.extend([
        &mut span.input_data,
        &mut span.output_data,
        &mut span.parameters,
        &mut span.attributes,
    ]);
    cut_largest(&mut payloads);
}

fn cut_trace(trace: &mut Trace) {
    cut_largest(&mut [
        &mut trace.user_input,
        &mut trace.final_output,
        &mut trace.metadata,
    ]);
}

fn cut_largest(payloads: &mut [&mut Option<RawJson>]) {
    let length = |payload: &Option<RawJson>| payload.as_ref().map_or(0, |json| json.get().len());
    let mut total: usize = payloads.iter().map(|payload| length(payload)).sum();
    while total > MAX_PAYLOAD_BYTES {
        let Some(largest) = payloads.iter_mut().max_by_key(|payload| length(payload)) else {
            return;
        };
        let before = length(largest);
        let mark = largest
            .as_ref()
            .and_then(|json| RawJson::of(&Cut::of(json.get())));
        **largest = mark;
        let after = length(largest);
        if after >= before {
            return; // Many small payloads: nothing more to gain.
        }
        total -= before - after;
    }
}

#[cfg(test)]
mod tests {
    use telemetron_model::Timestamp;
    use telemetron_model::record::SpanKind;

    use super::*;

    fn text(bytes: usize) -> Option<RawJson> {
        RawJson::of(&"x".repeat(bytes - 2))
    }

    #[test]
    fn only_what_does_not_fit_is_cut_and_the_mark_tells_size_and_hash() {
        let (trace, span) = (crate::ids::trace_id(), crate::ids::span_id());
        let mut span = Span::started(trace, span, "s", SpanKind::Llm, Timestamp::now());
        span.input_data = text(5 * 1024 * 1024);
        span.output_data = text(4 * 1024 * 1024);
        let input = span.input_data.clone().unwrap();
        let mut record = Record::from(span);
        cut_record(&mut record);

        assert!(record.to_json().unwrap().len() <= MAX_RECORD_BYTES);
        let Record::Span(span) = record else { panic!() };
        assert_eq!(span.output_data, text(4 * 1024 * 1024));
        let mark: serde_json::Value = span.input_data.unwrap().parse().unwrap();
        let mark = &mark["telemetron.cut"];
        assert_eq!(mark["bytes"], 5 * 1024 * 1024);
        let hash = format!("{:016x}", xxh3_64(input.get().as_bytes()));
        assert_eq!(mark["xxh3"], hash);
        assert_eq!(mark["head"], &input.get()[..HEAD_BYTES]);
    }

    #[test]
    fn a_payload_that_fits_is_left_alone() {
        let payload = text(1000).unwrap();
        assert_eq!(cut_payload(payload.clone()), payload);
    }
}

//! What mapping costs beside what nobody can go without, each at its fastest.
//!
//! The steps take turns, so that a busy machine slows all of them alike; the fastest of many rounds
//! is what a step costs when nothing disturbs it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use prost::Message;
use telemetron_model::record::Record;
use telemetron_otlp::proto::collector::trace::v1::ExportTraceServiceRequest;
use telemetron_otlp::wire::{self, Encoding};
use telemetron_otlp::{Prices, traces};

const ROUNDS: usize = 300;

/// The line that says it, for a request of so many spans.
pub(crate) fn report(request: &ExportTraceServiceRequest, spans: usize) -> String {
    let prices = Prices::builtin();
    let protobuf = wire::encode_traces(request, Encoding::Protobuf);
    let records = traces::map(request, &prices).records;
    let [mut decode, mut map, mut encode] = [Duration::MAX; 3];
    for _ in 0..ROUNDS {
        fastest(&mut decode, || {
            ExportTraceServiceRequest::decode(black_box(protobuf.as_slice()))
        });
        fastest(&mut map, || traces::map(black_box(request), &prices));
        fastest(&mut encode, || {
            let bytes = records.iter().map(Record::to_json);
            bytes.filter(Result::is_ok).count()
        });
    }
    let micros = |time: Duration| time.as_secs_f64() * 1e6 / spans as f64;
    let ratio = (decode + map + encode).as_secs_f64() / (decode + encode).as_secs_f64();
    format!(
        "a span at its fastest: decode {:.2} µs, map {:.2} µs, record to JSON {:.2} µs; \
         all of it is {ratio:.2} times decode and JSON",
        micros(decode),
        micros(map),
        micros(encode),
    )
}

/// Times a step and the end of its result, which whoever decodes must free too, and keeps the least.
fn fastest<T>(least: &mut Duration, step: impl FnOnce() -> T) {
    let start = Instant::now();
    drop(black_box(step()));
    *least = start.elapsed().min(*least);
}

//! OTLP as protobuf: one request a file, or many, each behind its length (four bytes, big-endian),
//! as the collector's file exporter writes them.

use telemetron_otlp::metrics;
use telemetron_otlp::wire::{self, Encoding};

use super::{Reading, Run};

/// The name of the form.
const FORMAT: &str = "otlp-protobuf";

/// Reads a file of protobuf requests; `None` when it is none.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<Reading>> {
    let runs = match one(bytes) {
        Some(run) => vec![run],
        None => framed(bytes)?,
    };
    let reading = |run| Reading::Run {
        format: FORMAT,
        run,
    };
    Some(runs.into_iter().map(reading).collect())
}

/// A request of the signal whose shape it has: the first field of each is a message of field 1, so
/// the one that yields something is meant.
fn one(bytes: &[u8]) -> Option<Run> {
    // Field 1, a message: every request that is not empty begins so.
    if bytes.first() != Some(&0x0a) {
        return None;
    }
    let spans = wire::decode_traces(bytes, Encoding::Protobuf);
    let points = || wire::decode_metrics(bytes, Encoding::Protobuf);
    let entries = || wire::decode_logs(bytes, Encoding::Protobuf);
    let candidates = [
        spans.ok().map(Run::of_spans),
        points().ok().map(|request| Run::of(metrics::map(&request))),
        entries().ok().map(Run::of_logs),
    ];
    let sizes = candidates.into_iter().flatten();
    sizes
        .filter(|run| !run.records.is_empty())
        .min_by_key(|run| run.rejected.len())
}

fn framed(mut bytes: &[u8]) -> Option<Vec<Run>> {
    let mut runs = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        runs.push(one(rest.get(..length)?)?);
        bytes = rest.get(length..)?;
    }
    (bytes.is_empty() && !runs.is_empty()).then_some(runs)
}

//! Decode and fold on one core: what the consumer does before it speaks to Postgres.

use std::hint::black_box;
use std::time::Instant;

use telemetron_model::Timestamp;
use telemetron_model::decode::{Decoded, RawRecord, decode};
use telemetron_model::record::Record;
use telemetron_model::search::{Marks, each_text, each_word, once};
use telemetron_model::topic::Topic;
use telemetron_store::write::{Batch, Delivery, Position};

use crate::report::{figure, line, median};
use crate::workload;

/// Records of one batch, as in the consumer.
const BATCH: usize = 5_000;

pub(crate) fn run(traces: u32) -> anyhow::Result<()> {
    let values: Vec<_> = (0..u64::from(traces))
        .flat_map(|number| {
            workload::trace(number, Timestamp::from_nanos(1_700_000_000_000_000_000))
        })
        .map(|span| Record::from(span).to_json())
        .collect::<Result<_, _>>()?;
    let bytes: usize = values.iter().map(Vec::len).sum();
    line(
        "bytes a span as JSON",
        figure(bytes) / figure(values.len()),
        "B",
    );
    let time = |work: fn(&[Vec<u8>])| {
        let once = || {
            let timer = Instant::now();
            values.chunks(BATCH).for_each(work);
            figure(values.len()) / timer.elapsed().as_secs_f64()
        };
        median((0..5).map(|_| once()).collect())
    };
    let parsed = time(|batch| batch.iter().for_each(|value| drop(black_box(parse(value)))));
    let folded = time(|batch| drop(black_box(fold(batch, false))));
    let sealed = time(|batch| drop(black_box(fold(batch, true))));
    let marked = time(|batch| batch.iter().for_each(|value| drop(black_box(marks(value)))));
    let untyped = time(|batch| {
        let parse = |value: &Vec<u8>| serde_json::from_slice::<serde_json::Value>(value).ok();
        batch.iter().for_each(|value| drop(black_box(parse(value))));
    });
    line("serde_json::Value alone (yardstick)", untyped, "spans/s");
    line("decode", parsed, "spans/s");
    line("decode and fold", folded, "spans/s");
    line("decode, fold, compress and mark", sealed, "spans/s");
    line("decode and mark", marked, "spans/s");
    let share = (1.0 / marked - 1.0 / parsed) * sealed;
    line(
        "marks for search, of all before Postgres",
        share * 100.0,
        "%",
    );
    let of_trace = |trace: &[Vec<u8>]| {
        let mut all: Vec<_> = trace.iter().flat_map(|value| marks(value)).collect();
        once(&mut all);
        Marks::of(&all).as_bytes().len()
    };
    let marks: usize = values
        .chunks(workload::SPANS_PER_TRACE as usize)
        .map(of_trace)
        .sum();
    line(
        "bytes of marks a span",
        figure(marks) / figure(values.len()),
        "B",
    );
    line("decode and fold / serde_json::Value", folded / untyped, "x");
    Ok(())
}

/// The marks of a span's input and output, by which text search finds it.
fn marks(value: &[u8]) -> Vec<u64> {
    let mut marks = Vec::new();
    if let Decoded::Fold {
        record: Record::Span(span),
        ..
    } = parse(value)
    {
        for payload in [&span.input_data, &span.output_data].into_iter().flatten() {
            each_text(payload.get(), |text| {
                each_word(text, |mark| marks.push(mark));
            });
        }
    }
    marks
}

fn parse(value: &[u8]) -> Decoded {
    decode(RawRecord {
        topic: Topic::Spans,
        schema: None,
        key: None,
        value: Some(value),
    })
}

fn fold(values: &[Vec<u8>], seal: bool) -> Batch {
    let mut batch = Batch::new("bench");
    let position = batch.add_position(Position {
        topic: Topic::Spans,
        partition: 0,
        expected: 0,
        next: 0,
        broker_time: None,
        received: 0,
        ignored: 0,
        rejected: 0,
    });
    for value in values {
        if let Decoded::Fold { record, hash } = parse(value) {
            batch.add(Delivery {
                position,
                broker_time: Timestamp::from_nanos(1),
                hash,
                record,
            });
        }
    }
    if seal {
        // Compression fails only without memory.
        drop(batch.seal());
    }
    batch
}

//! One span, start to end, with five attributes, on the calling thread.
//!
//! Spans come in bursts with a flush in between, outside of the clock: an agent does not emit
//! without a pause, and the queue must have room. The price of a drop is measured apart.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use telemetron_sdk::{Collector, QueueLimits, Record, Sink, TraceGuard};

struct Nowhere;

impl Sink for Nowhere {
    fn emit(&self, record: Record) {
        black_box(record);
    }
}

fn one_span(trace: &TraceGuard) {
    let span = trace.tool("search");
    span.attribute("query", "hotels in Rome")
        .attribute("limit", 10_i64)
        .attribute("score", 0.75)
        .attribute("cached", false)
        .attribute("region", "eu-south-1");
    span.complete();
}

#[expect(
    clippy::expect_used,
    reason = "a bench without a collector measures nothing"
)]
fn collector(records: usize) -> Collector {
    let limits = QueueLimits {
        records,
        bytes: usize::MAX,
    };
    let builder = Collector::builder().sink(Nowhere).queue_limits(limits);
    builder.start().expect("a collector with a sink starts")
}

/// How long `count` rounds take, flushes between bursts left out.
fn in_bursts(collector: &Collector, count: u64, mut round: impl FnMut()) -> Duration {
    const BURST: u64 = 1000;
    let mut left = count;
    let mut spent = Duration::ZERO;
    while left > 0 {
        let burst = left.min(BURST);
        let began = Instant::now();
        (0..burst).for_each(|_| round());
        spent += began.elapsed();
        collector.flush_blocking(Duration::from_secs(10));
        left -= burst;
    }
    spent
}

fn spans(criterion: &mut Criterion) {
    let roomy = collector(1_000_000);
    let trace = roomy.trace("bench").start();
    criterion.bench_function("span_with_five_attributes", |bencher| {
        bencher.iter_custom(|count| in_bursts(&roomy, count, || one_span(&trace)));
    });
    assert_eq!(roomy.dropped(), 0, "the bench must not measure drops");

    let full = collector(0);
    let trace = full.trace("bench").start();
    criterion.bench_function("span_that_is_dropped", |bencher| {
        bencher.iter(|| one_span(&trace));
    });
}

criterion_group!(benches, spans);
criterion_main!(benches);

//! One span, start to end, with five attributes, on the calling thread.
//!
//! The worker drains into a sink that does nothing, so that the queue has room: the price of a
//! drop is measured apart.

use std::hint::black_box;

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

fn spans(criterion: &mut Criterion) {
    let roomy = collector(10_000_000);
    let trace = roomy.trace("bench").start();
    criterion.bench_function("span_with_five_attributes", |bencher| {
        bencher.iter(|| one_span(&trace));
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

//! What a span costs: decoded, mapped, written as the record that goes to Kafka.
//!
//! ```sh
//! cargo bench -p telemetron-otlp
//! ```
//!
//! The yardstick is what nobody can go without: prost's decoding and one JSON encoding of the same
//! span. The first line holds all steps against it; then criterion times each, per request of 512
//! spans, and its throughput gives spans a second.

mod ratio;
mod request;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use prost::Message;
use std::hint::black_box;
use telemetron_model::record::Record;
use telemetron_otlp::proto::collector::trace::v1::ExportTraceServiceRequest;
use telemetron_otlp::wire::{self, Encoding};
use telemetron_otlp::{Attributes, Prices, SpanSource, dialect, encode, traces};

fn spans(criterion: &mut Criterion) {
    let request = request::realistic();
    // Tests of benches and lists of their names have no use for it.
    if std::env::args().any(|argument| argument == "--bench") {
        eprintln!("{}", ratio::report(&request, 512));
    }
    let prices = Prices::builtin();
    let protobuf = wire::encode_traces(&request, Encoding::Protobuf);
    let json = wire::encode_traces(&request, Encoding::Json);
    let records = traces::map(&request, &prices).records;

    let mut group = criterion.benchmark_group("512 spans");
    group.throughput(Throughput::Elements(512));
    group.bench_function("decode protobuf", |bench| {
        bench.iter(|| ExportTraceServiceRequest::decode(black_box(protobuf.as_slice())));
    });
    group.bench_function("decode json", |bench| {
        bench.iter(|| wire::decode_traces(black_box(&json), Encoding::Json));
    });
    group.bench_function("map", |bench| {
        bench.iter(|| traces::map(black_box(&request), &prices))
    });
    group.bench_function("read dialects", |bench| {
        bench.iter(|| read(black_box(&request)))
    });
    group.bench_function("encode records as json", |bench| {
        bench.iter(|| {
            let bytes = records.iter().filter_map(|record| record.to_json().ok());
            bytes.map(|bytes| bytes.len()).sum::<usize>()
        });
    });
    group.bench_function("encode records as otlp", |bench| {
        let spans: Vec<_> = records.iter().filter_map(span).collect();
        bench.iter(|| encode::traces(spans.iter().copied()));
    });
    group.finish();
}

/// Sorts the attributes of each span and reads what it says; the part of `map` that grows with
/// every dialect.
fn read(request: &ExportTraceServiceRequest) -> usize {
    let resource = Attributes::default();
    let scopes = request
        .resource_spans
        .iter()
        .flat_map(|spans| &spans.scope_spans);
    let spans = scopes.flat_map(|scope| &scope.spans);
    let readings = spans.map(|span| {
        let source = SpanSource {
            span,
            attributes: Attributes::new(&span.attributes),
            resource: &resource,
            scope: "",
        };
        dialect::read(&source).rules.len()
    });
    readings.sum()
}

fn span(record: &Record) -> Option<&telemetron_model::record::Span> {
    match record {
        Record::Span(span) => Some(span),
        _ => None,
    }
}

criterion_group!(benches, spans);
criterion_main!(benches);

//! Telemetry that others recorded goes in whole: every span is a record, or is rejected with a
//! reason. The recordings stand beside the project; without them the tests say so and pass.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends where something is not as it should be, in its helpers too"
)]

#[path = "../archive/mod.rs"]
mod archive;
mod documents;

use std::path::Path;

use archive::unpacked;
use documents::{Document, documents_of, files};
use telemetron_model::record::Record;
use telemetron_otlp::wire::{self, Encoding};
use telemetron_otlp::{Mapped, Prices, logs, metrics, proto, traces};

const SETS: [&str; 3] = [
    "otlp_agent_runs",
    "otlp_conformance",
    "otlp_inline_payloads",
];

type Request = proto::collector::trace::v1::ExportTraceServiceRequest;

#[test]
fn every_span_of_the_recordings_is_a_record_or_is_rejected_with_a_reason() {
    let prices = Prices::builtin();
    let (mut requests, mut spans) = (0, 0);
    for (name, document) in SETS
        .into_iter()
        .filter_map(unpacked)
        .flat_map(all_documents)
    {
        let Document::Traces {
            body,
            spans: expected,
        } = document
        else {
            continue;
        };
        let request = wire::decode_traces(&body, Encoding::Json)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(spans_in(&request), expected, "{name}: spans read");
        check(&name, &request, &prices);
        requests += 1;
        spans += expected;
    }
    println!("{requests} requests, {spans} spans");
}

#[test]
fn a_recording_whose_lists_are_objects_is_refused_with_the_place() {
    for (name, document) in SETS
        .into_iter()
        .filter_map(unpacked)
        .flat_map(all_documents)
    {
        if let Document::NoList { body } = document {
            let error = wire::decode_traces(&body, Encoding::Json)
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("expected an array at line 1"),
                "{name}: {error}"
            );
            assert!(error.ends_with(".scopeSpans`"), "{name}: {error}");
        }
    }
}

#[test]
fn protobuf_recordings_go_in_whole() {
    let prices = Prices::builtin();
    for folder in SETS.into_iter().filter_map(unpacked) {
        for path in files(folder.path(), "pb") {
            let name = path.display().to_string();
            let body = std::fs::read(&path).unwrap();
            if name.contains("logs") || name.contains("events") {
                let request = wire::decode_logs(&body, Encoding::Protobuf).unwrap();
                assert!(logs::map(&request).rejected.is_empty(), "{name}");
            } else if name.contains("metrics") {
                let request = wire::decode_metrics(&body, Encoding::Protobuf).unwrap();
                assert!(!metrics::map(&request).records.is_empty(), "{name}");
            } else {
                let request = wire::decode_traces(&body, Encoding::Protobuf).unwrap();
                check(&name, &request, &prices);
            }
        }
    }
}

#[test]
fn log_records_and_metrics_of_the_recordings_are_records_or_rejected_with_a_reason() {
    for (name, document) in SETS
        .into_iter()
        .filter_map(unpacked)
        .flat_map(all_documents)
    {
        match document {
            Document::Traces { .. } | Document::NoList { .. } => {}
            Document::Logs { body, records } => {
                let request = wire::decode_logs(&body, Encoding::Json)
                    .unwrap_or_else(|error| panic!("{name}: {error}"));
                let mapped = logs::map(&request);
                let is_event = |record: &&Record| matches!(record, Record::Event(_));
                let events = mapped.records.iter().filter(is_event).count();
                assert_eq!(events + mapped.rejected.len(), records, "{name}");
                explained(&name, &mapped);
            }
            Document::Metrics { body } => {
                let request = wire::decode_metrics(&body, Encoding::Json)
                    .unwrap_or_else(|error| panic!("{name}: {error}"));
                let mapped = metrics::map(&request);
                assert!(!mapped.records.is_empty(), "{name}");
                explained(&name, &mapped);
            }
        }
    }
}

#[test]
fn files_of_any_other_form_are_refused_or_read_without_a_panic() {
    for folder in SETS.into_iter().filter_map(unpacked) {
        for path in files(folder.path(), "") {
            let body = std::fs::read(&path).unwrap();
            for encoding in [Encoding::Json, Encoding::Protobuf] {
                // Whatever they say: that they end is what counts.
                let _ = wire::decode_traces(&body, encoding)
                    .map(|request| traces::map(&request, &Prices::default()));
                let _ = wire::decode_logs(&body, encoding).map(|request| logs::map(&request));
                let _ = wire::decode_metrics(&body, encoding).map(|request| metrics::map(&request));
            }
        }
    }
}

fn all_documents(folder: tempfile::TempDir) -> Vec<(String, Document)> {
    let named = |path: &Path, document| (path.display().to_string(), document);
    let paths = files(folder.path(), "");
    let documents = paths.iter().flat_map(|path| {
        documents_of(path)
            .into_iter()
            .map(move |document| named(path, document))
    });
    documents.collect()
}

/// All spans are there, both encodings give the same, and what goes out comes in again unchanged.
fn check(name: &str, request: &Request, prices: &Prices) {
    let mapped = traces::map(request, prices);
    let spans: Vec<_> = mapped.records.iter().filter_map(span).collect();
    assert_eq!(
        spans.len() + mapped.rejected.len(),
        spans_in(request),
        "{name}"
    );
    explained(name, &mapped);
    for record in &mapped.records {
        decodes(name, record);
    }
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        let body = wire::encode_traces(request, encoding);
        let again = wire::decode_traces(&body, encoding).unwrap();
        assert_eq!(
            traces::map(&again, prices),
            mapped,
            "{name} by way of {encoding:?}"
        );
    }
}

/// The consumer takes the record.
fn decodes(name: &str, record: &Record) {
    let value = record.to_json().unwrap();
    let key = record.key();
    let decoded = telemetron_model::decode::decode(telemetron_model::decode::RawRecord {
        topic: record.schema().topic(),
        schema: Some(record.schema().header().as_bytes()),
        key: Some(key.as_bytes()),
        value: Some(&value),
    });
    assert!(
        matches!(decoded, telemetron_model::decode::Decoded::Fold { .. }),
        "{name}: {decoded:?}"
    );
}

fn explained(name: &str, mapped: &Mapped) {
    let unexplained = mapped
        .rejected
        .iter()
        .find(|rejected| rejected.reason.is_empty());
    assert_eq!(unexplained, None, "{name}");
    if let Some(message) = mapped.rejection_message() {
        println!("{name}: {message}");
    }
}

fn span(record: &Record) -> Option<&telemetron_model::record::Span> {
    match record {
        Record::Span(span) => Some(span),
        _ => None,
    }
}

fn spans_in(request: &Request) -> usize {
    let scopes = request
        .resource_spans
        .iter()
        .flat_map(|spans| &spans.scope_spans);
    scopes.map(|scope| scope.spans.len()).sum()
}

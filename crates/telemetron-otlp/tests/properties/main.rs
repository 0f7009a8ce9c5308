//! What holds for any bytes and for any request.

mod requests;

use proptest::collection::vec;
use proptest::prelude::*;
use telemetron_model::record::{Record, Span};
use telemetron_otlp::wire::{self, Encoding};
use telemetron_otlp::{Prices, encode, logs, metrics, traces};

use requests::request;

/// Decodes and maps the bytes as every signal in both encodings.
fn take_everything(bytes: &[u8]) {
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        if let Ok(request) = wire::decode_traces(bytes, encoding) {
            traces::map(&request, &Prices::default());
        }
        if let Ok(request) = wire::decode_logs(bytes, encoding) {
            logs::map(&request);
        }
        if let Ok(request) = wire::decode_metrics(bytes, encoding) {
            metrics::map(&request);
        }
    }
}

fn spans(records: Vec<Record>) -> Vec<Span> {
    let spans = records.into_iter().filter_map(|record| match record {
        Record::Span(span) => Some(*span),
        _ => None,
    });
    spans.collect()
}

proptest! {
    // A failure is printed whole; nothing is written beside the sources.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_decoders_panic(bytes in vec(any::<u8>(), 0..400)) {
        take_everything(&bytes);
    }

    #[test]
    fn no_change_of_a_request_makes_the_decoders_panic(
        request in request(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        json in any::<bool>(),
    ) {
        let encoding = if json { Encoding::Json } else { Encoding::Protobuf };
        let mut bytes = wire::encode_traces(&request, encoding);
        prop_assume!(!bytes.is_empty());
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        take_everything(&bytes);
    }

    #[test]
    fn both_encodings_of_a_request_map_to_the_same_records(request in request()) {
        let prices = Prices::builtin();
        let direct = traces::map(&request, &prices);
        for encoding in [Encoding::Json, Encoding::Protobuf] {
            let body = wire::encode_traces(&request, encoding);
            let read = wire::decode_traces(&body, encoding).unwrap();
            prop_assert_eq!(&traces::map(&read, &prices), &direct);
        }
    }

    #[test]
    fn every_span_is_a_record_or_is_rejected(request in request()) {
        let scopes = request.resource_spans.iter().flat_map(|spans| &spans.scope_spans);
        let count: usize = scopes.map(|scope| scope.spans.len()).sum();
        let mapped = traces::map(&request, &Prices::default());
        prop_assert_eq!(spans(mapped.records).len() + mapped.rejected.len(), count);
    }

    #[test]
    fn what_is_written_reads_back_as_the_same_spans(request in request()) {
        let prices = Prices::builtin();
        let first = spans(traces::map(&request, &prices).records);
        let written = encode::traces(first.iter());
        for encoding in [Encoding::Json, Encoding::Protobuf] {
            let body = wire::encode_traces(&written, encoding);
            let read = wire::decode_traces(&body, encoding).unwrap();
            let mut second = spans(traces::map(&read, &prices).records);
            let mut first = first.clone();
            // Writing puts together what belongs to one resource.
            for spans in [&mut first, &mut second] {
                spans.sort_by_cached_key(|span| serde_json::to_string(span).unwrap());
            }
            prop_assert_eq!(second, first);
        }
    }
}

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;

use super::super::bounds::MAX_ITEMS;
use super::*;

fn any(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn pair(key: &str, value: AnyValue) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(value),
        ..KeyValue::default()
    }
}

/// A value in so many others.
fn nested(levels: usize, inmost: AnyValue) -> AnyValue {
    (0..levels).fold(inmost, |inner, level| {
        any(if level % 2 == 0 {
            let values = vec![pair("k", inner)];
            Value::KvlistValue(KeyValueList { values })
        } else {
            Value::ArrayValue(ArrayValue {
                values: vec![inner],
            })
        })
    })
}

fn request(spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = vec![ScopeSpans {
        spans,
        ..ScopeSpans::default()
    }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            scope_spans,
            ..ResourceSpans::default()
        }],
    }
}

fn span(name: &str, attributes: Vec<KeyValue>) -> Span {
    Span {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        name: name.to_owned(),
        attributes,
        ..Span::default()
    }
}

fn look(body: &[u8]) -> (Scan, usize) {
    let mut hold = |_| true;
    let meter = Meter::counting(Room::without_end(&mut hold));
    let scan = scan(body, Signal::Traces, &meter).unwrap();
    (scan, meter.bytes())
}

#[test]
fn empty_spans_weigh_what_they_become() {
    let body = request(vec![Span::default(); 1_000]).encode_to_vec();
    let (scan, bytes) = look(&body);
    assert!(body.len() < 3_000 && scan.fits);
    assert!(bytes >= 1_000 * size_of::<Span>(), "{bytes}");
}

#[test]
fn too_many_items_and_too_much_memory_are_found_before_anything_is_made() {
    let many = request(vec![Span::default(); MAX_ITEMS + 1]).encode_to_vec();
    let mut hold = |_| true;
    let room = Room {
        items: MAX_ITEMS,
        ..Room::without_end(&mut hold)
    };
    let meter = Meter::counting(room);
    let refused = scan(&many, Signal::Traces, &meter).unwrap_err();
    assert_eq!(refused, Excess::Items);

    let pairs = vec![KeyValue::default(); 1_000_000];
    let wide = request(vec![span("wide", pairs)]).encode_to_vec();
    let mut held = 0;
    let mut hold = |bytes| {
        held = bytes;
        false
    };
    for (most, expected) in [(50_000_000, Excess::Bytes), (500_000_000, Excess::Room)] {
        let hold = &mut hold;
        let meter = Meter::counting(Room {
            most,
            ..Room::without_end(hold)
        });
        let refused = scan(&wide, Signal::Traces, &meter).unwrap_err();
        assert_eq!(refused, expected);
    }
    assert!(held > 1_000_000 * size_of::<KeyValue>(), "{held}");
}

#[test]
fn a_value_that_is_too_deep_is_cut_and_everything_around_it_stays() {
    let text = |length: usize| any(Value::StringValue("x".repeat(length)));
    for length in [0, 1, 2, 3, 5, 50, 120, 121, 122, 123, 124, 200, 300, 20_000] {
        let deep = nested(60, text(length));
        let spans = vec![
            span("before", vec![pair("a", text(3))]),
            span("deep", vec![pair("deep", deep), pair("after", text(4))]),
            span("after", vec![]),
        ];
        let mut body = request(spans).encode_to_vec();
        assert!(ExportTraceServiceRequest::decode(body.as_slice()).is_err());
        let (found, _) = look(&body);
        assert_eq!(found.deep.len(), 1, "{length}");
        cut(&mut body, &found.deep);
        let read = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
        let spans = &read.resource_spans[0].scope_spans[0].spans;
        assert_eq!(spans.len(), 3);
        assert_eq!(spans[0].attributes[0].value, Some(text(3)));
        assert_eq!(spans[1].attributes[1].value, Some(text(4)));
        let written = format!("{:?}", spans[1].attributes[0]);
        assert!(written.contains("nested deeper than 24"), "{written}");
        assert!(look(&body).0.deep.is_empty());
    }
}

#[test]
fn what_the_decoder_takes_is_never_cut() {
    let value = nested(MAX_VALUE_DEPTH - 1, any(Value::IntValue(7)));
    let body = request(vec![span("s", vec![pair("v", value)])]).encode_to_vec();
    let (scan, _) = look(&body);
    assert!(scan.deep.is_empty() && scan.fits);
    assert!(ExportTraceServiceRequest::decode(body.as_slice()).is_ok());
}

#[test]
fn broken_bytes_end_the_walk() {
    for body in [
        &b"\x0a\xff"[..],
        b"\x0a\x05\x12",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        assert!(!look(body).0.fits, "{body:?}");
    }
    let group = b"\x0a\x06\x5b\x08\x01\x5c\x12\x00";
    look(group);
}

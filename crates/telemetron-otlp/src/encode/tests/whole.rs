//! Spans that carry their record.

use telemetron_model::record::{LlmCall, Record, Span, SpanKind, TokenUsage};
use telemetron_model::{RawJson, SpanId};

use super::of_ours;
use crate::encode::whole_traces;
use crate::wire::{Encoding, decode_traces, encode_traces};
use crate::{Prices, traces::map};

fn there(span: &Span) -> Vec<Record> {
    let body = encode_traces(&whole_traces([span].into_iter()), Encoding::Json);
    map(
        &decode_traces(&body, Encoding::Json).unwrap(),
        &Prices::default(),
    )
    .records
}

#[test]
fn a_span_of_ours_comes_back_as_the_very_record_and_tells_of_no_handoff() {
    let long: SpanId = "0102030405060708090a0b0c".parse().unwrap();
    let call = LlmCall {
        model: "gpt-5".to_owned(),
        provider: None,
        messages: None,
        response: None,
        parameters: None,
        token_usage: Some(TokenUsage::new(7, 3)),
        cost_usd: None,
        latency_ns: Some(5),
        time_to_first_token_ns: None,
        finish_reason: None,
        error: None,
    };
    for kind in SpanKind::ALL {
        let span = Span {
            parent_span_id: Some(long),
            llm_calls: vec![call.clone()],
            input_data: RawJson::from_text(r#"{"question":"why"}"#.to_owned()).ok(),
            output_data: RawJson::of("because"),
            // An attribute of the agent's own under the very name that the input goes by.
            attributes: RawJson::from_text(r#"{"input.value":"mine","n":1}"#.to_owned()).ok(),
            ..of_ours(*kind)
        };
        assert_eq!(there(&span), [Record::from(span)], "{kind}");
    }
}

#[test]
fn a_span_that_came_by_otlp_carries_nothing_more() {
    let json = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{
        "traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"s",
        "startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}"#;
    let request = decode_traces(json.as_bytes(), Encoding::Json).unwrap();
    let records = map(&request, &Prices::default()).records;
    let [Record::Span(span)] = records.as_slice() else {
        panic!("{records:?}")
    };
    let again = whole_traces([&**span].into_iter());
    assert_eq!(
        again.resource_spans[0].scope_spans[0].spans[0].attributes,
        []
    );
    assert_eq!(there(span), records);
}

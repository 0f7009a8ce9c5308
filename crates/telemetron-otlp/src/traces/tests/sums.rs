//! Calls of models of which nobody tells more than what they add up to.

use telemetron_model::record::{Record, Span, SpanKind, TokenUsage};

use super::{IDS, TIMES, text};
use crate::Prices;
use crate::traces::map;
use crate::wire::{self, Encoding};

/// The span of this name, as this instrumentation tells it, with 110 tokens that went in and 23 that
/// came out.
fn told(scope: &str, name: &str, kind: &str) -> Span {
    let count =
        |key: &str, count: u32| format!(r#"{{"key":"{key}","value":{{"intValue":{count}}}}}"#);
    let attributes = [
        text("traceloop.span.kind", kind),
        text("gen_ai.agent.name", "desk"),
        text("gen_ai.request.model", "gpt-4o"),
        count("gen_ai.usage.input_tokens", 110),
        count("gen_ai.usage.output_tokens", 23),
    ]
    .join(",");
    let json = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"scope":{{"name":"{scope}"}},
            "spans":[{{{IDS},{TIMES},"name":"{name}","attributes":[{attributes}]}}]}}]}}]}}"#
    );
    let request = wire::decode_traces(json.as_bytes(), Encoding::Json).unwrap();
    let records = map(&request, &Prices::builtin()).records.into_iter();
    let mut spans = records.filter_map(|record| match record {
        Record::Span(span) => Some(*span),
        _ => None,
    });
    spans.next().unwrap()
}

#[test]
fn what_the_calls_of_an_agent_of_agno_add_up_to_is_one_call_with_a_price() {
    let agent = told("opentelemetry.instrumentation.agno", "desk.agent", "agent");
    assert_eq!(agent.span_kind, SpanKind::Agent);
    let [call] = &agent.llm_calls[..] else {
        panic!("one call: {:?}", agent.llm_calls)
    };
    assert_eq!(
        (call.model.as_str(), call.token_usage),
        ("gpt-4o", Some(TokenUsage::new(110, 23)))
    );
    assert!(call.cost_usd.is_some_and(|cost| cost.nanos() > 0));
}

#[test]
fn an_agent_whose_calls_have_spans_has_none_within() {
    let agent = told(
        "opentelemetry.instrumentation.crewai",
        "desk.agent",
        "agent",
    );
    assert_eq!(agent.span_kind, SpanKind::Agent);
    assert_eq!(agent.token_usage, Some(TokenUsage::new(110, 23)));
    assert_eq!((agent.llm_calls.len(), agent.cost_usd), (0, None));
    let team = told(
        "opentelemetry.instrumentation.agno",
        "desk.team",
        "workflow",
    );
    assert_eq!(team.llm_calls.len(), 0);
}

//! A request of 512 spans as agents send them: 22 a trace, about 1.7 KB each as protobuf.

use telemetron_otlp::proto::collector::trace::v1::ExportTraceServiceRequest;
use telemetron_otlp::proto::common::v1::any_value::Value;
use telemetron_otlp::proto::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use telemetron_otlp::proto::resource::v1::Resource;
use telemetron_otlp::proto::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

const SPANS_A_TRACE: u64 = 22;
const WORDS: &str = "The customer asked for the state of an order that was placed last week. ";

/// The request.
pub(crate) fn realistic() -> ExportTraceServiceRequest {
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: vec![
                    text("service.name", "shop"),
                    text("service.version", "1.4.2"),
                    text("telemetry.sdk.language", "python"),
                    text("k8s.pod.name", "shop-7d9f"),
                ],
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                scope: Some(InstrumentationScope {
                    name: "opentelemetry.instrumentation.agents".to_owned(),
                    version: "0.62.4".to_owned(),
                    ..InstrumentationScope::default()
                }),
                spans: (0..512).map(span).collect(),
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
}

fn span(number: u64) -> Span {
    let (trace, place) = (number / SPANS_A_TRACE, number % SPANS_A_TRACE);
    let start = 1_700_000_000_000_000_000 + number * 1_000_000;
    let (name, attributes) = match place {
        0 => ("invoke_agent planner", agent()),
        place if place % 3 == 0 => ("execute_tool lookup", tool(number)),
        _ => ("chat gpt-4o", call(number)),
    };
    Span {
        trace_id: u128::from(trace + 1).to_be_bytes().to_vec(),
        span_id: (number + 1).to_be_bytes().to_vec(),
        parent_span_id: match place {
            0 => Vec::new(),
            _ => (trace * SPANS_A_TRACE + 1).to_be_bytes().to_vec(),
        },
        name: name.to_owned(),
        kind: 3,
        flags: 257,
        start_time_unix_nano: start,
        end_time_unix_nano: start + 900_000,
        attributes,
        status: Some(Status::default()),
        ..Span::default()
    }
}

fn agent() -> Vec<KeyValue> {
    vec![
        text("gen_ai.operation.name", "invoke_agent"),
        text("gen_ai.provider.name", "openai"),
        text("gen_ai.agent.name", "planner"),
        text("gen_ai.agent.id", "agent-1"),
        text("gen_ai.conversation.id", "conversation-17"),
        text("gen_ai.input.messages", &messages(9)),
        text("gen_ai.output.messages", &messages(6)),
    ]
}

fn call(number: u64) -> Vec<KeyValue> {
    vec![
        text("gen_ai.operation.name", "chat"),
        text("gen_ai.provider.name", "openai"),
        text("gen_ai.request.model", "gpt-4o"),
        text("gen_ai.response.model", "gpt-4o-2024-08-06"),
        text("gen_ai.response.id", &format!("chatcmpl-{number:012}")),
        text("gen_ai.conversation.id", "conversation-17"),
        attribute("gen_ai.request.temperature", Value::DoubleValue(0.2)),
        attribute("gen_ai.request.max_tokens", Value::IntValue(1024)),
        attribute("gen_ai.usage.input_tokens", Value::IntValue(812)),
        attribute("gen_ai.usage.output_tokens", Value::IntValue(133)),
        attribute("gen_ai.usage.cache_read.input_tokens", Value::IntValue(512)),
        text("gen_ai.input.messages", &messages(9)),
        text("gen_ai.output.messages", &messages(5)),
        text("server.address", "api.openai.com"),
        attribute("server.port", Value::IntValue(443)),
    ]
}

fn tool(number: u64) -> Vec<KeyValue> {
    vec![
        text("gen_ai.operation.name", "execute_tool"),
        text("gen_ai.tool.name", "lookup"),
        text("gen_ai.tool.type", "function"),
        text("gen_ai.tool.call.id", &format!("call_{number:016}")),
        text(
            "gen_ai.tool.call.arguments",
            &format!("{{\"order\":{number},\"note\":\"{WORDS}\"}}"),
        ),
        text(
            "gen_ai.tool.call.result",
            &format!("{{\"found\":\"{}\"}}", WORDS.repeat(16)),
        ),
    ]
}

/// Messages with so many sentences.
fn messages(sentences: usize) -> String {
    let content = WORDS.repeat(sentences);
    format!(r#"[{{"role":"user","parts":[{{"type":"text","content":"{content}"}}]}}]"#)
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

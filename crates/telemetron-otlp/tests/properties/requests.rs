//! Requests of any content: ids right and wrong, names that dialects know, values of every type.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use telemetron_otlp::proto::collector::trace::v1::ExportTraceServiceRequest;
use telemetron_otlp::proto::common::v1::any_value::Value;
use telemetron_otlp::proto::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use telemetron_otlp::proto::resource::v1::Resource;
use telemetron_otlp::proto::trace::v1::span::{Event, Link};
use telemetron_otlp::proto::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

/// Names that mean something to some dialect.
const NAMES: [&str; 24] = [
    "gen_ai.operation.name",
    "gen_ai.agent.name",
    "gen_ai.request.model",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.input.messages",
    "gen_ai.prompt.0.content",
    "gen_ai.tool.name",
    "openinference.span.kind",
    "llm.token_count.prompt",
    "llm.input_messages.0.message.content",
    "input.value",
    "traceloop.span.kind",
    "traceloop.entity.name",
    "langfuse.observation.type",
    "langfuse.observation.usage_details",
    "mlflow.spanType",
    "ai.operationId",
    "session.id",
    "error.type",
    "metadata",
    "span.type",
    "service.name",
    "k8s.pod.name",
];

/// Words that mean something to some dialect.
const WORDS: [&str; 12] = [
    "chat",
    "invoke_agent",
    "execute_tool",
    "AGENT",
    "LLM",
    "agent",
    "handoff to x",
    "transfer_to_y",
    "gpt-4o",
    "{\"input\":3}",
    "[{\"role\":\"user\",\"content\":\"hi\"}]",
    "\u{0}",
];

pub(crate) fn request() -> impl Strategy<Value = ExportTraceServiceRequest> {
    vec(resource_spans(), 0..3)
        .prop_map(|resource_spans| ExportTraceServiceRequest { resource_spans })
}

fn resource_spans() -> impl Strategy<Value = ResourceSpans> {
    let parts = (
        option::of(attributes()),
        vec(scope_spans(), 0..3),
        "[a-z]{0,3}",
    );
    parts.prop_map(|(attributes, scope_spans, schema_url)| ResourceSpans {
        resource: attributes.map(|attributes| Resource {
            attributes,
            ..Resource::default()
        }),
        scope_spans,
        schema_url,
    })
}

fn scope_spans() -> impl Strategy<Value = ScopeSpans> {
    let parts = (
        option::of(("[a-z.]{0,8}", attributes())),
        vec(span(), 0..4),
        "[a-z]{0,3}",
    );
    parts.prop_map(|(scope, spans, schema_url)| ScopeSpans {
        scope: scope.map(|(name, attributes)| InstrumentationScope {
            name,
            attributes,
            ..InstrumentationScope::default()
        }),
        spans,
        schema_url,
    })
}

fn span() -> impl Strategy<Value = Span> {
    let head = (id(16), id(8), id(8), "\\PC{0,12}", 0..6_i32, any::<u32>());
    let times = (time(), time());
    let body = (
        attributes(),
        vec(event(), 0..3),
        vec(link(), 0..2),
        option::of(status()),
    );
    (head, times, body).prop_map(|(head, times, body)| Span {
        trace_id: head.0,
        span_id: head.1,
        parent_span_id: head.2,
        name: head.3,
        kind: head.4,
        flags: head.5,
        start_time_unix_nano: times.0,
        end_time_unix_nano: times.1,
        attributes: body.0,
        events: body.1,
        links: body.2,
        status: body.3,
        ..Span::default()
    })
}

/// An id, seldom one that is none.
fn id(length: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        12 => vec(any::<u8>(), length),
        1 => Just(vec![0; length]),
        1 => vec(any::<u8>(), 0..7),
    ]
}

fn time() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 1_700_000_000_000_000_000..1_800_000_000_000_000_000_u64, 1 => Just(0), 1 => any::<u64>()]
}

fn status() -> impl Strategy<Value = Status> {
    (0..3_i32, "[a-z ]{0,8}").prop_map(|(code, message)| Status { message, code })
}

fn event() -> impl Strategy<Value = Event> {
    let name = select(vec![
        "exception",
        "gen_ai.user.message",
        "gen_ai.choice",
        "tick",
    ]);
    (name, time(), attributes()).prop_map(|(name, time_unix_nano, attributes)| Event {
        name: name.to_owned(),
        time_unix_nano: time_unix_nano / 2,
        attributes,
        ..Event::default()
    })
}

fn link() -> impl Strategy<Value = Link> {
    let ids = (vec(1..=255_u8, 16), vec(1..=255_u8, 8));
    (ids, attributes(), 0..3_u32).prop_map(|((trace_id, span_id), attributes, flags)| Link {
        trace_id,
        span_id,
        attributes,
        flags,
        ..Link::default()
    })
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let name = prop_oneof![4 => select(NAMES.to_vec()).prop_map(str::to_owned), 1 => "[a-z.]{1,9}"];
    // A name stands once: anything else is no OTLP.
    btree_map(name, option::of(value()), 0..6).prop_map(|pairs| {
        let pairs = pairs.into_iter().map(|(key, value)| KeyValue {
            key,
            value: value.map(|value| AnyValue { value: Some(value) }),
            ..KeyValue::default()
        });
        pairs.collect()
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        6 => select(WORDS.to_vec()).prop_map(|word| Value::StringValue(word.to_owned())),
        2 => "\\PC{0,12}".prop_map(Value::StringValue),
        2 => any::<i64>().prop_map(Value::IntValue),
        2 => (0..1000_i64).prop_map(Value::IntValue),
        1 => any::<bool>().prop_map(Value::BoolValue),
        1 => any::<f64>().prop_filter("equality", |value| !value.is_nan()).prop_map(Value::DoubleValue),
        1 => vec(any::<u8>(), 0..6).prop_map(Value::BytesValue),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let item = option::of(inner.clone()).prop_map(|value| AnyValue { value });
        let pair = ("[ab]{1,2}", item.clone()).prop_map(|(key, value)| KeyValue {
            key,
            value: Some(value),
            ..KeyValue::default()
        });
        prop_oneof![
            vec(item, 0..4).prop_map(|values| Value::ArrayValue(ArrayValue { values })),
            vec(pair, 0..4).prop_map(|values| Value::KvlistValue(KeyValueList { values })),
        ]
    })
}

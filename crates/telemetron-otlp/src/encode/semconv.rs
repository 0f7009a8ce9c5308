//! Spans that did not come by OTLP, in the words of the GenAI conventions.
//!
//! Names are those that the second and the third generation share; where they differ, both are
//! written. What the conventions have no name for (the cost, input of an agent) goes by the names
//! that most readers know.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, SpanKind as OtlpKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{self as otlp, Status};
use telemetron_model::record::{ErrorInfo, Span, SpanKind, Status as Outcome};
use telemetron_model::{Entries, RawJson};

use super::plain::{pair, value};

/// Describes a span of ours.
pub(super) fn describe(written: &mut otlp::Span, span: &Span) {
    let mut words = Words(written);
    words.kind(span.span_kind);
    words.who(span);
    words.call(span);
    words.spent(span);
    words.payloads(span);
    if let Some(error) = &span.error {
        words.error(error, span);
    }
    if span.status == Outcome::Failed {
        let message = span.error.as_ref().map(|error| error.message.clone());
        written.status = Some(Status {
            code: StatusCode::Error.into(),
            message: message.unwrap_or_default(),
        });
    }
}

/// The attributes in which input and output of a span of ours stand.
pub(super) const fn payload_names(kind: SpanKind) -> (&'static str, &'static str) {
    match kind {
        SpanKind::Llm => ("gen_ai.input.messages", "gen_ai.output.messages"),
        SpanKind::Tool => ("gen_ai.tool.call.arguments", "gen_ai.tool.call.result"),
        _ => ("input.value", "output.value"),
    }
}

/// The attributes of the resource of a span of ours, as JSON.
pub(super) fn resource(span: &Span) -> String {
    let resource = span.resource.clone().unwrap_or_default();
    let attributes = [
        ("service.name", resource.service),
        ("host.name", resource.host),
        ("k8s.pod.name", resource.pod),
        ("k8s.deployment.name", resource.deployment),
    ];
    let there = attributes
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)));
    let there: std::collections::BTreeMap<_, _> = there.collect();
    serde_json::to_string(&there).unwrap_or_default()
}

/// Attributes being added.
struct Words<'a>(&'a mut otlp::Span);

impl Words<'_> {
    /// Adds an attribute, unless the span has one of this name.
    fn add(&mut self, name: &str, value: Option<Value>) {
        let known = self
            .0
            .attributes
            .iter()
            .any(|attribute| attribute.key == name);
        if value.is_some() && !known {
            self.0.attributes.push(pair(name, value));
        }
    }

    fn text(&mut self, name: &str, text: Option<&String>) {
        self.add(name, text.map(|text| Value::StringValue(text.clone())));
    }

    fn word(&mut self, name: &str, word: &str) {
        self.add(name, Some(Value::StringValue(word.to_owned())));
    }

    fn count(&mut self, name: &str, count: i64) {
        self.add(name, (count > 0).then_some(Value::IntValue(count)));
    }

    fn json(&mut self, name: &str, json: Option<&RawJson>) {
        self.add(
            name,
            json.map(|json| Value::StringValue(json.get().to_owned())),
        );
    }

    fn kind(&mut self, kind: SpanKind) {
        let (operation, otlp) = match kind {
            SpanKind::Agent => (Some("invoke_agent"), OtlpKind::Internal),
            SpanKind::Llm => (Some("chat"), OtlpKind::Client),
            SpanKind::Tool => (Some("execute_tool"), OtlpKind::Internal),
            SpanKind::Retriever => (Some("retrieval"), OtlpKind::Client),
            SpanKind::Chain => (None, OtlpKind::Internal),
        };
        self.0.kind = otlp.into();
        self.word("openinference.span.kind", kind.as_str());
        if let Some(operation) = operation {
            self.word("gen_ai.operation.name", operation);
        }
    }

    fn who(&mut self, span: &Span) {
        self.text("gen_ai.agent.id", span.agent_id.as_ref());
        self.text("gen_ai.agent.name", span.agent_name.as_ref());
        self.text("gen_ai.conversation.id", span.session_id.as_ref());
        self.text("session.id", span.session_id.as_ref());
        self.text("user.id", span.user_id.as_ref());
        self.text("openinference.project.name", span.project.as_ref());
    }

    fn call(&mut self, span: &Span) {
        self.text("gen_ai.provider.name", span.provider.as_ref());
        self.text("gen_ai.request.model", span.model.as_ref());
        self.text("gen_ai.response.model", span.model.as_ref());
        self.text("gen_ai.tool.name", span.tool_name.as_ref());
        self.text("gen_ai.tool.call.id", span.tool_call_id.as_ref());
        if let Some(reason) = &span.finish_reason {
            let value = Some(Value::StringValue(reason.clone()));
            let values = vec![AnyValue { value }];
            let reasons = Value::ArrayValue(ArrayValue { values });
            self.add("gen_ai.response.finish_reasons", Some(reasons));
        }
        if let Some(nanos) = span.time_to_first_token_ns {
            let seconds = std::time::Duration::from_nanos(nanos.max(0).cast_unsigned());
            let seconds = Some(Value::DoubleValue(seconds.as_secs_f64()));
            self.add("gen_ai.response.time_to_first_chunk", seconds);
        }
        let parameters = span.parameters.as_ref().map_or("{}", |json| json.get());
        for (name, json) in Entries::of(parameters).0 {
            let parameter = value(json.get()).and_then(|value| value.value);
            self.add(&format!("gen_ai.request.{name}"), parameter);
        }
    }

    fn spent(&mut self, span: &Span) {
        let usage = span.token_usage.unwrap_or_default();
        self.count("gen_ai.usage.input_tokens", usage.input);
        self.count("gen_ai.usage.output_tokens", usage.output);
        self.count("gen_ai.usage.cache_read.input_tokens", usage.cached);
        self.count("gen_ai.usage.reasoning.output_tokens", usage.reasoning);
        if usage.total != usage.input.saturating_add(usage.output) {
            self.count("gen_ai.usage.total_tokens", usage.total);
        }
        let cost = span.cost_usd.map(|cost| Value::DoubleValue(cost.usd()));
        self.add("gen_ai.usage.cost", cost);
    }

    fn payloads(&mut self, span: &Span) {
        let (input, output) = payload_names(span.span_kind);
        self.json(input, span.input_data.as_ref());
        self.json(output, span.output_data.as_ref());
        let llm_calls = RawJson::of(&span.llm_calls).filter(|calls| !calls.is_empty());
        let tool_calls = RawJson::of(&span.tool_calls).filter(|calls| !calls.is_empty());
        self.json("telemetron.llm_calls", llm_calls.as_ref());
        self.json("telemetron.tool_calls", tool_calls.as_ref());
    }

    fn error(&mut self, error: &ErrorInfo, span: &Span) {
        self.word("error.type", &error.error_type);
        let texts = [
            ("exception.type", Some(&error.error_type)),
            ("exception.message", Some(&error.message)),
            ("exception.stacktrace", error.stack.as_ref()),
        ];
        let there = texts
            .into_iter()
            .filter_map(|(name, text)| Some((name, text?)));
        let time = span.end_time.unwrap_or(span.start_time);
        self.0.events.push(Event {
            time_unix_nano: u64::try_from(time.nanos()).unwrap_or_default(),
            name: "exception".to_owned(),
            attributes: there
                .map(|(name, text)| pair(name, Some(Value::StringValue(text.clone()))))
                .collect(),
            ..Event::default()
        });
    }
}

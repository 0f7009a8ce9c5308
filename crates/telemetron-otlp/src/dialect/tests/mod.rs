//! Spans written by hand from what the conventions say, and what must be read of them.

mod anything;
mod claude_code;
mod frameworks;
mod handoffs;
mod kinds;
mod models;
mod openlit;
mod payloads;
mod people;
mod protocols;
mod usage;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use telemetron_model::RawJson;

use super::{SemanticFields, read};
use crate::{Attributes, SpanSource};

/// A span in the making.
#[derive(Default)]
struct Given {
    span: Span,
    scope: &'static str,
    resource: Vec<KeyValue>,
}

/// A span of this name that says nothing yet.
fn span(name: &str) -> Given {
    let mut given = Given::default();
    given.span.name = name.to_owned();
    given.span.start_time_unix_nano = 1_700_000_000_000_000_000;
    given
}

impl Given {
    fn scope(mut self, scope: &'static str) -> Self {
        self.scope = scope;
        self
    }

    fn with(mut self, key: &str, value: impl Into<Attribute>) -> Self {
        self.span.attributes.push(pair(key, value.into().0));
        self
    }

    fn resource(mut self, key: &str, value: impl Into<Attribute>) -> Self {
        self.resource.push(pair(key, value.into().0));
        self
    }

    fn event(mut self, name: &str, attributes: &[(&str, &str)]) -> Self {
        let attributes = attributes
            .iter()
            .map(|(key, text)| pair(key, Value::StringValue((*text).to_owned())));
        self.span.events.push(Event {
            name: name.to_owned(),
            attributes: attributes.collect(),
            ..Event::default()
        });
        self
    }

    fn below(mut self, parent: u64) -> Self {
        self.span.parent_span_id = parent.to_be_bytes().to_vec();
        self
    }

    fn read(&self) -> SemanticFields {
        let resource = Attributes::new(&self.resource);
        read(&SpanSource {
            span: &self.span,
            attributes: Attributes::new(&self.span.attributes),
            resource: &resource,
            scope: self.scope,
        })
    }
}

/// A value of an attribute.
struct Attribute(Value);

impl From<&str> for Attribute {
    fn from(text: &str) -> Self {
        Self(Value::StringValue(text.to_owned()))
    }
}

impl From<i64> for Attribute {
    fn from(number: i64) -> Self {
        Self(Value::IntValue(number))
    }
}

impl From<f64> for Attribute {
    fn from(number: f64) -> Self {
        Self(Value::DoubleValue(number))
    }
}

impl From<bool> for Attribute {
    fn from(truth: bool) -> Self {
        Self(Value::BoolValue(truth))
    }
}

impl From<Vec<&str>> for Attribute {
    fn from(texts: Vec<&str>) -> Self {
        let value = |text: &str| AnyValue {
            value: Some(Value::StringValue(text.to_owned())),
        };
        let values = texts.into_iter().map(value).collect();
        Self(Value::ArrayValue(ArrayValue { values }))
    }
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

/// JSON as a value, so that the order of keys and spaces do not matter.
fn json(raw: Option<&RawJson>) -> serde_json::Value {
    raw.map_or(serde_json::Value::Null, |raw| raw.parse().unwrap())
}

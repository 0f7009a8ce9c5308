//! Attributes of spans and log records that are about to be changed.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};

/// A text under a name.
pub(super) fn text<'a>(attributes: &'a [KeyValue], name: &str) -> Option<&'a str> {
    let value = attributes
        .iter()
        .rev()
        .find(|attribute| attribute.key == name)?;
    match value.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// A whole number under a name.
pub(super) fn integer(attributes: &[KeyValue], name: &str) -> Option<i64> {
    let value = attributes
        .iter()
        .rev()
        .find(|attribute| attribute.key == name)?;
    match value.value.as_ref()?.value.as_ref()? {
        Value::IntValue(number) => Some(*number),
        Value::StringValue(text) => text.parse().ok(),
        _ => None,
    }
}

/// Sets a text under a name.
pub(super) fn set(attributes: &mut Vec<KeyValue>, name: &str, text: &str) {
    attributes.retain(|attribute| attribute.key != name);
    attributes.push(KeyValue {
        key: name.to_owned(),
        value: Some(AnyValue {
            value: Some(Value::StringValue(text.to_owned())),
        }),
        ..KeyValue::default()
    });
}

/// A text that a person wrote, and was not left out.
pub(super) fn said<'a>(attributes: &'a [KeyValue], name: &str) -> Option<&'a str> {
    text(attributes, name).filter(|text| !text.starts_with("<REDACTED"))
}

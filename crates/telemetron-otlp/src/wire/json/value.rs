//! Attribute values as OTLP/JSON writes them, each with the name of its type.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A list whose items are written in some other form.
pub(super) struct List<'a, T, W>(pub(super) &'a [T], pub(super) fn(&'a T) -> W);

impl<T, W: Serialize> Serialize for List<'_, T, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

/// Attributes, as a list of keys and values.
pub(super) struct AttributeList<'a>(pub(super) &'a [KeyValue]);

impl Serialize for AttributeList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        List(self.0, Attribute).serialize(serializer)
    }
}

struct Attribute<'a>(&'a KeyValue);

impl Serialize for Attribute<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("key", &self.0.key)?;
        let value = self.0.value.as_ref().and_then(|value| value.value.as_ref());
        map.serialize_entry("value", &Typed(value))?;
        map.end()
    }
}

/// A value with the name of its type; none is an empty object.
pub(crate) struct Typed<'a>(pub(crate) Option<&'a Value>);

impl Serialize for Typed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.0 {
            None | Some(Value::StringValueStrindex(_)) => {}
            Some(Value::StringValue(text)) => map.serialize_entry("stringValue", text)?,
            Some(Value::BoolValue(value)) => map.serialize_entry("boolValue", value)?,
            Some(Value::IntValue(value)) => map.serialize_entry("intValue", &value.to_string())?,
            Some(Value::DoubleValue(value)) => {
                map.serialize_entry("doubleValue", &Double(*value))?
            }
            Some(Value::BytesValue(bytes)) => {
                map.serialize_entry("bytesValue", &STANDARD.encode(bytes))?;
            }
            Some(Value::ArrayValue(list)) => {
                map.serialize_entry("arrayValue", &Values("values", &list.values, typed))?;
            }
            Some(Value::KvlistValue(list)) => {
                map.serialize_entry("kvlistValue", &Values("values", &list.values, Attribute))?;
            }
        }
        map.end()
    }
}

/// An object with one list.
struct Values<'a, T, W>(&'static str, &'a [T], fn(&'a T) -> W);

impl<T, W: Serialize> Serialize for Values<'_, T, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.0, &List(self.1, self.2))?;
        map.end()
    }
}

fn typed(value: &AnyValue) -> Typed<'_> {
    Typed(value.value.as_ref())
}

/// A double; what JSON has no number for is a text.
pub(crate) struct Double(pub(crate) f64);

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            value if value.is_nan() => serializer.serialize_str("NaN"),
            f64::INFINITY => serializer.serialize_str("Infinity"),
            f64::NEG_INFINITY => serializer.serialize_str("-Infinity"),
            value => serializer.serialize_f64(value),
        }
    }
}

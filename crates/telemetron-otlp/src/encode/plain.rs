//! Plain JSON back to attribute values, in the order in which it stands.

use std::collections::HashMap;
use std::fmt;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use telemetron_model::Entries;

use crate::reserved::{EXACT, is_reserved};
use crate::wire::read_value;

/// The entries of an object as attributes: those that plain JSON cannot tell from their exact form.
pub(super) fn attributes(entries: &Entries<'_>) -> Vec<KeyValue> {
    let exact = Entries::of(entries.get(EXACT).unwrap_or("{}"));
    let exact: HashMap<_, _> = exact.0.into_iter().collect();
    let own = entries.0.iter().filter(|(name, _)| !is_reserved(name));
    own.map(|(name, plain)| KeyValue {
        key: name.clone(),
        value: match exact.get(name) {
            Some(exact) => read_value(exact.get()),
            None => value(plain.get()),
        },
        ..KeyValue::default()
    })
    .collect()
}

/// A value of plain JSON.
pub(super) fn value(json: &str) -> Option<AnyValue> {
    let Read(value) = serde_json::from_str(json).ok()?;
    Some(AnyValue { value })
}

struct Read(Option<Value>);

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any).map(Read)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_unit<E>(self) -> Result<Option<Value>, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Option<Value>, E> {
        Ok(Some(Value::BoolValue(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Option<Value>, E> {
        Ok(Some(Value::IntValue(value)))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "no integer of OTLP is that large"
    )]
    fn visit_u64<E>(self, value: u64) -> Result<Option<Value>, E> {
        let integer = i64::try_from(value).map(Value::IntValue);
        Ok(Some(integer.unwrap_or(Value::DoubleValue(value as f64))))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Option<Value>, E> {
        Ok(Some(Value::DoubleValue(value)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Option<Value>, E> {
        Ok(Some(Value::StringValue(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Option<Value>, A::Error> {
        let mut values = Vec::new();
        while let Some(Read(value)) = items.next_element()? {
            values.push(AnyValue { value });
        }
        Ok(Some(Value::ArrayValue(ArrayValue { values })))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Value>, A::Error> {
        let mut values = Vec::new();
        while let Some((key, Read(value))) = map.next_entry::<String, Read>()? {
            values.push(pair(key, value));
        }
        Ok(Some(Value::KvlistValue(KeyValueList { values })))
    }
}

/// An attribute.
pub(super) fn pair(key: impl Into<String>, value: Option<Value>) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: Some(AnyValue { value }),
        ..KeyValue::default()
    }
}

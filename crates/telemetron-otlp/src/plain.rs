//! Attribute values as plain JSON: texts as texts, numbers as numbers.
//!
//! A few values would read back as something else (bytes, numbers that are not finite, doubles
//! written without a point, lists of pairs with a key twice). They stand a second time under
//! [`EXACT`](crate::reserved::EXACT), so that nothing is lost.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use serde::ser::{Serialize, SerializeMap, Serializer};
use telemetron_model::RawJson;
use telemetron_model::same::{self, Reference};

use crate::Attributes;
use crate::cut::Cut;
use crate::reserved::{EXACT, is_reserved};
use crate::wire::{Double, Typed};

/// From here on serde_json writes doubles without a point, and a database as integers.
const LARGE_DOUBLE: f64 = 1e15;

/// Attributes as one object.
pub(crate) struct Plain<'b, 'a> {
    /// The attributes.
    pub(crate) attributes: &'b Attributes<'a>,
    /// The most bytes a value may have; beyond, it is cut.
    pub(crate) limit: Option<usize>,
    /// Input and output of the span: a text that became one of them is not written again.
    pub(crate) payloads: [Option<&'b RawJson>; 2],
}

impl<'b, 'a> Plain<'b, 'a> {
    pub(crate) const fn of(attributes: &'b Attributes<'a>) -> Self {
        Self {
            attributes,
            limit: None,
            payloads: [None; 2],
        }
    }

    /// Writes the entries into an object that may have others.
    pub(crate) fn write_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let mut exact = Vec::new();
        let entries = self.attributes.iter();
        for (name, value) in entries.filter(|(name, _)| !is_reserved(name)) {
            if let Some(cut) = self.limit.and_then(|limit| cut(value, limit)) {
                map.serialize_entry(name, &cut)?;
                continue;
            }
            if let Some(reference) = self.reference(value) {
                map.serialize_entry(name, &reference)?;
                continue;
            }
            map.serialize_entry(name, &PlainValue(value))?;
            if is_ambiguous(value) {
                exact.push((name, value));
            }
        }
        if exact.is_empty() {
            return Ok(());
        }
        map.serialize_entry(EXACT, &Exact(&exact))
    }

    /// What stands in place of a text that is input or output.
    fn reference(&self, value: &Value) -> Option<Reference> {
        let [input, output] = self.payloads;
        match value {
            Value::StringValue(text) => same::reference(text, input, output),
            _ => None,
        }
    }
}

impl Serialize for Plain<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.write_into(&mut map)?;
        map.end()
    }
}

/// The mark for a value that is too large.
fn cut(value: &Value, limit: usize) -> Option<RawJson> {
    let json = RawJson::of(&PlainValue(value))?;
    (json.get().len() > limit).then(|| Cut::of(json.get()).json())?
}

struct Exact<'b, 'a>(&'b [(&'a str, &'a Value)]);

impl Serialize for Exact<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.0
                .iter()
                .map(|(name, value)| (name, Typed(Some(value)))),
        )
    }
}

/// One value.
pub(crate) struct PlainValue<'a>(pub(crate) &'a Value);

impl Serialize for PlainValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::StringValue(text) => serializer.serialize_str(text),
            Value::BoolValue(value) => serializer.serialize_bool(*value),
            Value::IntValue(value) => serializer.serialize_i64(*value),
            Value::DoubleValue(value) => Double(*value).serialize(serializer),
            Value::BytesValue(bytes) => serializer.serialize_str(&STANDARD.encode(bytes)),
            Value::ArrayValue(list) => serializer.collect_seq(list.values.iter().map(Maybe)),
            Value::KvlistValue(list) => {
                let last = last_of_each(&list.values);
                serializer.collect_map(last.iter().map(|pair| (&pair.key, Pair(pair))))
            }
            Value::StringValueStrindex(_) => serializer.serialize_none(),
        }
    }
}

/// A value that may be empty.
struct Maybe<'a>(&'a AnyValue);

impl Serialize for Maybe<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.value.as_ref().map(PlainValue).serialize(serializer)
    }
}

struct Pair<'a>(&'a KeyValue);

impl Serialize for Pair<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.value.as_ref().map(Maybe).serialize(serializer)
    }
}

/// The pairs; of those with the same key the last.
fn last_of_each(pairs: &[KeyValue]) -> Vec<&KeyValue> {
    if !has_repeats(pairs) {
        return pairs.iter().collect();
    }
    let mut seen = HashSet::new();
    let last = pairs.iter().rev().filter(|pair| seen.insert(&pair.key));
    let mut last: Vec<_> = last.collect();
    last.reverse();
    last
}

fn has_repeats(pairs: &[KeyValue]) -> bool {
    let mut seen = HashSet::with_capacity(pairs.len());
    pairs.iter().any(|pair| !seen.insert(&pair.key))
}

/// Whether plain JSON reads back as another value.
fn is_ambiguous(value: &Value) -> bool {
    let inside = |value: &AnyValue| value.value.as_ref().is_some_and(is_ambiguous);
    match value {
        Value::BytesValue(_) => true,
        Value::DoubleValue(value) => !value.is_finite() || value.abs() >= LARGE_DOUBLE,
        Value::ArrayValue(list) => list.values.iter().any(inside),
        Value::KvlistValue(list) => {
            has_repeats(&list.values)
                || list
                    .values
                    .iter()
                    .any(|pair| pair.value.as_ref().is_some_and(inside))
        }
        _ => false,
    }
}

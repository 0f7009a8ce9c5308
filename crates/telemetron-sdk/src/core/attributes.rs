//! Attributes: kept as they are on the agent's thread, written as JSON by the worker.

use std::borrow::Cow;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use telemetron_model::RawJson;

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum AttributeValue {
    /// Text.
    Text(Cow<'static, str>),
    /// A whole number.
    Integer(i64),
    /// Any other number; written as null when it is not finite.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// Anything else, as JSON.
    Json(RawJson),
}

impl AttributeValue {
    /// Writes any value as JSON; null when it cannot be written.
    pub fn json(value: &(impl Serialize + ?Sized)) -> Self {
        RawJson::of(value).map_or_else(|| Self::Number(f64::NAN), Self::Json)
    }

    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Json(json) => json.get().len(),
            Self::Integer(_) | Self::Number(_) | Self::Flag(_) => size_of::<Self>(),
        }
    }
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Json(json) => json.serialize(serializer),
        }
    }
}

/// Makes `AttributeValue::from` for the types people have at hand.
macro_rules! attribute_from {
    ($($source:ty => $value:ident => $made:expr),+ $(,)?) => {$(
        impl From<$source> for AttributeValue {
            fn from($value: $source) -> Self {
                $made
            }
        }
    )+};
}

attribute_from! {
    &'static str => text => Self::Text(Cow::Borrowed(text)),
    String => text => Self::Text(Cow::Owned(text)),
    &String => text => Self::Text(Cow::Owned(text.clone())),
    bool => flag => Self::Flag(flag),
    i64 => number => Self::Integer(number),
    i32 => number => Self::Integer(number.into()),
    u32 => number => Self::Integer(number.into()),
    u64 => number => i64::try_from(number).map_or_else(|_| Self::json(&number), Self::Integer),
    usize => number => i64::try_from(number).map_or_else(|_| Self::json(&number), Self::Integer),
    f64 => number => Self::Number(number),
    f32 => number => Self::Number(number.into()),
    RawJson => json => Self::Json(json),
    serde_json::Value => value => Self::json(&value),
}

/// Names and values, each name once.
#[derive(Debug, Default)]
pub(crate) struct Attributes(Vec<(Cow<'static, str>, AttributeValue)>);

impl Attributes {
    /// Sets an attribute; the last value of a name counts.
    pub(crate) fn set(&mut self, name: Cow<'static, str>, value: AttributeValue) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => {
                if self.0.is_empty() {
                    self.0.reserve(8);
                }
                self.0.push((name, value));
            }
        }
    }

    pub(crate) fn size(&self) -> usize {
        let sizes = self.0.iter().map(|(name, value)| name.len() + value.size());
        sizes.sum()
    }

    /// As a JSON object; none when there are no attributes.
    pub(crate) fn to_json(&self) -> Option<RawJson> {
        (!self.0.is_empty()).then(|| RawJson::of(self)).flatten()
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_is_written_and_the_last_of_a_name_counts() {
        let mut attributes = Attributes::default();
        let mut set = |name: &'static str, value: AttributeValue| {
            attributes.set(Cow::Borrowed(name), value);
        };
        set("text", "old".into());
        set("text", String::from("né\"w").into());
        set("whole", 7_u32.into());
        set("huge", u64::MAX.into());
        set("part", 0.5.into());
        set("endless", f64::INFINITY.into());
        set("flag", true.into());
        set("json", serde_json::json!({"a": [1]}).into());
        assert_eq!(
            attributes.to_json().unwrap().get(),
            r#"{"text":"né\"w","whole":7,"huge":18446744073709551615,"part":0.5,"endless":null,"flag":true,"json":{"a":[1]}}"#
        );
    }

    #[test]
    fn no_attributes_are_no_object() {
        assert_eq!(Attributes::default().to_json(), None);
    }
}

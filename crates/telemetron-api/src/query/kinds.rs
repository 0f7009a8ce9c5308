//! The kinds of parameters: each knows how it is read and how it is described.

use std::fmt::Display;
use std::marker::PhantomData;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use telemetron_model::Timestamp;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat};
use utoipa::openapi::{Ref, RefOr, Type};

use super::parameter::{About, Kind, Parameter, Shown};
use crate::{cursor, instants};

/// A text; a type that is read from it says itself what is wrong.
pub(crate) const fn text<T>() -> Text<T> {
    Text(PhantomData)
}

/// A kind of parameter: see [`text`].
pub(crate) struct Text<T>(PhantomData<T>);

impl<T: FromStr<Err: Display>> Kind for Text<T> {
    type Value = T;

    fn parse(&self, text: &str) -> Result<T, String> {
        text.parse().map_err(|error: T::Err| error.to_string())
    }

    fn schema(&self) -> RefOr<Schema> {
        of_type(Type::String).into()
    }
}

impl<T: FromStr<Err: Display> + Display + Clone> Shown for Text<T> {
    fn shown(&self, value: &T) -> Value {
        Value::from(value.to_string())
    }
}

/// A word of an enumeration that the document describes under its name.
pub(crate) const fn word<T>() -> Word<T> {
    Word(PhantomData)
}

/// A kind of parameter: see [`word`].
pub(crate) struct Word<T>(PhantomData<T>);

impl<T: FromStr<Err: Display> + ToSchema> Kind for Word<T> {
    type Value = T;

    fn parse(&self, text: &str) -> Result<T, String> {
        text.parse().map_err(|error: T::Err| error.to_string())
    }

    fn schema(&self) -> RefOr<Schema> {
        Ref::from_schema_name(T::name()).into()
    }
}

/// One of a few words that mean something to one endpoint alone.
pub(crate) const fn one_of<T, const N: usize>(words: [(&'static str, T); N]) -> OneOf<T, N> {
    OneOf(words)
}

/// A kind of parameter: see [`one_of`].
pub(crate) struct OneOf<T, const N: usize>([(&'static str, T); N]);

impl<T: Copy, const N: usize> Kind for OneOf<T, N> {
    type Value = T;

    fn parse(&self, text: &str) -> Result<T, String> {
        let found = self.0.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<_> = self.0.iter().map(|(word, _)| *word).collect();
            match words.as_slice() {
                [word] => format!("`{text}` is unknown; there is `{word}`"),
                words => format!("`{text}` is not one of {}", words.join(", ")),
            }
        })
    }

    fn schema(&self) -> RefOr<Schema> {
        let words = self.0.iter().map(|(word, _)| *word);
        of_type(Type::String).enum_values(Some(words)).into()
    }
}

impl<T: Copy + PartialEq, const N: usize> Shown for OneOf<T, N> {
    fn shown(&self, value: &T) -> Value {
        let word = self.0.iter().find(|(_, known)| known == value);
        word.map(|(word, _)| *word).into()
    }
}

/// A whole number within bounds.
pub(crate) fn number<T>(bounds: RangeInclusive<T>) -> Number<T> {
    Number(bounds)
}

/// A kind of parameter: see [`number`].
pub(crate) struct Number<T>(RangeInclusive<T>);

impl<T> Kind for Number<T>
where
    T: FromStr + PartialOrd + Display + Copy + Into<utoipa::Number>,
{
    type Value = T;

    fn parse(&self, text: &str) -> Result<T, String> {
        let number = text.parse().ok().filter(|number| self.0.contains(number));
        number.ok_or_else(|| out_of(text, &self.0))
    }

    fn schema(&self) -> RefOr<Schema> {
        let is_bound = |high: &utoipa::Number| *high != i64::MAX.into();
        of_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(*self.0.start()))
            .maximum(Some((*self.0.end()).into()).filter(is_bound))
            .into()
    }
}

impl<T> Shown for Number<T>
where
    T: FromStr + PartialOrd + Display + Copy + Into<utoipa::Number> + Serialize,
{
    fn shown(&self, value: &T) -> Value {
        json!(value)
    }
}

/// Says that a number is out of bounds, or none at all.
pub(crate) fn out_of<T: Display>(text: impl Display, bounds: &RangeInclusive<T>) -> String {
    let (low, high) = (bounds.start(), bounds.end());
    format!("`{text}` is not a whole number from {low} to {high}")
}

/// An amount that is not negative.
pub(crate) struct Amount;

impl Kind for Amount {
    type Value = f64;

    fn parse(&self, text: &str) -> Result<f64, String> {
        let amount = text.parse().ok();
        let amount = amount.filter(|amount: &f64| *amount >= 0.0 && *amount < 1e15);
        amount.ok_or_else(|| format!("`{text}` is not a number from 0 on"))
    }

    fn schema(&self) -> RefOr<Schema> {
        of_type(Type::Number)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)))
            .minimum(Some(0))
            .into()
    }
}

/// An instant, or how long ago it is.
pub(crate) struct Instant;

impl Kind for Instant {
    type Value = Timestamp;

    fn parse(&self, text: &str) -> Result<Timestamp, String> {
        instants::instant(text)
    }

    fn schema(&self) -> RefOr<Schema> {
        of_type(Type::String)
            .examples(["2026-01-31T12:00:00Z", "30m", "now-1h"])
            .into()
    }
}

/// `true` or `false`.
pub(crate) struct Flag;

impl Kind for Flag {
    type Value = bool;

    fn parse(&self, text: &str) -> Result<bool, String> {
        match text {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            other => Err(format!("`{other}` is neither `true` nor `false`")),
        }
    }

    fn schema(&self) -> RefOr<Schema> {
        of_type(Type::Boolean).into()
    }
}

impl Shown for Flag {
    fn shown(&self, value: &bool) -> Value {
        Value::from(*value)
    }
}

/// Several of a kind, separated by commas.
pub(crate) struct List<K>(pub(crate) K);

impl<K: Kind> Kind for List<K> {
    type Value = Vec<K::Value>;
    const IS_LIST: bool = true;

    fn parse(&self, text: &str) -> Result<Self::Value, String> {
        let parts = text.split(',').map(str::trim);
        let parts = parts.filter(|part| !part.is_empty());
        parts.map(|part| self.0.parse(part)).collect()
    }

    fn schema(&self) -> RefOr<Schema> {
        ArrayBuilder::new().items(self.0.schema()).into()
    }
}

/// Where a list goes on; `list` names it, so that cursors are not mixed up.
pub(crate) fn cursor<K: DeserializeOwned>(list: &'static str) -> About<Cursor<K>> {
    Cursor(list, PhantomData).about("`next` of the page before")
}

/// A kind of parameter: see [`cursor`].
pub(crate) struct Cursor<K>(&'static str, PhantomData<K>);

impl<K: DeserializeOwned> Kind for Cursor<K> {
    type Value = K;

    fn parse(&self, text: &str) -> Result<K, String> {
        cursor::decode(self.0, text)
    }

    fn schema(&self) -> RefOr<Schema> {
        of_type(Type::String).into()
    }
}

fn of_type(schema_type: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(schema_type)
}

//! Enums, which OTLP writes as numbers.

use std::fmt;

use serde::de::{self, Deserializer, Unexpected, Visitor};

use super::super::bounds::Meter;
use super::fill::Fill;
use super::scalar::TOO_LARGE;

/// An enum: its number, or its name in the specification.
pub(super) struct Enum<'a> {
    /// Where it goes.
    pub(super) place: &'a mut i32,
    /// The number of a name.
    pub(super) number: fn(&str) -> Option<i32>,
}

impl Fill for Enum<'_> {
    fn fill<'de, D: Deserializer<'de>>(&mut self, from: D, _: &Meter<'_>) -> Result<(), D::Error> {
        from.deserialize_any(EnumPlace(self))
    }
}

struct EnumPlace<'a, 'b>(&'a mut Enum<'b>);

impl Visitor<'_> for EnumPlace<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number of an enum")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        let number = i32::try_from(value);
        *self.0.place = number.map_err(|_| E::custom(TOO_LARGE))?;
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
        let number = i32::try_from(value);
        *self.0.place = number.map_err(|_| E::custom(TOO_LARGE))?;
        Ok(())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        let number = (self.0.number)(text).or_else(|| text.parse().ok());
        *self.0.place = number.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))?;
        Ok(())
    }
}

//! Texts, truth values and numbers.

use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Unexpected, Visitor};

use super::super::bounds::Meter;
use super::fill::{Fill, Seed};
use super::message::Key;

/// Reads one kind of scalar: what it expects, and the visits that differ. One that takes memory is
/// `metered`.
macro_rules! scalar {
    ($type:ty, $expects:expr, { $($visits:tt)* }) => {
        impl Fill for $type {
            fn fill<'de, D: Deserializer<'de>>(
                &mut self,
                from: D,
                _: &Meter<'_>,
            ) -> Result<(), D::Error> {
                struct Place<'a>(&'a mut $type);
                impl<'de> Visitor<'de> for Place<'_> {
                    type Value = ();

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expects)
                    }

                    fn visit_unit<E>(self) -> Result<(), E> {
                        Ok(())
                    }

                    $($visits)*
                }
                from.deserialize_any(Place(self))
            }
        }
    };
    (metered $type:ty, $expects:expr, { $($visits:tt)* }) => {
        impl Fill for $type {
            fn fill<'de, D: Deserializer<'de>>(
                &mut self,
                from: D,
                meter: &Meter<'_>,
            ) -> Result<(), D::Error> {
                struct Place<'a, 'm>(&'a mut $type, &'a Meter<'m>);
                impl<'de> Visitor<'de> for Place<'_, '_> {
                    type Value = ();

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expects)
                    }

                    fn visit_unit<E>(self) -> Result<(), E> {
                        Ok(())
                    }

                    $($visits)*
                }
                from.deserialize_any(Place(self, meter))
            }
        }
    };
}

scalar!(metered String, "a text", {
    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.1.text(text.len()).map_err(E::custom)?;
        text.clone_into(self.0);
        Ok(())
    }
});

scalar!(bool, "true or false", {
    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        *self.0 = value;
        Ok(())
    }
});

scalar!(f64, "a number, `NaN`, `Infinity` or `-Infinity`", {
    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        *self.0 = value;
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "the field is a double")]
    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        *self.0 = value as f64;
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "the field is a double")]
    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        *self.0 = value as f64;
        Ok(())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        let number = text.parse();
        *self.0 = number.map_err(|_| E::invalid_value(Unexpected::Str(text), &self))?;
        Ok(())
    }
});

/// Whole numbers, bare, quoted, or as a float without a fraction.
macro_rules! integer {
    ($($type:ty),*) => {$(
        scalar!(metered $type, concat!("an integer that fits into ", stringify!($type)), {
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
                let value = <$type>::try_from(value);
                *self.0 = value.map_err(|_| E::custom(TOO_LARGE))?;
                Ok(())
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
                let value = <$type>::try_from(value);
                *self.0 = value.map_err(|_| E::custom(TOO_LARGE))?;
                Ok(())
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<(), E> {
                let whole = whole(value).and_then(|whole| <$type>::try_from(whole).ok());
                *self.0 = whole.ok_or_else(|| E::invalid_value(Unexpected::Float(value), &self))?;
                Ok(())
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
                let value = text.parse();
                *self.0 = value.map_err(|_| E::invalid_value(Unexpected::Str(text), &self))?;
                Ok(())
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<(), A::Error> {
                let mut long = Long::default();
                long.read(fields, self.1)?;
                let value = <$type>::try_from(long.value());
                *self.0 = value.map_err(|_| de::Error::custom(TOO_LARGE))?;
                Ok(())
            }
        });
    )*};
}

integer!(i32, u32, i64, u64);

/// Said of integers in JSON that are none of the field.
pub(super) const TOO_LARGE: &str = "the integer does not fit into the field";

fn whole(value: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and within range")]
    (value.fract() == 0.0 && value.abs() < 9.2e18).then_some(value as i64)
}

/// A 64-bit integer as JavaScript libraries write it.
#[derive(Default)]
struct Long {
    low: i64,
    high: i64,
    unsigned: bool,
}

impl Long {
    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        mut fields: A,
        meter: &Meter<'_>,
    ) -> Result<(), A::Error> {
        while let Some(key) = fields.next_key::<Key<'de>>()? {
            match &*key {
                "low" => fields.next_value_seed(Seed(&mut self.low, meter))?,
                "high" => fields.next_value_seed(Seed(&mut self.high, meter))?,
                "unsigned" => fields.next_value_seed(Seed(&mut self.unsigned, meter))?,
                _ => drop(fields.next_value::<de::IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn value(&self) -> i128 {
        let bits = (self.high << 32) | (self.low & 0xffff_ffff);
        if self.unsigned {
            i128::from(bits.cast_unsigned())
        } else {
            i128::from(bits)
        }
    }
}

//! Texts, numbers and bytes.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};

use super::fill::{Fill, Seed};
use super::message::{Key, message};

/// Reads one kind of scalar: what it expects, and the visits that differ.
macro_rules! scalar {
    ($type:ty, $expects:expr, { $($visits:tt)* }) => {
        impl Fill for $type {
            fn fill<'de, D: Deserializer<'de>>(&mut self, from: D) -> Result<(), D::Error> {
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
}

scalar!(String, "a text", {
    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        text.clone_into(self.0);
        Ok(())
    }

    fn visit_string<E>(self, text: String) -> Result<(), E> {
        *self.0 = text;
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
        scalar!($type, concat!("an integer that fits into ", stringify!($type)), {
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
                long.read(fields)?;
                let value = <$type>::try_from(long.value());
                *self.0 = value.map_err(|_| de::Error::custom(TOO_LARGE))?;
                Ok(())
            }
        });
    )*};
}

integer!(i32, u32, i64, u64);

const TOO_LARGE: &str = "the integer does not fit into the field";

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
    fn read<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(key) = fields.next_key::<Key<'de>>()? {
            match &*key {
                "low" => fields.next_value_seed(Seed(&mut self.low))?,
                "high" => fields.next_value_seed(Seed(&mut self.high))?,
                "unsigned" => fields.next_value_seed(Seed(&mut self.unsigned))?,
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

/// The id of a trace or span: hex. What is not becomes empty, and its span is rejected alone.
pub(super) struct Hex<'a>(pub(super) &'a mut Vec<u8>);

/// Bytes in base64, padded or not, in either alphabet.
#[derive(Default)]
pub(super) struct Base64(pub(super) Vec<u8>);

/// A byte sequence as Node writes its buffers.
#[derive(Default)]
struct Buffer {
    data: Vec<u32>,
}

message!(Buffer { "data" => data });

impl Buffer {
    fn bytes(&self) -> Vec<u8> {
        let bytes = self.data.iter().map(|byte| u8::try_from(*byte));
        bytes.collect::<Result<_, _>>().unwrap_or_default()
    }
}

/// Reads bytes that are a text in some alphabet, or an array or a buffer of Node.
macro_rules! bytes {
    ($type:ty, $expects:literal, $decode:expr, { $($visits:tt)* }) => {
        impl Fill for $type {
            fn fill<'de, D: Deserializer<'de>>(&mut self, from: D) -> Result<(), D::Error> {
                struct Place<'a>(&'a mut Vec<u8>);
                impl<'de> Visitor<'de> for Place<'_> {
                    type Value = ();

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expects)
                    }

                    fn visit_unit<E>(self) -> Result<(), E> {
                        Ok(())
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
                        *self.0 = $decode(text)
                            .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))?;
                        Ok(())
                    }

                    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
                        let mut buffer = Buffer::default();
                        buffer
                            .data
                            .fill(de::value::SeqAccessDeserializer::new(items))?;
                        *self.0 = buffer.bytes();
                        Ok(())
                    }

                    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<(), A::Error> {
                        let mut buffer = Buffer::default();
                        buffer.fill(de::value::MapAccessDeserializer::new(fields))?;
                        *self.0 = buffer.bytes();
                        Ok(())
                    }

                    $($visits)*
                }
                from.deserialize_any(Place(&mut self.0))
            }
        }
    };
}

bytes!(
    Hex<'_>,
    "an id in hexadecimal digits",
    |text: &str| Some(hex(text).unwrap_or_default()),
    {
        // A number is no id, and that is said of its span alone.
        fn visit_u64<E>(self, _: u64) -> Result<(), E> {
            Ok(())
        }

        fn visit_i64<E>(self, _: i64) -> Result<(), E> {
            Ok(())
        }

        fn visit_f64<E>(self, _: f64) -> Result<(), E> {
            Ok(())
        }
    }
);
bytes!(Base64, "bytes in base64", base64, {});

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let bytes = pairs
        .iter()
        .map(|[high, low]| u8::try_from(digit(high)? << 4 | digit(low)?).ok());
    bytes.collect()
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let bare = text.trim_end_matches('=');
    STANDARD
        .decode(text)
        .or_else(|_| STANDARD_NO_PAD.decode(bare))
        .or_else(|_| URL_SAFE_NO_PAD.decode(bare))
        .ok()
}

/// An enum: its number, or its name in the specification.
pub(super) struct Enum<'a> {
    /// Where it goes.
    pub(super) place: &'a mut i32,
    /// The number of a name.
    pub(super) number: fn(&str) -> Option<i32>,
}

impl Fill for Enum<'_> {
    fn fill<'de, D: Deserializer<'de>>(&mut self, from: D) -> Result<(), D::Error> {
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

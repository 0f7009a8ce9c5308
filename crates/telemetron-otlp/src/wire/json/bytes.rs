//! Ids and other bytes.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};

use super::super::bounds::Meter;
use super::fill::Fill;
use super::message::message;

/// The id of a trace or span: hex, or base64 as plain protobuf JSON has it. What is neither becomes
/// empty, and its span is rejected alone.
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
            fn fill<'de, D: Deserializer<'de>>(
                &mut self,
                from: D,
                meter: &Meter<'_>,
            ) -> Result<(), D::Error> {
                struct Place<'a, 'm>(&'a mut Vec<u8>, &'a Meter<'m>);
                impl<'de> Visitor<'de> for Place<'_, '_> {
                    type Value = ();

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expects)
                    }

                    fn visit_unit<E>(self) -> Result<(), E> {
                        Ok(())
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
                        self.1.text(text.len()).map_err(E::custom)?;
                        *self.0 = $decode(text)
                            .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))?;
                        Ok(())
                    }

                    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
                        let mut buffer = Buffer::default();
                        let items = de::value::SeqAccessDeserializer::new(items);
                        buffer.data.fill(items, self.1)?;
                        *self.0 = buffer.bytes();
                        Ok(())
                    }

                    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<(), A::Error> {
                        let mut buffer = Buffer::default();
                        let fields = de::value::MapAccessDeserializer::new(fields);
                        buffer.fill(fields, self.1)?;
                        *self.0 = buffer.bytes();
                        Ok(())
                    }

                    $($visits)*
                }
                from.deserialize_any(Place(&mut self.0, meter))
            }
        }
    };
}

bytes!(
    Hex<'_>,
    "an id in hexadecimal digits",
    |text: &str| Some(id(text).unwrap_or_default()),
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

/// How many bytes the ids of spans and traces have.
const ID_BYTES: [usize; 2] = [8, 16];

/// An id in hex, else one in base64. Their lengths tell them apart: 16 and 32 digits against 11, 12,
/// 22 and 24 characters.
fn id(text: &str) -> Option<Vec<u8>> {
    let fits = |bytes: &Vec<u8>| ID_BYTES.contains(&bytes.len());
    let in_hex = hex(text);
    if in_hex.as_ref().is_some_and(fits) {
        return in_hex;
    }
    base64(text).filter(fits).or(in_hex)
}

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

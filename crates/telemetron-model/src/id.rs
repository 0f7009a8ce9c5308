//! Trace and span ids: bytes inside, lowercase hex without hyphens outside.
//!
//! Both are read with or without hyphens and in any case, so a UUID is a trace id.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text has a character that is neither a hex digit nor a hyphen.
    #[error("`{0}` is not hexadecimal")]
    NotHex(String),
    /// The text names a number of bytes that this id cannot have.
    #[error("{expected}, but `{text}` has {digits} hex digits")]
    Length {
        /// The text as it came.
        text: String,
        /// How many hex digits it has.
        digits: usize,
        /// What the id may look like.
        expected: &'static str,
    },
    /// All bytes are zero, which W3C Trace Context calls invalid.
    #[error("an id of zeros only is invalid")]
    Zero,
}

/// The id of a trace: 16 bytes, not all zero (W3C Trace Context).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId([u8; 16]);

/// The id of a span: 8 bytes (W3C), or 12 or 16 from a foreign producer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId {
    bytes: [u8; 16],
    len: u8,
}

impl TraceId {
    /// Makes an id from its bytes.
    ///
    /// # Errors
    /// [`IdError::Zero`] when all bytes are zero.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, IdError> {
        if bytes == [0; 16] {
            Err(IdError::Zero)
        } else {
            Ok(Self(bytes))
        }
    }

    /// Makes an id from a slice, as a database returns it.
    ///
    /// # Errors
    /// When the slice has not 16 bytes, or only zeros.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, IdError> {
        let bytes = bytes
            .try_into()
            .map_err(|_| length_error(bytes, TRACE_FORM))?;
        Self::from_bytes(bytes)
    }

    /// The sixteen bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl SpanId {
    /// Makes an id from 8, 12 or 16 bytes.
    ///
    /// # Errors
    /// When the slice has another length, or only zeros.
    pub fn from_slice(slice: &[u8]) -> Result<Self, IdError> {
        if !matches!(slice.len(), 8 | 12 | 16) {
            return Err(length_error(slice, SPAN_FORM));
        }
        if slice.iter().all(|byte| *byte == 0) {
            return Err(IdError::Zero);
        }
        let mut bytes = [0; 16];
        bytes[..slice.len()].copy_from_slice(slice);
        let len = u8::try_from(slice.len()).unwrap_or_default();
        Ok(Self { bytes, len })
    }

    /// The bytes: 8, 12 or 16 of them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

const TRACE_FORM: &str = "a trace id has 32 hex digits (16 bytes), or is a UUID";
const SPAN_FORM: &str = "a span id has 16 hex digits (8 bytes), or 24 or 32";

fn length_error(bytes: &[u8], expected: &'static str) -> IdError {
    IdError::Length {
        text: format!("{bytes:02x?}"),
        digits: bytes.len() * 2,
        expected,
    }
}

/// Decodes hex digits, hyphens skipped, into `out`; returns the number of bytes.
fn decode_hex(text: &str, out: &mut [u8; 16], expected: &'static str) -> Result<usize, IdError> {
    let mut digits = 0;
    for byte in text.bytes().filter(|byte| *byte != b'-') {
        let Some(value) = char::from(byte).to_digit(16) else {
            return Err(IdError::NotHex(text.to_owned()));
        };
        if let Some(slot) = out.get_mut(digits / 2) {
            *slot = *slot << 4 | u8::try_from(value).unwrap_or_default();
        }
        digits += 1;
    }
    if digits % 2 == 1 || digits > 32 {
        return Err(IdError::Length {
            text: text.to_owned(),
            digits,
            expected,
        });
    }
    Ok(digits / 2)
}

impl FromStr for TraceId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut bytes = [0; 16];
        match decode_hex(text, &mut bytes, TRACE_FORM)? {
            16 => Self::from_bytes(bytes),
            n => Err(IdError::Length {
                text: text.to_owned(),
                digits: n * 2,
                expected: TRACE_FORM,
            }),
        }
    }
}

impl FromStr for SpanId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut bytes = [0; 16];
        let length = decode_hex(text, &mut bytes, SPAN_FORM)?;
        Self::from_slice(&bytes[..length]).map_err(|error| match error {
            IdError::Length {
                digits, expected, ..
            } => IdError::Length {
                text: text.to_owned(),
                digits,
                expected,
            },
            other => other,
        })
    }
}

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0_u8; 32];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    f.pad(std::str::from_utf8(&text[..bytes.len() * 2]).unwrap_or_default())
}

/// Gives an id type its text form: `Display`, `Debug` and serde as hex text.
macro_rules! id_text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(self.as_bytes().as_ref(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an id as hexadecimal text")
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}

id_text!(TraceId);
id_text!(SpanId);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_uuid_and_its_hex_digits_are_the_same_trace_id() {
        let uuid: TraceId = "67E55044-10B1-426F-9247-BB680E5FE0C8".parse().unwrap();
        let hex: TraceId = "67e5504410b1426f9247bb680e5fe0c8".parse().unwrap();
        assert_eq!(uuid, hex);
        assert_eq!(uuid.to_string(), "67e5504410b1426f9247bb680e5fe0c8");
    }

    #[test]
    fn a_wrong_id_says_what_an_id_looks_like() {
        let short = "abcd".parse::<TraceId>().unwrap_err().to_string();
        assert_eq!(
            short,
            "a trace id has 32 hex digits (16 bytes), or is a UUID, but `abcd` has 4 hex digits"
        );
        assert_eq!(
            "xyz".parse::<SpanId>().unwrap_err().to_string(),
            "`xyz` is not hexadecimal"
        );
        assert_eq!(
            "0000000000000000".parse::<SpanId>().unwrap_err(),
            IdError::Zero
        );
        assert_eq!(
            "0".repeat(32).parse::<TraceId>().unwrap_err(),
            IdError::Zero
        );
    }

    proptest! {
        #[test]
        fn span_ids_of_every_allowed_length_survive_text(
            bytes in prop::collection::vec(1_u8.., 16), length in prop::sample::select(vec![8, 12, 16])
        ) {
            let id = SpanId::from_slice(&bytes[..length]).unwrap();
            prop_assert_eq!(id.to_string().parse::<SpanId>().unwrap(), id);
            prop_assert_eq!(id.to_string().len(), length * 2);
        }

        #[test]
        fn no_text_makes_the_parsers_panic(text in "\\PC{0,40}") {
            let _ = text.parse::<TraceId>();
            let _ = text.parse::<SpanId>();
        }
    }
}

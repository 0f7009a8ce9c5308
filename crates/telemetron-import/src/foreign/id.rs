//! Ids as others write them: hex with and without decoration, whole numbers, any text.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use telemetron_model::SpanId;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// The id of a span; empty when it has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Id(Vec<u8>);

/// The id of a trace; empty when it has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TraceKey(Vec<u8>);

impl Id {
    /// Reads an id; none of zeros and no empty one.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = bare(text);
        let bytes = match digits.len() {
            _ if text.is_empty() || digits.bytes().all(|digit| digit == b'0') => return None,
            1..=16 => hex(&digits, 8),
            24 | 32 => hex(&digits, digits.len() / 2),
            _ => None,
        };
        Some(Self(bytes.unwrap_or_else(|| {
            xxh3_64(text.as_bytes()).max(1).to_be_bytes().to_vec()
        })))
    }

    /// The id of the how manyth span of a trace that names none.
    pub(crate) fn placed(trace: &TraceKey, place: usize) -> Self {
        let seed = [trace.0.as_slice(), &place.to_be_bytes()].concat();
        Self(xxh3_64(&seed).max(1).to_be_bytes().to_vec())
    }

    /// The id of something that shares this id with something else.
    pub(crate) fn other(&self, what: &str) -> Self {
        let seed = [self.0.as_slice(), what.as_bytes()].concat();
        Self(xxh3_64(&seed).max(1).to_be_bytes().to_vec())
    }

    /// Eight bytes, which is all that OTLP takes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self.0.len() {
            0 | 8 => self.0.clone(),
            _ => xxh3_64(&self.0).max(1).to_be_bytes().to_vec(),
        }
    }

    /// What stands in for it on the way, and what it is.
    pub(super) fn stand_in(&self) -> Option<(SpanId, SpanId)> {
        if matches!(self.0.len(), 0 | 8) {
            return None;
        }
        let stands_in = SpanId::from_slice(&self.bytes()).ok()?;
        Some((stands_in, SpanId::from_slice(&self.0).ok()?))
    }
}

impl TraceKey {
    /// Reads an id; none of zeros and no empty one. Short hex has zeros before it.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix("trace_").unwrap_or(text);
        let digits = bare(text);
        if text.is_empty() || digits.bytes().all(|digit| digit == b'0') {
            return None;
        }
        let bytes = (digits.len() <= 32).then(|| hex(&digits, 16)).flatten();
        Some(Self(bytes.unwrap_or_else(|| {
            xxh3_128(text.as_bytes()).max(1).to_be_bytes().to_vec()
        })))
    }

    /// The id of a trace that is known by a text alone.
    pub(crate) fn hashed(text: &str) -> Self {
        Self(xxh3_128(text.as_bytes()).max(1).to_be_bytes().to_vec())
    }

    /// Its sixteen bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.clone()
    }
}

/// Without what people put around hex digits.
fn bare(text: &str) -> String {
    let text = text.strip_prefix("span_").unwrap_or(text);
    let text = text.strip_prefix("0x").unwrap_or(text);
    text.replace('-', "")
}

fn hex(digits: &str, length: usize) -> Option<Vec<u8>> {
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let padded = format!("{digits:0>width$}", width = length * 2);
    let pairs = (0..length).map(|at| u8::from_str_radix(padded.get(2 * at..2 * at + 2)?, 16).ok());
    pairs.collect()
}

/// The text of an id: hex of a whole number, so that 128 bits are kept that no `f64` holds.
fn text<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    let raw = <&serde_json::value::RawValue>::deserialize(source)?.get();
    if let Ok(number) = raw.parse::<u128>() {
        return Ok(format!("{number:x}"));
    }
    match serde_json::from_str(raw) {
        Ok(Value::String(text)) => Ok(text),
        Ok(Value::Null) => Ok(String::new()),
        _ => Err(serde::de::Error::custom(
            "an id is a text or a whole number",
        )),
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Ok(Self::of(&text(source)?).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for TraceKey {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Ok(Self::of(&text(source)?).unwrap_or_default())
    }
}

impl Id {
    /// Itself, unless it names nothing.
    pub(crate) fn known(self) -> Option<Self> {
        (!self.0.is_empty()).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(json: &str) -> Vec<u8> {
        serde_json::from_str::<Id>(json).unwrap().0
    }

    #[test]
    fn ids_are_read_however_they_are_written() {
        assert_eq!(span("\"0x00000000000000ab\""), [0, 0, 0, 0, 0, 0, 0, 0xab]);
        assert_eq!(span("171"), [0, 0, 0, 0, 0, 0, 0, 0xab]);
        assert_eq!(span("\"span_0102030405060708090a0b0c\"").len(), 12);
        assert_eq!(span("\"0a7f0e2c-11d4-4b6e-9f21-5b6d9c3e8f70\"").len(), 16);
        assert_eq!(span("\"s01-no-hex\"").len(), 8);
        assert_eq!(span("null"), [0; 0]);
        assert_eq!(span("\"0000000000000000\""), [0; 0]);
    }

    #[test]
    fn a_number_of_128_bits_is_kept_whole() {
        let key: TraceKey =
            serde_json::from_str("340282366920938463463374607431768211454").unwrap();
        assert_eq!(key.bytes(), [[0xff; 15].as_slice(), &[0xfe]].concat());
        assert_eq!(TraceKey::of("trace_ab").unwrap().bytes()[15], 0xab);
    }
}

//! JSON that travels and is stored as it came: nobody parses what nobody reads.

use std::borrow::Cow;
use std::fmt;

use memchr::memmem;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One JSON value as its text. Equality is equality of the text.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// Writes a value as JSON; `None` when it cannot be written (a map with keys that are no text).
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Option<Self> {
        serde_json::value::to_raw_value(value).ok().map(Self)
    }

    /// Takes a text that is JSON already.
    ///
    /// # Errors
    /// When the text is not one JSON value.
    pub fn from_text(text: String) -> serde_json::Result<Self> {
        RawValue::from_string(text).map(Self)
    }

    /// The JSON text.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// Whether the value is an object.
    pub fn is_object(&self) -> bool {
        self.get().starts_with('{')
    }

    /// Whether the value is an array.
    pub fn is_array(&self) -> bool {
        self.get().starts_with('[')
    }

    /// Whether the value says nothing: `null`, or an empty text, array or object.
    pub fn is_empty(&self) -> bool {
        matches!(self.get(), "null" | "\"\"" | "[]" | "{}")
    }

    /// Parses the value.
    ///
    /// # Errors
    /// When the value has another shape than `T`.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_str(self.get())
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get())
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for RawJson {}

/// Mark that stands where Postgres cannot hold a character.
///
/// `jsonb` and `text` refuse U+0000, and `jsonb` refuses half a surrogate pair. The escape is
/// kept readable, so that nothing is lost: `\u0000` becomes the six characters after this mark.
const MARK: char = '\u{241b}'; // SYMBOL FOR ESCAPE

/// Rewrites JSON text so that `jsonb` takes it; `None` when it may stay as it is.
///
/// `\u0000` and lone surrogates become U+241B and their four digits.
pub fn escape_for_jsonb(text: &str) -> Option<String> {
    if !is_suspicious(text.as_bytes()) {
        return None;
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    let mut changed = false;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (length, keep) = escape_at(&rest[at..]);
        let escape = &rest[at..at + length];
        if keep {
            out.push_str(escape);
        } else {
            out.push(MARK);
            out.push_str(&escape[2..]);
            changed = true;
        }
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    changed.then_some(out)
}

/// JSON without anything that Postgres cannot hold, so that what is stored, looked up and compared is
/// one and the same text.
pub fn storable(json: &[u8]) -> Cow<'_, [u8]> {
    let escaped = is_suspicious(json)
        .then(|| std::str::from_utf8(json).ok())
        .flatten()
        .and_then(escape_for_jsonb);
    escaped.map_or(Cow::Borrowed(json), |text| Cow::Owned(text.into_bytes()))
}

fn is_suspicious(json: &[u8]) -> bool {
    let any: [&[u8]; 3] = [b"\\u0000", b"\\ud", b"\\uD"];
    any.iter()
        .any(|escape| memmem::find(json, escape).is_some())
}

/// The length of the escape at the start of `text`, and whether `jsonb` takes it.
fn escape_at(text: &str) -> (usize, bool) {
    let Some(unit) = code_unit(text) else {
        return (text.len().min(2), true);
    };
    match unit {
        0 | 0xDC00..=0xDFFF => (6, false),
        0xD800..=0xDBFF => match text.get(6..).and_then(code_unit) {
            Some(0xDC00..=0xDFFF) => (12, true),
            _ => (6, false),
        },
        _ => (6, true),
    }
}

/// The UTF-16 code unit of a `\uXXXX` escape at the start of `text`.
fn code_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

/// Rewrites text so that Postgres `text` takes it: U+0000 becomes U+241B and `0000`.
pub fn escape_for_text(text: &str) -> Option<String> {
    memchr::memchr(0, text.as_bytes()).map(|_| text.replace('\0', &format!("{MARK}0000")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nul_and_lone_surrogates_are_marked_and_pairs_are_kept() {
        assert_eq!(
            escape_for_jsonb(r#"{"a":"x\u0000y"}"#).unwrap(),
            "{\"a\":\"x\u{241b}0000y\"}"
        );
        assert_eq!(
            escape_for_jsonb(r#"["\ud83d"]"#).unwrap(),
            "[\"\u{241b}d83d\"]"
        );
        assert_eq!(
            escape_for_jsonb(r#"["\uDE00\ud83d\ude00"]"#).unwrap(),
            "[\"\u{241b}DE00\\ud83d\\ude00\"]"
        );
        assert_eq!(escape_for_jsonb(r#"["\ud83d\ude00"]"#), None);
    }

    #[test]
    fn an_escaped_backslash_before_u0000_is_no_escape() {
        assert_eq!(escape_for_jsonb(r#"["\\u0000"]"#), None);
    }

    proptest! {
        #[test]
        fn the_result_is_json_again(text in "\\PC{0,20}(\\\\\\\\u0000|\\\\ud[89ab]00|\\\\n|x){0,4}") {
            let json = format!("[\"{}\"]", text.replace('"', "").replace('\\', "\\\\"));
            if let Some(out) = escape_for_jsonb(&json) {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok());
            }
        }
    }
}

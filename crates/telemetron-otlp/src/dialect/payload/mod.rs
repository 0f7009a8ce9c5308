//! What went in and came out, as JSON.
//!
//! Text that holds a JSON object or array is embedded as such, so that nobody downstream meets JSON
//! within JSON; any other text is a JSON string. What is nested deeper than [`MAX_DEPTH`] stays
//! text: whoever parses it later (Postgres above all) has a bound on it.

mod python;

use memchr::memchr2_iter;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};
use telemetron_model::RawJson;

use crate::SpanSource;
use crate::plain::PlainValue;

/// Deepest nesting of JSON that is embedded.
const MAX_DEPTH: usize = 128;

/// Longest JSON that is taken apart: each of its values takes many times its text.
const MAX_PARSED_BYTES: usize = 256 * 1024;

/// A text of JSON, taken apart; none when it is not what is looked for, or very long.
pub(super) fn parsed<T: DeserializeOwned>(text: &str) -> Option<T> {
    let is_short = text.len() <= MAX_PARSED_BYTES;
    is_short.then(|| serde_json::from_str(text).ok())?
}

/// The first of several attributes that holds a payload.
pub(super) fn first(source: &SpanSource<'_>, names: &[&str]) -> Option<RawJson> {
    names
        .iter()
        .find_map(|name| json(source.attributes.get(name)?))
}

/// The first of several attributes that holds a payload written as JSON, strings included.
pub(super) fn first_encoded(source: &SpanSource<'_>, names: &[&str]) -> Option<RawJson> {
    names
        .iter()
        .find_map(|name| encoded(source.attributes.get(name)?))
}

/// A value as JSON; none when it is empty.
pub(super) fn json(value: &Value) -> Option<RawJson> {
    match value {
        Value::StringValue(text) if text.is_empty() => None,
        Value::StringValue(text) => of_text(text),
        other => is_payload(other).then(|| RawJson::of(&PlainValue(other)))?,
    }
}

/// A value that some SDK wrote as JSON: `"text"` is a text, `null` is nothing.
pub(super) fn encoded(value: &Value) -> Option<RawJson> {
    let Value::StringValue(text) = value else {
        return json(value);
    };
    match text.trim_start().bytes().next()? {
        b'"' => match serde_json::from_str::<String>(text) {
            Ok(inner) if inner.is_empty() => None,
            Ok(inner) => of_text(&inner),
            Err(_) => of_text(text),
        },
        b'n' if text.trim() == "null" => None,
        b'-' | b'0'..=b'9' | b't' | b'f' => {
            let scalar = serde_json::from_str::<Json>(text).ok();
            scalar.map_or_else(|| of_text(text), |scalar| RawJson::of(&scalar))
        }
        _ => of_text(text),
    }
}

/// A text as JSON: embedded when it is an object or an array, a string otherwise.
pub(super) fn of_text(text: &str) -> Option<RawJson> {
    let embeds = matches!(text.trim_start().bytes().next(), Some(b'{' | b'['));
    let embedded = (embeds && is_shallow(text)).then(|| RawJson::from_text(text.to_owned()).ok());
    embedded.flatten().or_else(|| RawJson::of(text))
}

/// An attribute that holds an object, as JSON, as Python prints it, or as it is.
pub(super) fn object(source: &SpanSource<'_>, name: &str) -> Option<Map<String, Json>> {
    let value = match source.attributes.get(name)? {
        Value::StringValue(text) => parsed(text).or_else(|| printed(text)),
        other => plain(other),
    };
    match value? {
        Json::Object(map) => Some(map),
        _ => None,
    }
}

/// A dictionary or list as Python prints it; none when it is anything else, or very long.
pub(super) fn printed(text: &str) -> Option<Json> {
    let text = text.trim();
    let encloses = |open, close| text.starts_with(open) && text.ends_with(close);
    let likely = text.len() <= MAX_PARSED_BYTES && (encloses('{', '}') || encloses('[', ']'));
    likely.then(|| python::literal(text))?
}

/// A value without its type; none when it is bytes.
pub(super) fn plain(value: &Value) -> Option<Json> {
    is_payload(value).then(|| serde_json::to_value(PlainValue(value)).ok())?
}

/// The text that stands under a key (in its quotes) anywhere in a text of JSON.
pub(super) fn text_at<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    let at = memchr::memmem::find(json.as_bytes(), key.as_bytes())?;
    let rest = json[at + key.len()..].trim_start().strip_prefix(':')?;
    let (text, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    (!text.is_empty() && text.len() < 64).then_some(text)
}

/// Values by name as one object; none when there are none.
pub(super) fn object_of<'a>(values: impl Iterator<Item = (&'a str, &'a Value)>) -> Option<RawJson> {
    let values: Vec<_> = values.filter(|(_, value)| is_payload(value)).collect();
    (!values.is_empty()).then(|| RawJson::of(&Object(&values)))?
}

struct Object<'a>(&'a [(&'a str, &'a Value)]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.0.iter();
        serializer.collect_map(entries.map(|(name, value)| (name, PlainValue(value))))
    }
}

/// Whether a value is one that people read: bytes are not.
const fn is_payload(value: &Value) -> bool {
    !matches!(value, Value::BytesValue(_) | Value::StringValueStrindex(_))
}

/// Whether brackets nest no deeper than the bound.
fn is_shallow(text: &str) -> bool {
    // What opens so few brackets needs no second look, and hardly anything opens more.
    if memchr2_iter(b'{', b'[', text.as_bytes())
        .nth(MAX_DEPTH)
        .is_none()
    {
        return true;
    }
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::StringValue(text.to_owned())
    }

    #[test]
    fn text_that_is_json_is_embedded_and_other_text_is_a_string() {
        let cases = [
            (r#"{"a": 1}"#, r#"{"a": 1}"#),
            ("[1]", "[1]"),
            ("hello", r#""hello""#),
            ("42", r#""42""#),
            ("{'a': 1}", r#""{'a': 1}""#),
        ];
        for (given, expected) in cases {
            assert_eq!(json(&text(given)).unwrap().get(), expected, "{given}");
        }
        assert_eq!(json(&text("")), None);
    }

    #[test]
    fn what_was_encoded_twice_is_unwrapped() {
        let cases = [
            (r#""hello""#, Some(r#""hello""#)),
            (r#""{\"a\":1}""#, Some(r#"{"a":1}"#)),
            ("12.5", Some("12.5")),
            ("true", Some("true")),
            ("1e400", Some(r#""1e400""#)),
            ("hello", Some(r#""hello""#)),
            ("null", None),
            (r#""""#, None),
        ];
        for (given, expected) in cases {
            let found = encoded(&text(given));
            assert_eq!(found.as_ref().map(RawJson::get), expected, "{given}");
        }
    }

    #[test]
    fn what_nests_too_deep_stays_text() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        assert!(json(&text(&deep)).unwrap().get().starts_with('"'));
        let quoted = format!("[\"{}\"]", "[".repeat(500));
        assert!(json(&text(&quoted)).unwrap().is_array());
    }
}

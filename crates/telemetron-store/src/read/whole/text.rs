//! A payload as it is stored, opened when somebody reads it.
//!
//! A diagnosis compares thousands of payloads and reads a few: equal ones are known by their
//! stored bytes, since the same JSON is always packed into the same frame.

use std::sync::OnceLock;

use telemetron_model::decode::content_hash;

use crate::payload::is_frame;
use crate::{compress, decompress};

/// Bytes of a head.
const HEAD: usize = 6 * 1024;

/// Bytes of a tail.
const TAIL: usize = 2 * 1024;

/// Stands where the middle was left out.
const GAP: &str = " […] ";

/// Stands for a payload that cannot be opened.
const DAMAGED: &str = "[this payload is damaged]";

/// A payload as far as it is looked at. Two are equal when they are stored as the same bytes.
#[derive(Debug, Clone)]
pub struct WholeText {
    stored: Vec<u8>,
    /// Hash of what is stored.
    pub hash: i64,
    text: OnceLock<String>,
}

impl WholeText {
    /// Takes a payload as it is stored.
    pub fn stored(bytes: Vec<u8>) -> Self {
        Self {
            hash: content_hash(&bytes),
            stored: bytes,
            text: OnceLock::new(),
        }
    }

    /// Takes a payload's JSON.
    pub fn of_json(json: &str) -> Self {
        Self::stored(compress(json).unwrap_or_else(|_| json.as_bytes().to_vec()))
    }

    /// Takes a text as it is.
    pub fn of_text(text: &str) -> Self {
        Self::of_json(&serde_json::Value::from(text).to_string())
    }

    /// The text, opened at the first call: of a JSON string what it says, of anything else its
    /// JSON; of a long one the head and the tail.
    pub fn text(&self) -> &str {
        self.text.get_or_init(|| match decompress(&self.stored) {
            Ok(json) => bounded(said(json)),
            Err(_) => DAMAGED.to_owned(),
        })
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        let is_nothing = || matches!(self.text().trim(), "" | "null" | "[]" | "{}" | "\"\"");
        !is_frame(&self.stored) && is_nothing()
    }
}

impl PartialEq for WholeText {
    fn eq(&self, other: &Self) -> bool {
        self.stored == other.stored
    }
}

impl Eq for WholeText {}

/// What a JSON string says; other JSON as it is.
fn said(json: String) -> String {
    let is_string = json.starts_with('"');
    let text = is_string.then(|| serde_json::from_str(&json).ok());
    text.flatten().unwrap_or(json)
}

fn bounded(text: String) -> String {
    if text.len() <= HEAD + TAIL {
        return text;
    }
    let head = &text[..text.floor_char_boundary(HEAD)];
    let tail = &text[text.ceil_char_boundary(text.len() - TAIL)..];
    format!("{head}{GAP}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_text_is_what_it_says_and_a_long_one_keeps_its_ends() {
        assert_eq!(WholeText::of_json("\"a\\nb\"").text(), "a\nb");
        assert_eq!(WholeText::of_json("{\"a\":1}").text(), "{\"a\":1}");
        let long = format!("begin {} end", "ä".repeat(10_000));
        let read = WholeText::of_text(&long);
        assert!(read.text().len() <= HEAD + TAIL + GAP.len());
        assert!(read.text().starts_with("begin") && read.text().ends_with("end"));
    }

    #[test]
    fn texts_that_differ_in_the_middle_have_different_hashes() {
        let with = |middle: &str| {
            let edge = "x".repeat(20_000);
            WholeText::of_text(&format!("{edge}{middle}{edge}"))
        };
        assert_eq!(with("a").text(), with("b").text());
        assert_ne!(with("a"), with("b"));
        assert_ne!(with("a").hash, with("b").hash);
        assert_eq!(with("a").hash, with("a").hash);
    }

    #[test]
    fn blanks_say_nothing_and_a_damaged_payload_says_so() {
        for empty in ["\"\"", "null", "[]", "{}", "\" \\n\""] {
            assert!(WholeText::of_json(empty).is_empty(), "{empty}");
        }
        assert!(!WholeText::of_text("x").is_empty());
        let mut frame = compress(&"x".repeat(1_000)).unwrap();
        frame.truncate(8);
        assert_eq!(WholeText::stored(frame).text(), DAMAGED);
    }
}

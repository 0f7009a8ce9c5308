//! A payload as text: its head and tail, its size, and a hash by which equal ones are known.

use telemetron_model::decode::content_hash;

/// Bytes of a head.
const HEAD: usize = 6 * 1024;

/// Bytes of a tail.
const TAIL: usize = 2 * 1024;

/// Stands where the middle was left out.
const GAP: &str = " […] ";

/// A payload as far as it is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeText {
    /// The text; of a long one the head and the tail.
    pub text: String,
    /// Size of the whole.
    pub bytes: usize,
    /// Hash of the whole.
    pub hash: i64,
}

impl WholeText {
    /// Reads a payload: a JSON text as what it says, anything else as its JSON.
    pub fn of_json(json: &str) -> Self {
        let hash = content_hash(json.as_bytes());
        match serde_json::from_str::<String>(json) {
            Ok(text) if json.starts_with('"') => Self::bounded(&text, hash),
            _ => Self::bounded(json, hash),
        }
    }

    /// Takes a text as it is.
    pub fn of_text(text: &str) -> Self {
        Self::bounded(text, content_hash(text.as_bytes()))
    }

    fn bounded(text: &str, hash: i64) -> Self {
        let bytes = text.len();
        let text = if bytes <= HEAD + TAIL {
            text.to_owned()
        } else {
            let head = &text[..text.floor_char_boundary(HEAD)];
            let tail = &text[text.ceil_char_boundary(bytes - TAIL)..];
            format!("{head}{GAP}{tail}")
        };
        Self { text, bytes, hash }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        matches!(self.text.trim(), "" | "null" | "[]" | "{}" | "\"\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_text_is_what_it_says_and_a_long_one_keeps_its_ends() {
        assert_eq!(WholeText::of_json("\"a\\nb\"").text, "a\nb");
        assert_eq!(WholeText::of_json("{\"a\":1}").text, "{\"a\":1}");
        let long = format!("begin {} end", "ä".repeat(10_000));
        let read = WholeText::of_text(&long);
        assert_eq!(read.bytes, long.len());
        assert!(read.text.len() <= HEAD + TAIL + GAP.len());
        assert!(read.text.starts_with("begin") && read.text.ends_with("end"));
    }

    #[test]
    fn texts_that_differ_in_the_middle_have_different_hashes() {
        let with = |middle: &str| {
            let edge = "x".repeat(20_000);
            WholeText::of_text(&format!("{edge}{middle}{edge}"))
        };
        assert_eq!(with("a").text, with("b").text);
        assert_ne!(with("a").hash, with("b").hash);
    }
}

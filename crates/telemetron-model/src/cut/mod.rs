//! What must not be larger than a bound: texts, and the payloads of a record.

mod payload;

pub use payload::{
    CUT, Cut, MAX_PAYLOAD_BYTES, cut_payload, fit_payloads, fit_span, payload_bytes,
};

/// Room for what is said at the end of a text that was cut.
const MAX_NOTE_BYTES: usize = 40;

/// A text of at most so many bytes; what was cut is said at its end.
pub fn cut_text(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let head = &text[..text.floor_char_boundary(most.saturating_sub(MAX_NOTE_BYTES))];
    format!("{head}… (cut, {} bytes)", text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_that_is_cut_says_how_long_it_was() {
        assert_eq!(cut_text("héllo", 10), "héllo");
        let cut = cut_text(&"é".repeat(100), 51);
        assert_eq!(cut, "ééééé… (cut, 200 bytes)");
        assert_eq!(cut_text(&cut, 51), cut);
    }

    proptest! {
        #[test]
        fn no_text_is_longer_than_its_bound(text in "\\PC{0,300}", most in 64_usize..256) {
            prop_assert!(cut_text(&text, most).len() <= most);
        }
    }
}

//! What is looked for.

use super::each_text;
use super::words::{BEGINNINGS, Run, beginnings, each_run, mark, plain};

/// Most marks that are looked for: more tell hardly more.
const MOST_MARKS: usize = 12;

/// A text that is looked for: in any case, with any space between its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    plain: String,
    marks: Vec<u64>,
}

impl Pattern {
    /// The pattern of a text.
    pub fn of(text: &str) -> Self {
        let plain = plain(text).into_owned();
        let mut marks = marks(&plain);
        marks.truncate(MOST_MARKS);
        Self { plain, marks }
    }

    /// The marks that every text has which holds the pattern; none for a pattern too short.
    pub fn marks(&self) -> &[u64] {
        &self.marks
    }

    /// Whether a text holds the pattern.
    pub fn is_in(&self, text: &str) -> bool {
        plain(text).contains(&self.plain)
    }

    /// Whether one of the texts of a JSON value does.
    pub fn is_in_json(&self, json: &str) -> bool {
        let mut found = false;
        each_text(json, |text| found = found || self.is_in(text));
        found
    }
}

/// The marks of whole words, of the beginning of the last one, which may go on, and of letters in a
/// row; the longest first.
fn marks(plain: &str) -> Vec<u64> {
    let mut runs = Vec::new();
    each_run(plain, |run| runs.push(run));
    let open = plain.ends_with(char::is_alphanumeric).then_some(runs.len());
    let mut pieces = Vec::new();
    for (place, run) in (1..).zip(runs) {
        match run {
            Run::Word(word) if Some(place) == open => {
                pieces.extend(beginnings(word).chain(exact_beginning(word)));
            }
            Run::Word(word) => pieces.push(word),
            Run::Letters(letters) => pieces.extend(pairs(letters)),
        }
    }
    pieces.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
    pieces.dedup();
    pieces.into_iter().map(mark).collect()
}

/// A word as long as a beginning is the beginning of those that go on.
fn exact_beginning(word: &str) -> Option<&str> {
    BEGINNINGS.contains(&word.chars().count()).then_some(word)
}

/// Each two letters in a row, or the only one.
fn pairs(letters: &str) -> Vec<&str> {
    let starts: Vec<_> = letters
        .char_indices()
        .map(|(at, _)| at)
        .chain([letters.len()])
        .collect();
    if starts.len() == 2 {
        return vec![letters];
    }
    starts
        .windows(3)
        .map(|ends| &letters[ends[0]..ends[2]])
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Marks, each_word};
    use super::*;

    fn may_be_in(pattern: &str, text: &str) -> bool {
        let mut marks = Vec::new();
        each_word(text, |mark| marks.push(mark));
        let set = Marks::of(&marks);
        let pattern = Pattern::of(pattern);
        let found = pattern.marks().iter().all(|mark| set.may_have(*mark));
        assert!(found || !pattern.is_in(text) || starts_within(pattern, text));
        found
    }

    /// Whether the pattern begins within a word: such a text is not found by its marks.
    fn starts_within(pattern: Pattern, text: &str) -> bool {
        let text = plain(text).into_owned();
        let places: Vec<_> = text.match_indices(&pattern.plain).collect();
        places.iter().all(|(at, _)| {
            text[..*at].ends_with(char::is_alphanumeric)
                && pattern.plain.starts_with(char::is_alphanumeric)
        })
    }

    #[test]
    fn a_text_is_found_by_how_its_words_begin() {
        let text = "Where is the Lighthouse of\nAlexandria?";
        for found in [
            "lighthouse",
            "LIGHT",
            "lig",
            "the lighthouse of alex",
            "of alexandria?",
        ] {
            assert!(
                may_be_in(found, text) && Pattern::of(found).is_in(text),
                "{found}"
            );
        }
        assert!(!may_be_in("lighter house", text));
        assert!(!may_be_in("ghthouse", text), "not within a word");
    }

    #[test]
    fn scripts_without_spaces_are_found_anywhere() {
        let text = "请问北京的天气怎么样";
        for found in ["北京", "天气怎么", "气"] {
            assert!(
                may_be_in(found, text) && Pattern::of(found).is_in(text),
                "{found}"
            );
        }
        assert!(!may_be_in("上海", text));
    }

    #[test]
    fn quotes_lines_and_paths_are_found_as_they_are_seen() {
        let json = r#"{"content":"he said \"open sesame\"\nsecond line, C:\\temp\\log"}"#;
        for found in ["said \"open sesame", "sesame\"\nsecond", "C:\\temp\\log"] {
            assert!(Pattern::of(found).is_in_json(json), "{found}");
        }
    }

    proptest! {
        /// What a text holds, from the beginning of a word on, its marks never deny.
        #[test]
        fn nothing_is_missed(text in "[a-cA-C你好 .\"\\\\\n]{1,40}", from in 0_usize..40, length in 1_usize..20) {
            let letters: Vec<_> = text.chars().collect();
            let from = from.min(letters.len() - 1);
            let until = (from + length).min(letters.len());
            let piece: String = letters[from..until].iter().collect();
            may_be_in(&piece, &text);
        }
    }
}

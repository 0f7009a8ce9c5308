//! How many tokens a text takes a model, estimated on the careful side.
//!
//! Bytes alone mislead: prose takes a token for four bytes and more, ids one for less than two. So
//! runs of one kind of character are weighed by what tokenizers make of them: words, ids and
//! numbers, signs, and everything beyond ASCII. `docs/CLAUDE_CODE_MCP.md` has the measurement.

/// Hundredths of what was added up, as tokenizers differ.
const MARGIN: usize = 110;

/// What a run of characters of one kind is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Run {
    /// Letters.
    Word,
    /// Letters and digits mixed, or digits: ids, hashes, figures.
    Id,
    /// Blanks.
    Blank,
    /// Any other ASCII.
    Sign,
    /// Anything beyond ASCII.
    Foreign,
}

/// Thousandths of a token that a run of so many bytes and letters takes.
const fn weight(run: Run, bytes: usize, letters: usize) -> usize {
    match run {
        Run::Word => 1000 * bytes.div_ceil(6),
        Run::Id => 600 * bytes + 200,
        Run::Blank if bytes == 1 => 150,
        Run::Blank => 1000 * bytes.div_ceil(8),
        Run::Sign => 1000 * bytes.div_ceil(2),
        Run::Foreign => 1400 * letters,
    }
}

const fn kind(letter: char) -> Run {
    match letter {
        'a'..='z' | 'A'..='Z' => Run::Word,
        '0'..='9' => Run::Id,
        ' ' | '\n' | '\t' => Run::Blank,
        letter if letter.is_ascii() => Run::Sign,
        _ => Run::Foreign,
    }
}

/// Adds up the runs of a text.
pub(super) fn tokens(text: &str) -> usize {
    let mut thousandths = 0;
    let mut run = Run::Blank;
    let (mut bytes, mut letters) = (0, 0);
    for letter in text.chars() {
        let next = kind(letter);
        let joined = match (run, next) {
            (Run::Word, Run::Id) | (Run::Id, Run::Word) => Some(Run::Id),
            (run, next) if run == next => Some(next),
            _ => None,
        };
        if joined.is_none() {
            thousandths += weight(run, bytes, letters);
            (bytes, letters) = (0, 0);
        }
        run = joined.unwrap_or(next);
        bytes += letter.len_utf8();
        letters += 1;
    }
    let all = thousandths + weight(run, bytes, letters);
    all.saturating_mul(MARGIN).div_ceil(100_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_weigh_more_than_prose_of_the_same_length() {
        let prose = "the planner waits for the tools";
        let id = "4bf92f3577b34da6a3ce929d0e0e473";
        assert_eq!(prose.len(), id.len());
        assert!(tokens(id) > 2 * tokens(prose));
    }

    #[test]
    fn nothing_is_free_but_an_empty_text() {
        assert_eq!(tokens(""), 0);
        for text in [" ", "a", "1", ".", "日", "\n"] {
            assert!(tokens(text) >= 1, "{text:?}");
        }
        assert!(tokens("日本語です") >= 5);
    }

    #[test]
    fn a_long_blank_or_sign_run_is_not_free() {
        assert!(tokens(&" ".repeat(8_000)) >= 1_000);
        assert!(tokens(&"=".repeat(8_000)) >= 4_000);
    }
}

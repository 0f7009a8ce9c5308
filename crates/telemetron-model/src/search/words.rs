//! Texts in one form, and the words in them.

use std::borrow::Cow;

/// How many letters of a word can be looked for: few find a word that is being typed, more tell
/// words apart.
pub(super) const BEGINNINGS: [usize; 2] = [3, 6];

/// A text in small letters, with one space between its words.
pub fn plain(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
    let mut before = b' ';
    let all_plain = text.bytes().all(|byte| {
        let good = is_plain(byte) || (byte == b' ' && before != b' ');
        before = byte;
        good
    });
    if all_plain && before != b' ' {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(&word.to_lowercase());
    }
    Cow::Owned(plain)
}

/// Gives the marks of a text: the beginnings of each word, and the word, in small letters; of scripts
/// without spaces each letter, and each two in a row.
pub fn each_word(text: &str, mut each: impl FnMut(u64)) {
    if text.is_ascii() {
        return each_of_ascii(text.as_bytes(), each);
    }
    each_run(&text.to_lowercase(), |run| match run {
        Run::Word(word) => {
            beginnings(word).for_each(|beginning| each(mark(beginning)));
            each(mark(word));
        }
        Run::Letters(letters) => {
            let ends: Vec<_> = letters.char_indices().map(|(at, _)| at).collect();
            let ends = [ends, vec![letters.len()]].concat();
            ends.windows(2)
                .for_each(|ends| each(mark(&letters[ends[0]..ends[1]])));
            ends.windows(3)
                .for_each(|ends| each(mark(&letters[ends[0]..ends[2]])));
        }
    });
}

/// The same in one walk: most text is ASCII, and this is done for each byte of each span.
fn each_of_ascii(text: &[u8], mut each: impl FnMut(u64)) {
    let (mut hash, mut letters) = (EMPTY, 0);
    for byte in text {
        if byte.is_ascii_alphanumeric() {
            if BEGINNINGS.contains(&letters) {
                each(finished(hash));
            }
            hash = with(hash, byte.to_ascii_lowercase());
            letters += 1;
        } else if letters > 0 {
            each(finished(hash));
            (hash, letters) = (EMPTY, 0);
        }
    }
    if letters > 0 {
        each(finished(hash));
    }
}

/// The mark of a piece of text: FNV-1a, which grows letter by letter, and a step that spreads it.
pub(super) fn mark(piece: &str) -> u64 {
    finished(piece.bytes().fold(EMPTY, with))
}

const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

const fn with(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3)
}

const fn finished(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}

/// The beginnings of a word that are shorter than itself.
pub(super) fn beginnings(word: &str) -> impl Iterator<Item = &str> {
    BEGINNINGS.into_iter().filter_map(|letters| {
        let (end, _) = word.char_indices().nth(letters)?;
        Some(&word[..end])
    })
}

/// Letters and digits in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run<'t> {
    /// A word.
    Word(&'t str),
    /// Letters of a script that puts no spaces between words.
    Letters(&'t str),
}

/// Gives the runs of a text, in order.
pub(super) fn each_run<'t>(text: &'t str, mut each: impl FnMut(Run<'t>)) {
    let mut open: Option<(usize, bool)> = None;
    for (at, letter) in text.char_indices() {
        let kind = letter.is_alphanumeric().then(|| is_unspaced(letter));
        match (open, kind) {
            (Some((_, before)), Some(now)) if before == now => {}
            (Some((from, unspaced)), _) => {
                each(run(&text[from..at], unspaced));
                open = kind.map(|unspaced| (at, unspaced));
            }
            (None, _) => open = kind.map(|unspaced| (at, unspaced)),
        }
    }
    if let Some((from, unspaced)) = open {
        each(run(&text[from..], unspaced));
    }
}

fn run(text: &str, unspaced: bool) -> Run<'_> {
    if unspaced {
        Run::Letters(text)
    } else {
        Run::Word(text)
    }
}

/// Whether a letter belongs to a script whose words are not told apart by spaces: Chinese,
/// Japanese, Thai, Lao, Khmer, Burmese; Korean, whose words take endings, is read the same way.
fn is_unspaced(letter: char) -> bool {
    matches!(u32::from(letter),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x2e80..=0x9fff | 0xa960..=0xa97f
        | 0xac00..=0xd7ff | 0xf900..=0xfaff | 0xff66..=0xff9f | 0x2_0000..=0x3_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_small_and_spaces_single() {
        assert_eq!(plain("plain text"), "plain text");
        assert!(matches!(plain("plain text"), Cow::Borrowed(_)));
        assert_eq!(plain(" A  Line\r\n Über "), "a line über");
        assert_eq!(plain("ends "), "ends");
    }

    #[test]
    fn ascii_has_the_marks_that_any_text_has() {
        let text = "The Lighthouse_of-alexandria7 é";
        let (mut ascii, mut any) = (Vec::new(), Vec::new());
        each_word(text.trim_end_matches('é'), |mark| ascii.push(mark));
        each_word(text, |mark| any.push(mark));
        assert_eq!(any.pop(), Some(mark("é")));
        assert_eq!(ascii, any);
    }

    #[test]
    fn words_and_letters_without_spaces_are_told_apart() {
        let mut runs = Vec::new();
        each_run("the_2nd 你好world, 안녕", |run| runs.push(run));
        let word = Run::Word;
        assert_eq!(
            runs,
            [
                word("the"),
                word("2nd"),
                Run::Letters("你好"),
                word("world"),
                Run::Letters("안녕")
            ]
        );
    }
}

//! The words of each step, bounded so that a large trace costs no more than a small one.

use std::cmp::Ordering;

use crate::diagnosis::tree::{Place, Tree};

/// Bytes of text that are looked at in a whole trace.
const TOTAL: usize = 1024 * 1024;

/// Bytes of one step.
const MOST: usize = 6 * 1024;
const LEAST: usize = 128;

/// What a step says and what its calls gave back.
pub(super) struct StepText {
    /// The text.
    pub(super) text: String,
    /// Its words.
    pub(super) words: Words,
}

/// The words of a text, each once: hashes in order, since steps are held against each other many
/// times, and walking through two lists is far quicker than asking a set for each word.
pub(super) struct Words(Vec<u64>);

impl Words {
    fn of(text: &str) -> Self {
        let mut hashes: Vec<u64> = words(text).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether a word is among them.
    pub(super) fn contains(&self, word: u64) -> bool {
        self.0.binary_search(&word).is_ok()
    }

    /// How many are among the others, too.
    fn in_common(&self, others: &Self) -> usize {
        let (mut one, mut other) = (self.0.as_slice(), others.0.as_slice());
        let mut common = 0;
        while let ([a, after_a @ ..], [b, after_b @ ..]) = (one, other) {
            let order = a.cmp(b);
            common += usize::from(order == Ordering::Equal);
            if order != Ordering::Greater {
                one = after_a;
            }
            if order != Ordering::Less {
                other = after_b;
            }
        }
        common
    }
}

/// The texts of the steps, in order.
pub(super) fn of(tree: &Tree<'_>) -> Vec<StepText> {
    let room = TOTAL / tree.steps().len().max(1);
    let room = room.clamp(LEAST, MOST);
    let texts = tree.steps().iter().map(|step| text(tree, *step, room));
    texts
        .map(|text| StepText {
            words: Words::of(&text),
            text,
        })
        .collect()
}

fn text(tree: &Tree<'_>, place: Place, room: usize) -> String {
    let span = tree.span(place);
    let mut text = String::new();
    if let Some(output) = &span.output {
        text.push_str(bounded(&output.text, room));
    }
    for call in &span.calls {
        for part in [&call.error, &call.result.as_ref().map(|r| r.text.clone())] {
            if let Some(part) = part.as_deref().filter(|_| text.len() < room) {
                text.push('\n');
                text.push_str(bounded(part, room - text.len()));
            }
        }
    }
    if let Some(error) = &span.error {
        text.push_str(&format!(
            "\nerror {}: {}",
            error.error_type,
            bounded(&error.message, 500)
        ));
    }
    text
}

fn bounded(text: &str, room: usize) -> &str {
    &text[..text.floor_char_boundary(room)]
}

/// The words of a text that carry something: longer than two letters, or with a digit.
pub(super) fn words(text: &str) -> impl Iterator<Item = u64> + '_ {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let telling = words.filter(|word| word.len() > 2 || word.bytes().any(|b| b.is_ascii_digit()));
    telling.map(hash)
}

/// FNV-1a of a word in lower case: stable, and quick on short words.
fn hash(word: &str) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let bytes = word.bytes().map(|byte| byte.to_ascii_lowercase());
    bytes.fold(BASIS, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    })
}

/// How much two texts have in common, from 0 to 1.
pub(super) fn likeness(one: &Words, other: &Words) -> f64 {
    let common = one.in_common(other);
    let all = one.len() + other.len() - common;
    if all == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "texts are short")]
    let likeness = common as f64 / all as f64;
    likeness
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_is_the_share_of_words_that_both_say() {
        let like = |a: &str, b: &str| likeness(&Words::of(a), &Words::of(b));
        let is = |likeness: f64, share: f64| (likeness - share).abs() < 1e-9;
        assert!(is(
            like("find the red book", "Book, red: the find find"),
            1.0
        ));
        assert!(is(like("one two", "two three four"), 0.25));
        assert!(is(like("", "one"), 0.0) && is(like("", ""), 0.0));
        assert!(Words::of("one two").contains(hash("Two")));
    }
}

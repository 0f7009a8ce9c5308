//! The words of each step, bounded so that a large trace costs no more than a small one.

use telemetron_store::read::whole::WholeText;

use crate::tree::{Place, Tree};

/// Bytes of text that are looked at in a whole trace.
const TOTAL: usize = 1024 * 1024;

/// Bytes of one step.
const MOST: usize = 6 * 1024;
const LEAST: usize = 128;

/// What each step says and what its calls gave back, in order.
pub(super) fn of(tree: &Tree<'_>) -> Vec<String> {
    let room = TOTAL / tree.steps().len().max(1);
    let room = room.clamp(LEAST, MOST);
    let steps = tree.steps().iter();
    steps.map(|step| text(tree, *step, room)).collect()
}

fn text(tree: &Tree<'_>, place: Place, room: usize) -> String {
    let span = tree.span(place);
    let mut text = String::new();
    if let Some(output) = &span.output {
        text.push_str(bounded(output.text(), room));
    }
    for call in &span.calls {
        let result = call.result.as_ref().map(WholeText::text);
        for part in [call.error.as_deref(), result].into_iter().flatten() {
            if text.len() < room {
                text.push('\n');
                text.push_str(bounded(part, room - text.len()));
            }
        }
    }
    if let Some(error) = &span.error {
        text.push_str("\nerror ");
        text.push_str(&error.error_type);
        text.push_str(": ");
        text.push_str(bounded(&error.message, 500));
    }
    text
}

fn bounded(text: &str, room: usize) -> &str {
    &text[..text.floor_char_boundary(room)]
}

/// The words of a text that carry something: longer than two letters, or with a digit; as hashes.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_in_any_case_and_the_short_ones_do_not_count() {
        let same = |one: &str, other: &str| words(one).eq(words(other));
        assert!(same("The red book, 7!", "the RED\nbook 7"));
        assert!(same("to be or", ""));
        assert!(!same("one two", "two one"));
    }
}

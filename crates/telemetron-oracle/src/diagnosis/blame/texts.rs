//! The words of each step, bounded so that a large trace costs no more than a small one.

use std::collections::HashSet;

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
    /// Its words, as hashes.
    pub(super) words: HashSet<u64>,
}

/// The texts of the steps, in order.
pub(super) fn of(tree: &Tree<'_>) -> Vec<StepText> {
    let room = TOTAL / tree.steps().len().max(1);
    let room = room.clamp(LEAST, MOST);
    let texts = tree.steps().iter().map(|step| text(tree, *step, room));
    texts
        .map(|text| StepText {
            words: words(&text).collect(),
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

/// How much two sets of words have in common, from 0 to 1.
pub(super) fn likeness(one: &HashSet<u64>, other: &HashSet<u64>) -> f64 {
    let common = one.intersection(other).count();
    let all = one.len() + other.len() - common;
    if all == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "texts are short")]
    let likeness = common as f64 / all as f64;
    likeness
}

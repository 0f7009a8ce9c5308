//! Where the final answer first appears: the step that brought in most of its words.

use std::collections::HashSet;

use telemetron_store::read::whole::WholeText;

use super::{Row, Sign, Story};
use crate::blame::ratio;
use crate::blame::texts::words;

/// Bytes at the end of the answer that are looked at: it is given last.
const TAIL: usize = 600;

pub(super) fn mark(story: &Story<'_, '_>, rows: &mut [Row]) {
    let mut wanted = wanted(story);
    let total = wanted.len();
    for (text, row) in story.texts.iter().zip(rows) {
        let before = wanted.len();
        for word in words(text) {
            if wanted.is_empty() {
                break;
            }
            wanted.remove(&word);
        }
        row.set(Sign::AnswerBegins, ratio(before - wanted.len(), total));
    }
}

/// The words of the answer that the question did not hold.
fn wanted(story: &Story<'_, '_>) -> HashSet<u64> {
    let trace = story.tree.trace;
    let given = trace.answer.as_ref().map(WholeText::text);
    let said = story.texts.iter().rev();
    let last = said
        .map(String::as_str)
        .find(|text| words(text).nth(1).is_some());
    let Some(answer) = given.or(last) else {
        return HashSet::new();
    };
    let from = answer.ceil_char_boundary(answer.len().saturating_sub(TAIL));
    let mut wanted: HashSet<u64> = words(&answer[from..]).collect();
    if let Some(question) = &trace.question {
        for word in words(question.text()) {
            wanted.remove(&word);
        }
    }
    wanted
}

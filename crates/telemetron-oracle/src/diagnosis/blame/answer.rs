//! Where the final answer first appears: the step that brought in most of its words.

use std::collections::HashSet;

use super::texts::{StepText, words};
use crate::diagnosis::tree::Tree;

/// Bytes at the end of the answer that are looked at: it is given last.
const TAIL: usize = 600;

/// For each step, how much of the answer appears in it for the first time, from 0 to 1.
pub(super) fn beginnings(tree: &Tree<'_>, texts: &[StepText]) -> Vec<f64> {
    let mut wanted = wanted(tree, texts);
    let total = wanted.len();
    let mut shares = Vec::with_capacity(texts.len());
    for step in texts {
        let before = wanted.len();
        wanted.retain(|word| !step.words.contains(*word));
        #[expect(clippy::cast_precision_loss, reason = "an answer has few words")]
        let share = (before - wanted.len()) as f64 / total.max(1) as f64;
        shares.push(share);
    }
    shares
}

/// The words of the answer that the question did not hold.
fn wanted(tree: &Tree<'_>, texts: &[StepText]) -> HashSet<u64> {
    let given = tree
        .trace
        .answer
        .as_ref()
        .map(|answer| answer.text.as_str());
    let last = texts.iter().rev().find(|step| step.words.len() > 1);
    let Some(answer) = given.or_else(|| last.map(|step| step.text.as_str())) else {
        return HashSet::new();
    };
    let from = answer.ceil_char_boundary(answer.len().saturating_sub(TAIL));
    let mut wanted: HashSet<u64> = words(&answer[from..]).collect();
    if let Some(question) = &tree.trace.question {
        for word in words(&question.text) {
            wanted.remove(&word);
        }
    }
    wanted
}

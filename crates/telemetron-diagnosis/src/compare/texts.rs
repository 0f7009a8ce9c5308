//! What changed between two texts, line by line, or word by word where there are no lines.

use similar::{ChangeTag, TextDiff};

use crate::words;

/// Most texts that are compared in one answer, and bytes of each.
const MOST_TEXTS: usize = 12;
const MOST_BYTES: usize = 8 * 1024;

/// Most changed lines of one text, and characters of each.
const MOST_LINES: usize = 10;
const WIDTH: usize = 160;

/// How many more texts may be compared.
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(MOST_TEXTS)
    }
}

impl Budget {
    /// The changed lines, `-` of the first and `+` of the second; none when the budget is spent.
    pub(super) fn changed(&mut self, a: &str, b: &str) -> Vec<String> {
        let Some(left) = self.0.checked_sub(1) else {
            return Vec::new();
        };
        self.0 = left;
        let (a, b) = (bounded(a), bounded(b));
        if a.contains('\n') && b.contains('\n') {
            return told(&TextDiff::from_lines(a, b));
        }
        told(&TextDiff::from_words(a, b))
    }
}

fn bounded(text: &str) -> &str {
    &text[..text.floor_char_boundary(MOST_BYTES)]
}

/// Changes of the same sort that follow each other are one line.
fn told<'a>(diff: &TextDiff<'a, 'a, 'a, str>) -> Vec<String> {
    let mut lines: Vec<(ChangeTag, String)> = Vec::new();
    let mut is_open = false;
    for change in diff.iter_all_changes() {
        if change.tag() == ChangeTag::Equal {
            is_open = false;
            continue;
        }
        match lines.last_mut() {
            Some((tag, text)) if is_open && *tag == change.tag() && text.len() < WIDTH => {
                text.push_str(change.value());
            }
            _ => lines.push((change.tag(), change.value().to_owned())),
        }
        is_open = true;
    }
    let lines = lines
        .into_iter()
        .filter(|(_, text)| !text.trim().is_empty());
    let lines = lines.take(MOST_LINES).map(|(tag, text)| {
        let sign = if tag == ChangeTag::Delete { '-' } else { '+' };
        format!("{sign} {}", words::short(&text, WIDTH))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_lines_are_told_and_equal_ones_are_not() {
        let changed = Budget::default().changed("be kind\nuse model A\n", "be kind\nuse model B\n");
        assert_eq!(changed, ["- use model A", "+ use model B"]);
    }

    #[test]
    fn a_text_of_one_line_is_compared_word_by_word() {
        let changed = Budget::default().changed("find red shoes", "find blue shoes");
        assert_eq!(changed, ["- red", "+ blue"]);
    }

    #[test]
    fn the_budget_ends() {
        let mut budget = Budget::default();
        for _ in 0..MOST_TEXTS {
            assert!(!budget.changed("a", "b").is_empty());
        }
        assert_eq!(budget.changed("a", "b"), Vec::<String>::new());
    }
}

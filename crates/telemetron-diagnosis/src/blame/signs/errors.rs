//! Errors, by status and by words, and how many came before.

use super::{Row, Sense, Sign, Story};
use crate::blame::ratio;

/// So many errors before a step are as many as can be.
const MANY: usize = 4;

pub(super) fn mark(story: &Story<'_, '_>, rows: &mut [Row]) {
    let mut before = 0_usize;
    for (step, (row, place)) in rows.iter_mut().zip(story.tree.steps()).enumerate() {
        row.flag(Sign::Failed, story.tree.has_failed(*place));
        row.set(Sign::ReportsError, story.strength(step, Sense::Error));
        row.set(Sign::ErrorsBefore, ratio(before.min(MANY), MANY));
        before += usize::from(story.shows(step, Sense::Error));
    }
}

//! What the words of a step and of those after it tell.

use super::{Row, Sense, Sign, Story};

pub(super) fn mark(story: &Story<'_, '_>, rows: &mut [Row]) {
    let first = |sense| (0..story.len()).find(|step| story.shows(*step, sense));
    let (first_blocked, first_code) = (first(Sense::Blocked), first(Sense::Code));
    for (step, row) in rows.iter_mut().enumerate() {
        let corrected = |after| story.strength(step + after, Sense::Correction);
        row.set(Sign::Assumes, story.strength(step, Sense::Assumption));
        row.set(Sign::Corrected, corrected(1).max(corrected(2)));
        row.set(Sign::Stalls, story.strength(step, Sense::Stall));
        row.set(Sign::SaysDone, story.strength(step, Sense::Done));
        row.flag(Sign::FirstBlocked, first_blocked == Some(step));
        row.flag(Sign::FirstCode, first_code == Some(step));
    }
}

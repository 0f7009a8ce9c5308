//! Where a step stands.

use super::{Row, Sign, Story};
use crate::blame::ratio;

pub(super) fn mark(story: &Story<'_, '_>, rows: &mut [Row]) {
    for (step, row) in rows.iter_mut().enumerate() {
        row.set(Sign::OpensRun, 1.0 / (1.0 + ratio(step, 3)));
        row.flag(Sign::LastStep, step + 1 == story.len());
    }
}

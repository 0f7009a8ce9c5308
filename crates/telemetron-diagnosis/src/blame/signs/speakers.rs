//! Who takes a step, and after whom.

use std::collections::HashSet;

use super::{Row, Sign, Story};
use crate::blame::cast::Role;

pub(super) fn mark(story: &Story<'_, '_>, rows: &mut [Row]) {
    let cast = story.cast;
    let mut seen = HashSet::new();
    let mut has_begun = false;
    for (step, row) in rows.iter_mut().enumerate() {
        let agent = cast.agent(step);
        let is_first = seen.insert(agent);
        let works = cast.is(step, Role::Worker) && !cast.is_leaders(step);
        let is_after_leader = step > 0 && cast.is_leaders(step - 1) && !cast.is_leaders(step);
        row.flag(Sign::IsExecutor, cast.is(step, Role::Executor));
        row.flag(Sign::ByLastSpeaker, agent.is_some() && agent == cast.last);
        row.flag(Sign::AfterLeader, is_after_leader);
        row.flag(Sign::FirstTurn, works && is_first);
        row.flag(Sign::FirstWork, works && !has_begun);
        has_begun |= works;
    }
}

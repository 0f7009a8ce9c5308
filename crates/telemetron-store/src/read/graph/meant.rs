//! Which of several agents of one name a handoff means: the one that works where it was told.
//!
//! ```text
//!  span of the handoff (a tool call) ── agent span `worker` w-2     → the target is w-2
//!    └ below an agent span `lead` l-1                               → the source is l-1
//! ```

use std::collections::HashMap;

use super::agents::Agents;
use super::invocations::Known;
use super::{HandoffRow, SpanKey};

/// Most spans between the one of a handoff and that in which its target begins.
const MAX_LEVELS: usize = 64;

/// Source and target of handoffs, of which some share a name with others.
pub(super) struct Meant<'a> {
    agents: &'a Agents,
    known: Known<'a>,
    /// The spans of handoffs that name an agent of which there are several.
    places: HashMap<SpanKey, usize>,
    /// The agents that begin to work below such a span, before any other does.
    below: HashMap<usize, Vec<usize>>,
}

impl<'a> Meant<'a> {
    /// Looks below the spans of those handoffs that leave it open.
    pub(super) fn of(handoffs: &[HandoffRow], agents: &'a Agents, known: Known<'a>) -> Self {
        let mut meant = Self {
            agents,
            known,
            places: HashMap::new(),
            below: HashMap::new(),
        };
        let mut open = handoffs.iter().filter(|handoff| meant.is_open(handoff));
        if open.next().is_some() {
            let all = known.spans.iter().enumerate();
            meant.places = all
                .map(|(place, span)| ((span.trace_id, span.span_id), place))
                .collect();
            meant.look_below();
        }
        meant
    }

    /// The numbers of source and target.
    pub(super) fn find(&self, handoff: &HandoffRow) -> (Option<usize>, Option<usize>) {
        let (source, target) = (&handoff.source_name, &handoff.target_name);
        let known_source = self.agents.find(handoff.source_id.as_deref(), Some(source));
        let known_target = self.agents.find(handoff.target_id.as_deref(), Some(target));
        let place = || {
            self.places
                .get(&(handoff.trace_id, handoff.span_id?))
                .copied()
        };
        if !self.is_open(handoff) {
            return (known_source, known_target);
        }
        let Some(place) = place() else {
            return (known_source, known_target);
        };
        let source = self.meant(handoff.source_id.as_ref(), source, || self.above(place));
        let target = self.meant(handoff.target_id.as_ref(), target, || self.below(place));
        (source.or(known_source), target.or(known_target))
    }

    fn is_open(&self, handoff: &HandoffRow) -> bool {
        let open = |id: &Option<String>, name| id.is_none() && self.agents.is_ambiguous(name);
        open(&handoff.source_id, &handoff.source_name)
            || open(&handoff.target_id, &handoff.target_name)
    }

    /// The first of the candidates that has this name.
    fn meant(
        &self,
        id: Option<&String>,
        name: &str,
        candidates: impl FnOnce() -> Vec<usize>,
    ) -> Option<usize> {
        if id.is_some() || !self.agents.is_ambiguous(name) {
            return None;
        }
        let is_called = |agent: &usize| {
            let known = self.agents.known.get(*agent);
            known.is_some_and(|(_, called)| called == name)
        };
        candidates().into_iter().find(is_called)
    }

    /// The agents at work in a span and right above it.
    fn above(&self, place: usize) -> Vec<usize> {
        let owner = self.known.owners.get(place).copied().unwrap_or_default();
        [owner.own, owner.above].into_iter().flatten().collect()
    }

    /// The agent that begins in a span, and those that begin below it.
    fn below(&self, place: usize) -> Vec<usize> {
        let owner = self.known.owners.get(place).copied().unwrap_or_default();
        let begins = owner.own.filter(|_| owner.enters());
        let below = self.below.get(&place).into_iter().flatten().copied();
        begins.into_iter().chain(below).collect()
    }

    /// Walks up from where each agent begins, through the work of the one above.
    fn look_below(&mut self) {
        for (place, owner) in self.known.owners.iter().enumerate() {
            let Some(begins) = owner.own.filter(|_| owner.enters()) else {
                continue;
            };
            let mut above = self.known.parent_of(place);
            for _ in 0..MAX_LEVELS {
                let Some(place) = above else { break };
                let agents = self.below.entry(place).or_default();
                if !agents.contains(&begins) {
                    agents.push(begins);
                }
                let ends = self
                    .known
                    .owners
                    .get(place)
                    .is_none_or(|over| over.enters());
                above = self.known.parent_of(place).filter(|_| !ends);
            }
        }
    }
}

//! When an agent was put to work, and what it did then.

use std::collections::BTreeMap;

use telemetron_model::fold::acting::{Acting, Said};
use telemetron_model::record::SpanKind;
use telemetron_view::{AgentWork, Invocation};

use super::SpanRow;
use super::build::add;
use super::owners::Owner;

/// Most invocations that one agent names.
const MAX_INVOCATIONS: usize = 100;

/// The invocations of one agent: how many, and the earliest.
pub(super) type OfAgent = (i64, Vec<Invocation>);

/// What is known of each span, by its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// The spans, earliest first.
    pub(super) spans: &'a [SpanRow],
    /// The agent that each names itself.
    pub(super) named: &'a [Option<usize>],
    /// The parent of each.
    pub(super) parents: &'a [Option<usize>],
    /// The agent at work in each.
    pub(super) owners: &'a [Owner],
}

/// Gathers the invocations of so many agents.
pub(super) fn invocations(known: Known<'_>, agents: usize) -> Vec<OfAgent> {
    let first = known.first_of_each();
    let mut work: BTreeMap<usize, AgentWork> = BTreeMap::new();
    for (place, span) in known.spans.iter().enumerate() {
        if let Some(first) = first.get(place).copied().flatten() {
            add(work.entry(first).or_default(), span, place == first);
        }
    }
    let mut all = vec![OfAgent::default(); agents];
    for (place, work) in work {
        let own = known.owners.get(place).and_then(|owner| owner.own);
        let Some((count, named)) = own.and_then(|own| all.get_mut(own)) else {
            continue;
        };
        *count += 1;
        if named.len() < MAX_INVOCATIONS {
            named.extend(known.invocation(place, work, &first));
        }
    }
    all
}

impl Known<'_> {
    /// The place of a span's parent.
    pub(super) fn parent_of(&self, place: usize) -> Option<usize> {
        self.parents.get(place).copied().flatten()
    }

    /// Whether an invocation begins with this span.
    fn begins(&self, place: usize) -> bool {
        let kind = |place: usize| self.spans.get(place).map(|span| span.facts.kind);
        let is_named = self.named.get(place).copied().flatten().is_some();
        let below_tool = self.parent_of(place).and_then(kind) == Some(SpanKind::Tool);
        let is_spawned = is_named && below_tool && kind(place) == Some(SpanKind::Agent);
        let owner = self.owners.get(place);
        is_spawned || owner.is_some_and(|owner| owner.own.is_some() && owner.enters())
    }

    /// For each span the first of its invocation.
    fn first_of_each(&self) -> Vec<Option<usize>> {
        let said = |place: usize| match self.begins(place) {
            true => Said::This(Some(place)),
            false => self
                .parent_of(place)
                .map_or(Said::This(None), Said::AsAbove),
        };
        let mut acting = Acting::default();
        (0..self.spans.len())
            .map(|place| acting.of(place, said))
            .collect()
    }

    fn invocation(
        &self,
        place: usize,
        work: AgentWork,
        first: &[Option<usize>],
    ) -> Option<Invocation> {
        let span = self.spans.get(place)?;
        let caller = self.parent_of(place).and_then(|above| first.get(above));
        let caller = caller
            .copied()
            .flatten()
            .and_then(|place| self.spans.get(place));
        Some(Invocation {
            span_id: span.span_id,
            trace_id: span.trace_id,
            name: span.name.clone(),
            called_by: caller.map(|caller| caller.span_id),
            called_by_trace_id: caller.and_then(|caller| caller.trace_id),
            status: span.facts.status,
            start_time: span.facts.start.into(),
            end_time: span.facts.end.map(Into::into),
            work,
        })
    }
}

//! Which agent a span belongs to: its own, else the nearest one above it (`fold::acting`).

use std::collections::HashMap;

use telemetron_model::SpanId;
use telemetron_model::fold::acting::{Acting, Said};

use super::SpanRow;

/// For each span: the agent it belongs to, and the agent right above it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Owner {
    /// The agent at work in the span.
    pub(super) own: Option<usize>,
    /// The agent of the nearest span above that has one.
    pub(super) above: Option<usize>,
}

/// Finds the owners of all spans; `named` is the agent that each names itself.
pub(super) fn owners(spans: &[SpanRow], named: &[Option<usize>]) -> Vec<Owner> {
    let places: HashMap<SpanId, usize> = spans
        .iter()
        .enumerate()
        .map(|(place, span)| (span.span_id, place))
        .collect();
    let parent_of = |place: usize| {
        let parent = spans.get(place)?.facts.parent?;
        places.get(&parent).copied()
    };
    let said = |place: usize| match named.get(place).copied().flatten() {
        None => parent_of(place).map_or(Said::This(None), Said::AsAbove),
        agent => Said::This(agent),
    };
    let mut acting = Acting::default();
    (0..spans.len())
        .map(|place| Owner {
            own: acting.of(place, said),
            above: parent_of(place).and_then(|parent| acting.of(parent, said)),
        })
        .collect()
}

//! Which agent a span belongs to: its own, else the nearest one above it (`fold::acting`).

use std::collections::HashMap;

use telemetron_model::fold::acting::{Acting, Said};

use super::{SpanKey, SpanRow};

/// For each span: the agent it belongs to, and the agent right above it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Owner {
    /// The agent at work in the span.
    pub(super) own: Option<usize>,
    /// The agent of the nearest span above that has one.
    pub(super) above: Option<usize>,
}

impl Owner {
    /// Whether the span began outside of its agent's own work.
    pub(super) fn enters(self) -> bool {
        self.own != self.above
    }
}

/// Finds for each span the place of its parent, or of the span of another trace that it hangs under;
/// none when it has none, or it has not come.
pub(super) fn parents(spans: &[SpanRow]) -> Vec<Option<usize>> {
    let places: HashMap<SpanKey, usize> = spans
        .iter()
        .enumerate()
        .map(|(place, span)| ((span.trace_id, span.span_id), place))
        .collect();
    let parent_of = |span: &SpanRow| {
        let joint = span
            .joint
            .map(|above| (Some(above.trace_id), above.span_id));
        let parent = span.facts.parent.map(|parent| (span.trace_id, parent));
        places.get(&parent.or(joint)?).copied()
    };
    spans.iter().map(parent_of).collect()
}

/// Finds the owners of all spans; `named` is the agent that each names itself.
pub(super) fn owners(named: &[Option<usize>], parents: &[Option<usize>]) -> Vec<Owner> {
    let parent_of = |place: usize| parents.get(place).copied().flatten();
    let said = |place: usize| match named.get(place).copied().flatten() {
        None => parent_of(place).map_or(Said::This(None), Said::AsAbove),
        agent => Said::This(agent),
    };
    let mut acting = Acting::default();
    (0..named.len())
        .map(|place| Owner {
            own: acting.of(place, said),
            above: parent_of(place).and_then(|parent| acting.of(parent, said)),
        })
        .collect()
}

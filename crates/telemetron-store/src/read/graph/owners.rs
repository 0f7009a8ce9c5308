//! Which agent a span belongs to: its own, else the nearest one above it.
//!
//! Parents may be missing, and may form a cycle: then the walk ends and nobody is found. Each span
//! is walked over once, so that a deep trace costs no more than a flat one.

use std::collections::HashMap;

use telemetron_model::SpanId;

use super::SpanRow;

/// For each span: the agent it belongs to, and the agent right above it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Owner {
    /// The agent at work in the span.
    pub(super) own: Option<usize>,
    /// The agent of the nearest span above that has one.
    pub(super) above: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    New,
    Walking,
    Known(Option<usize>),
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
    let mut seen: Vec<Seen> = named
        .iter()
        .map(|agent| agent.map_or(Seen::New, |agent| Seen::Known(Some(agent))))
        .collect();
    (0..spans.len())
        .map(|place| Owner {
            own: resolve(place, &mut seen, parent_of),
            above: parent_of(place).and_then(|parent| resolve(parent, &mut seen, parent_of)),
        })
        .collect()
}

/// Walks up from a span to the first agent, and notes it for everything on the way.
fn resolve(
    from: usize,
    seen: &mut [Seen],
    parent_of: impl Fn(usize) -> Option<usize>,
) -> Option<usize> {
    let mut way = Vec::new();
    let mut next = Some(from);
    let mut found = None;
    while let Some(place) = next {
        match seen.get(place) {
            Some(Seen::Known(agent)) => {
                found = *agent;
                break;
            }
            Some(Seen::New) => {
                seen[place] = Seen::Walking;
                way.push(place);
                next = parent_of(place);
            }
            Some(Seen::Walking) | None => break,
        }
    }
    for place in way {
        seen[place] = Seen::Known(found);
    }
    found
}

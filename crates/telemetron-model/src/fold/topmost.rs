//! Which span stands for a trace of which no root has come.
//!
//! A parent may never come: the request that it belongs to is nobody's telemetry, or it is lost. Then
//! the spans that name it stand at the top, each with its tree, and the one with the largest tree
//! stands for the trace. Clocks decide only between trees of one size: a span below may claim to have
//! begun before the one above it.

use std::collections::HashMap;

use crate::id::SpanId;
use crate::time::Timestamp;

/// A span by its place in the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The span.
    pub span_id: SpanId,
    /// The span above, as it names it.
    pub parent: Option<SpanId>,
    /// When it began.
    pub start: Timestamp,
}

/// The span with the largest tree below it among those whose parent is not there; the earliest of
/// equals, then the one of the smallest id. Where all stand in circles it is the earliest of all.
pub fn topmost(spans: &[Standing]) -> Option<SpanId> {
    let known: HashMap<SpanId, &Standing> = spans.iter().map(|span| (span.span_id, span)).collect();
    let mut tops: HashMap<SpanId, Option<SpanId>> = HashMap::with_capacity(spans.len());
    let mut sizes: HashMap<SpanId, usize> = HashMap::new();
    for span in spans {
        if let Some(top) = climb(&known, &mut tops, span.span_id) {
            *sizes.entry(top).or_default() += 1;
        }
    }
    let tops = sizes.into_iter().filter_map(|(id, size)| {
        let start = known.get(&id)?.start;
        Some((std::cmp::Reverse(size), start, id))
    });
    let earliest = || spans.iter().min_by_key(|span| (span.start, span.span_id));
    let top = tops.min().map(|(_, _, id)| id);
    top.or_else(|| earliest().map(|span| span.span_id))
}

/// The span at the top of the tree that a span stands in; none in a circle.
fn climb(
    known: &HashMap<SpanId, &Standing>,
    tops: &mut HashMap<SpanId, Option<SpanId>>,
    from: SpanId,
) -> Option<SpanId> {
    let mut walked = Vec::new();
    let mut at = from;
    let top = loop {
        if let Some(top) = tops.get(&at) {
            break *top;
        }
        // Until the walk has ended, what it comes back to stands in a circle.
        tops.insert(at, None);
        walked.push(at);
        let above = known.get(&at).and_then(|span| span.parent);
        match above.filter(|above| known.contains_key(above)) {
            Some(above) => at = above,
            None => break Some(at),
        }
    };
    for span in walked {
        tops.insert(span, top);
    }
    top
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(n: u64) -> SpanId {
        SpanId::from_slice(&n.to_be_bytes()).unwrap()
    }

    fn standing(n: u64, parent: u64, start: i64) -> Standing {
        Standing {
            span_id: id(n),
            parent: (parent > 0).then(|| id(parent)),
            start: Timestamp::from_nanos(start),
        }
    }

    #[test]
    fn the_top_of_the_tree_leads_whatever_its_clock_says() {
        let spans = [standing(2, 99, 50), standing(3, 2, 10), standing(4, 3, 20)];
        assert_eq!(topmost(&spans), Some(id(2)));
    }

    #[test]
    fn the_larger_tree_leads_and_then_the_earlier_one() {
        let guard = standing(1, 99, 0);
        let run = [standing(2, 99, 5), standing(3, 2, 6)];
        assert_eq!(topmost(&[guard, run[0], run[1]]), Some(id(2)));
        assert_eq!(topmost(&[run[0], guard]), Some(id(1)));
        assert_eq!(topmost(&[]), None);
    }

    #[test]
    fn circles_have_no_top() {
        assert_eq!(
            topmost(&[standing(1, 2, 5), standing(2, 1, 0)]),
            Some(id(2))
        );
        let beside = [standing(1, 1, 0), standing(2, 1, 0), standing(3, 99, 9)];
        assert_eq!(topmost(&beside), Some(id(3)));
    }

    proptest! {
        #[test]
        fn the_order_of_spans_does_not_matter(
            parents in prop::collection::vec((0_u64..20, 0_i64..5), 1..15),
            turn in any::<prop::sample::Index>(),
        ) {
            let numbered = (1..).zip(&parents);
            let mut spans: Vec<_> = numbered.map(|(n, (parent, at))| standing(n, *parent, *at)).collect();
            let first = topmost(&spans);
            let is_there = |id: SpanId| spans.iter().any(|span| span.span_id == id);
            let is_top = |span: &Standing| !span.parent.is_some_and(is_there);
            if spans.iter().any(is_top) {
                prop_assert!(spans.iter().any(|span| Some(span.span_id) == first && is_top(span)));
            }
            let middle = turn.index(spans.len());
            spans.rotate_left(middle);
            prop_assert_eq!(topmost(&spans), first);
            spans.reverse();
            prop_assert_eq!(topmost(&spans), first);
        }
    }
}

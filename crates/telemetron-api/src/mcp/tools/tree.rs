//! Spans as a tree, flat: each with its depth and how many are below it.

use std::collections::HashMap;

use telemetron_view::SpanSkeleton;

/// A span in its place.
#[derive(Debug)]
pub(super) struct Node<'a> {
    /// The span.
    pub(super) span: &'a SpanSkeleton,
    /// How many are above it.
    pub(super) depth: usize,
    /// How many are below it.
    pub(super) below: usize,
}

/// Walks the tree, parents before children, siblings by time. A span whose parent is not here is
/// a root; spans on a circle stand after all others, as roots.
pub(super) fn walk(spans: &[SpanSkeleton]) -> Vec<Node<'_>> {
    let places: HashMap<_, usize> = spans
        .iter()
        .enumerate()
        .map(|(place, span)| (span.key(), place))
        .collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); spans.len()];
    let mut roots = Vec::new();
    for (place, span) in spans.iter().enumerate() {
        let parent = span.above().and_then(|above| places.get(&above));
        match parent.and_then(|parent| children.get_mut(*parent)) {
            Some(siblings) => siblings.push(place),
            None => roots.push(place),
        }
    }
    let mut walk = Walk {
        spans,
        children,
        seen: vec![false; spans.len()],
        nodes: Vec::with_capacity(spans.len()),
    };
    roots.into_iter().for_each(|root| walk.from(root));
    (0..spans.len()).for_each(|rest| walk.from(rest));
    count_below(&mut walk.nodes);
    walk.nodes
}

struct Walk<'a> {
    spans: &'a [SpanSkeleton],
    children: Vec<Vec<usize>>,
    seen: Vec<bool>,
    nodes: Vec<Node<'a>>,
}

impl Walk<'_> {
    /// Adds a span and what is below it, unless it stands already.
    fn from(&mut self, root: usize) {
        let mut waiting = vec![(root, 0)];
        while let Some((place, depth)) = waiting.pop() {
            let seen = self.seen.get_mut(place);
            let (Some(span), Some(seen)) = (self.spans.get(place), seen) else {
                continue;
            };
            if std::mem::replace(seen, true) {
                continue;
            }
            self.nodes.push(Node {
                span,
                depth,
                below: 0,
            });
            let children = self.children.get_mut(place).map(std::mem::take);
            let children = children.unwrap_or_default().into_iter().rev();
            waiting.extend(children.map(|child| (child, depth + 1)));
        }
    }
}

/// Counts what is below each: the run of deeper nodes after it.
fn count_below(nodes: &mut [Node<'_>]) {
    let mut open: Vec<usize> = Vec::new();
    for place in 0..=nodes.len() {
        let depth = nodes.get(place).map_or(0, |node| node.depth);
        let is_end = place == nodes.len();
        while let Some(top) = open.last().copied() {
            let top_depth = nodes.get(top).map_or(0, |node| node.depth);
            if !is_end && top_depth < depth {
                break;
            }
            open.pop();
            if let Some(node) = nodes.get_mut(top) {
                node.below = place - top - 1;
            }
        }
        open.push(place);
    }
}

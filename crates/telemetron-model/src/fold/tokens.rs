//! Every token counts once.
//!
//! Wrappers repeat the usage of the call they wrap. So an LLM span counts unless an LLM span above
//! it carries tokens; spans of other kinds never count tokens of their own, since they only sum up
//! what is below (standards §4). The walk to the root ends after [`MAX_DEPTH`] levels. A span on a
//! cycle of parents has no ancestors that could be believed: it counts.

use std::collections::HashMap;
use std::hash::BuildHasher;

use crate::id::SpanId;

/// How many levels the rule looks up. Real wrappers stand next to what they wrap.
pub const MAX_DEPTH: usize = 256;

/// What the rule needs to know of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Its parent.
    pub parent: Option<SpanId>,
    /// Whether it is an LLM span with tokens.
    pub carries: bool,
}

/// Whether the tokens of `span` count, in a tree that holds at least its ancestors.
pub fn counts<S: BuildHasher>(tree: &HashMap<SpanId, Node, S>, span: SpanId) -> bool {
    let parent_of = |id: &SpanId| tree.get(id).and_then(|node| node.parent);
    let mut covered = false;
    let mut above = parent_of(&span);
    for _ in 0..MAX_DEPTH {
        let Some(ancestor) = above else { break };
        if ancestor == span {
            return true;
        }
        covered |= tree.get(&ancestor).is_some_and(|node| node.carries);
        above = parent_of(&ancestor);
    }
    !covered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> SpanId {
        SpanId::from_slice(&[n; 8]).unwrap()
    }

    fn tree(nodes: &[(u8, u8, bool)]) -> HashMap<SpanId, Node> {
        let node = |&(span, parent, carries): &(u8, u8, bool)| {
            (
                id(span),
                Node {
                    parent: (parent > 0).then(|| id(parent)),
                    carries,
                },
            )
        };
        nodes.iter().map(node).collect()
    }

    #[test]
    fn a_wrapped_call_does_not_count_again() {
        // 1 agent, 2 wrapper with tokens, 3 step, 4 the wrapped call
        let tree = tree(&[(1, 0, false), (2, 1, true), (3, 2, false), (4, 3, true)]);
        assert!(counts(&tree, id(2)));
        assert!(!counts(&tree, id(4)));
    }

    #[test]
    fn a_parent_that_has_not_come_yet_covers_nothing() {
        assert!(counts(&tree(&[(4, 3, true)]), id(4)));
    }

    #[test]
    fn spans_on_a_cycle_count_and_the_walk_ends() {
        let tree = tree(&[(1, 2, true), (2, 1, true), (3, 1, true)]);
        assert!(counts(&tree, id(1)) && counts(&tree, id(2)));
        assert!(!counts(&tree, id(3)));
    }
}

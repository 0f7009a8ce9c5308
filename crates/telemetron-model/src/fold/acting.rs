//! Who is at work in a span: the agent it names, else that of the nearest span above that names
//! one.
//!
//! Parents may be missing, and may form a cycle: then the walk ends and nobody is found. An answer
//! is noted for every span on the way, so that a deep trace costs no more per span than a flat one.

use std::collections::HashMap;
use std::hash::Hash;

/// What a span says about who is at work in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<K, A> {
    /// This agent; or nobody, when nothing is known above it.
    This(Option<A>),
    /// Whoever is at work in the span above it.
    AsAbove(K),
}

/// Answers for the spans that were asked about, and for those on the way up from them.
#[derive(Debug, Clone)]
pub struct Acting<K, A> {
    known: HashMap<K, Option<A>>,
}

impl<K, A> Default for Acting<K, A> {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
        }
    }
}

impl<K: Copy + Eq + Hash, A: Clone> Acting<K, A> {
    /// Finds who is at work in a span; `said` tells what each span says, and is asked once a span.
    pub fn of(&mut self, span: K, mut said: impl FnMut(K) -> Said<K, A>) -> Option<A> {
        let mut way = Vec::new();
        let mut at = span;
        let found = loop {
            if let Some(known) = self.known.get(&at) {
                break known.clone();
            }
            // Nobody, until the way has led to somebody: whoever meets it again is on a cycle.
            self.known.insert(at, None);
            way.push(at);
            match said(at) {
                Said::This(agent) => break agent,
                Said::AsAbove(above) => at = above,
            }
        };
        for span in way {
            self.known.insert(span, found.clone());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parent and agent of spans 0, 1, 2 …; a parent beyond the end has not come.
    type Tree = [(Option<usize>, Option<&'static str>)];

    fn all(tree: &Tree) -> Vec<Option<&'static str>> {
        let said = |span: usize| match tree.get(span) {
            Some((Some(parent), None)) => Said::AsAbove(*parent),
            Some((_, agent)) => Said::This(*agent),
            None => Said::This(None),
        };
        let mut acting = Acting::default();
        let forwards: Vec<_> = (0..tree.len()).map(|span| acting.of(span, said)).collect();
        let mut acting = Acting::default();
        let mut backwards: Vec<_> = (0..tree.len())
            .rev()
            .map(|span| acting.of(span, said))
            .collect();
        backwards.reverse();
        assert_eq!(forwards, backwards, "who is asked about first is the same");
        forwards
    }

    #[test]
    fn the_own_name_comes_first_and_then_the_nearest_above() {
        let tree = [
            (None, Some("planner")),
            (Some(0), None),
            (Some(1), Some("coder")),
            (Some(2), None),
            (Some(1), None),
        ];
        let [planner, coder] = [Some("planner"), Some("coder")];
        assert_eq!(all(&tree), [planner, planner, coder, coder, planner]);
    }

    #[test]
    fn nobody_is_at_work_below_a_parent_that_has_not_come() {
        assert_eq!(all(&[(Some(9), None), (Some(0), None)]), [None, None]);
    }

    #[test]
    fn a_cycle_of_parents_ends_the_walk() {
        let tree = [
            (Some(1), None),
            (Some(0), None),
            (Some(0), None),
            (Some(4), None),
            (Some(3), Some("a")),
        ];
        assert_eq!(all(&tree), [None, None, None, Some("a"), Some("a")]);
    }

    #[test]
    fn each_span_is_asked_once_however_deep_the_trace() {
        let mut asked = 0;
        let mut acting = Acting::default();
        for span in (0..50_000_usize).rev() {
            let found = acting.of(span, |span| {
                asked += 1;
                match span.checked_sub(1) {
                    Some(above) => Said::AsAbove(above),
                    None => Said::This(Some("root")),
                }
            });
            assert_eq!(found, Some("root"));
        }
        assert_eq!(asked, 50_000);
    }
}

//! Spans as a tree: roots first, children in order of time below their parent.

use std::collections::{HashMap, HashSet};

use telemetron_view::{SpanOfTrace, SpanView};

/// Levels that are drawn; what lies deeper is drawn at the last of them.
const DEEPEST: usize = 24;

/// A span and where it stands in the tree.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// The span.
    pub(super) span: &'a SpanView,
    /// The branches before its name.
    pub(super) branches: String,
    /// Its parent is not among the spans.
    pub(super) is_orphan: bool,
}

/// All spans, each once, whatever their parents say: spans in a circle hang at their earliest.
pub(super) fn lines(spans: &[SpanView]) -> Vec<Line<'_>> {
    let known: HashSet<SpanOfTrace> = spans.iter().map(SpanView::key).collect();
    let mut tree = Tree::default();
    let mut roots = Vec::new();
    for span in spans {
        match span.above().filter(|above| known.contains(above)) {
            Some(parent) => tree.children.entry(parent).or_default().push(span),
            None => roots.push(span),
        }
    }
    roots.sort_by_key(|span| (span.start_time, span.span_id));
    for children in tree.children.values_mut() {
        children.sort_by_key(|span| (span.start_time, span.span_id));
    }
    // Whoever is left after the roots stands in a circle.
    for root in roots.into_iter().chain(spans) {
        tree.walk(root);
    }
    tree.lines
}

#[derive(Default)]
struct Tree<'a> {
    children: HashMap<SpanOfTrace, Vec<&'a SpanView>>,
    seen: HashSet<SpanOfTrace>,
    lines: Vec<Line<'a>>,
}

/// A span to be visited, and which of its ancestors are the last of their siblings.
struct Visit<'a> {
    span: &'a SpanView,
    lasts: Vec<bool>,
}

impl<'a> Tree<'a> {
    /// Without recursion: traces may be deeper than the stack.
    fn walk(&mut self, root: &'a SpanView) {
        let mut stack = vec![Visit {
            span: root,
            lasts: Vec::new(),
        }];
        while let Some(Visit { span, lasts }) = stack.pop() {
            if !self.seen.insert(span.key()) {
                continue;
            }
            self.lines.push(Line {
                span,
                branches: branches(&lasts),
                is_orphan: lasts.is_empty() && span.parent_span_id.is_some(),
            });
            let children = self
                .children
                .get(&span.key())
                .map_or(&[][..], Vec::as_slice);
            let last = children.len().saturating_sub(1);
            stack.extend(children.iter().enumerate().rev().map(|(place, child)| {
                let mut lasts = lasts.clone();
                lasts.truncate(DEEPEST);
                lasts.push(place == last);
                Visit { span: child, lasts }
            }));
        }
    }
}

fn branches(lasts: &[bool]) -> String {
    let Some((own, above)) = lasts.split_last() else {
        return String::new();
    };
    let above = above.iter().map(|last| if *last { "   " } else { "│  " });
    above.chain([if *own { "└─ " } else { "├─ " }]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: u8, parent: Option<u8>) -> SpanView {
        let value = serde_json::json!({
            "trace_id": "1".repeat(32), "span_id": format!("{id:016x}"), "name": id.to_string(),
            "parent_span_id": parent.map(|parent| format!("{parent:016x}")),
            "span_kind": "AGENT", "status": "COMPLETED", "time_source": "clock",
            "start_time": format!("2026-01-01T00:00:{id:02}Z"), "end_time": null,
            "duration_ms": null, "agent_id": null, "agent_name": null, "counts": true,
            "llm_call_count": 0, "tool_call_count": 0,
        });
        serde_json::from_value(value).unwrap()
    }

    fn drawn(spans: &[(u8, Option<u8>)]) -> Vec<String> {
        let spans: Vec<_> = spans
            .iter()
            .map(|(id, parent)| span(*id, *parent))
            .collect();
        let lines = lines(&spans).into_iter();
        lines
            .map(|line| {
                format!(
                    "{}{}{}",
                    line.branches,
                    line.span.name,
                    if line.is_orphan { "?" } else { "" }
                )
            })
            .collect()
    }

    #[test]
    fn children_hang_below_their_parent_in_order_of_time() {
        let spans = [(4, Some(1)), (1, None), (3, Some(2)), (2, Some(1))];
        assert_eq!(drawn(&spans), ["1", "├─ 2", "│  └─ 3", "└─ 4"]);
    }

    #[test]
    fn a_span_whose_parent_is_missing_is_a_root_that_says_so() {
        assert_eq!(drawn(&[(1, None), (2, Some(9))]), ["1", "2?"]);
    }

    #[test]
    fn spans_in_a_circle_are_shown_once() {
        assert_eq!(
            drawn(&[(1, Some(2)), (2, Some(1)), (3, Some(3))]),
            ["1?", "└─ 2", "3?"]
        );
    }

    #[test]
    fn a_trace_deeper_than_the_stack_is_walked() {
        let spans: Vec<_> = (0..60).map(|id| (id + 1, (id > 0).then_some(id))).collect();
        assert_eq!(drawn(&spans).len(), 60);
    }
}

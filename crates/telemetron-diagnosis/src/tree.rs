//! The spans of a trace by their place in time, and who stands below whom.
//!
//! A circle of parents is cut at its earliest span, so that walking up always ends.

use std::collections::HashMap;

use telemetron_model::record::{SpanKind, Status};
use telemetron_model::{SpanId, Timestamp, TraceId};
use telemetron_store::read::whole::{WholeSpan, WholeTrace};
use telemetron_view::Next;

use super::below::{Below, is_call};
use super::words;

/// A span by its place in order of start.
pub(crate) type Place = usize;

/// The places of spans by trace and id: of a run, ids may repeat from trace to trace.
type Places = HashMap<(Option<TraceId>, SpanId), Place>;

/// The spans of a trace, looked up in every way that a diagnosis needs.
pub(crate) struct Tree<'a> {
    /// The trace.
    pub(crate) trace: &'a WholeTrace,
    spans: Vec<&'a WholeSpan>,
    parents: Vec<Option<Place>>,
    children: Vec<Vec<Place>>,
    roots: Vec<Place>,
    orphans: Vec<Place>,
    steps: Vec<Place>,
    places: Places,
    last_heard: Timestamp,
    below: Below,
}

impl<'a> Tree<'a> {
    /// Looks through a trace.
    pub(crate) fn of(trace: &'a WholeTrace) -> Self {
        let mut spans: Vec<&WholeSpan> = trace.spans.iter().collect();
        spans.sort_by_key(|span| (span.start, span.span_id, span.trace_id));
        let mut places = HashMap::with_capacity(spans.len());
        for (place, span) in spans.iter().enumerate() {
            places.entry((span.trace_id, span.span_id)).or_insert(place);
        }
        let (mut parents, orphans) = named_parents(&spans, &places);
        cut_circles(&mut parents);
        let mut children = vec![Vec::new(); spans.len()];
        for (place, parent) in parents.iter().enumerate() {
            if let Some(below) = parent.and_then(|parent| children.get_mut(parent)) {
                below.push(place);
            }
        }
        let roots = (0..spans.len()).filter(|place| parents[*place].is_none());
        let roots: Vec<Place> = roots.collect();
        let last_heard = last_heard(trace);
        let below = Below::of(&spans, &roots, &children);
        let mut tree = Self {
            trace,
            spans,
            parents,
            children,
            roots,
            orphans,
            steps: Vec::new(),
            places,
            last_heard,
            below,
        };
        tree.steps = tree.places().filter(|place| tree.is_step(*place)).collect();
        tree
    }

    /// All places, earliest first.
    pub(crate) fn places(&self) -> std::ops::Range<Place> {
        0..self.spans.len()
    }

    /// How many spans there are.
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// The span at a place.
    pub(crate) fn span(&self, place: Place) -> &'a WholeSpan {
        self.spans[place]
    }

    /// The span above.
    pub(crate) fn parent(&self, place: Place) -> Option<Place> {
        self.parents.get(place).copied().flatten()
    }

    /// The spans right below, earliest first.
    pub(crate) fn children(&self, place: Place) -> &[Place] {
        self.children.get(place).map_or(&[], Vec::as_slice)
    }

    /// The spans below the same parent, itself included; roots are each other's siblings.
    pub(crate) fn siblings(&self, place: Place) -> &[Place] {
        match self.parent(place) {
            Some(parent) => self.children(parent),
            None => &self.roots,
        }
    }

    /// Spans without a parent among the spans.
    pub(crate) fn roots(&self) -> &[Place] {
        &self.roots
    }

    /// Spans that name a parent that never came.
    pub(crate) fn orphans(&self) -> &[Place] {
        &self.orphans
    }

    /// The steps: calls, and turns with nothing below them; earliest first.
    pub(crate) fn steps(&self) -> &[Place] {
        &self.steps
    }

    /// The how manyth step a span is.
    pub(crate) fn step_of(&self, place: Place) -> Option<usize> {
        self.steps.binary_search(&place).ok()
    }

    /// The place of a span; its trace is given where there are several.
    pub(crate) fn find(&self, trace_id: Option<TraceId>, span_id: SpanId) -> Option<Place> {
        self.places.get(&(trace_id, span_id)).copied()
    }

    /// The place of the first span with this id.
    pub(crate) fn find_first(&self, span_id: SpanId) -> Option<Place> {
        self.spans.iter().position(|span| span.span_id == span_id)
    }

    /// What the spans below each span come to.
    pub(super) const fn below(&self) -> &Below {
        &self.below
    }

    /// The latest instant of which anything is known.
    pub(crate) const fn last_heard(&self) -> Timestamp {
        self.last_heard
    }

    /// When a span ended; one that runs reaches to the latest instant that is known.
    pub(crate) fn end(&self, place: Place) -> Timestamp {
        let span = self.span(place);
        span.end.unwrap_or(self.last_heard).max(span.start)
    }

    /// The agent at work.
    pub(crate) fn agent(&self, place: Place) -> Option<&'a str> {
        self.span(place).agent.as_deref()
    }

    /// Whether a span failed.
    pub(crate) fn has_failed(&self, place: Place) -> bool {
        self.span(place).status == Status::Failed
    }

    /// Whether two spans do the same sort of work: agent, kind, and tool, model or name.
    pub(crate) fn is_alike(&self, one: Place, other: Place) -> bool {
        let (a, b) = (self.span(one), self.span(other));
        a.kind == b.kind && a.agent == b.agent && operation(a) == operation(b)
    }

    /// Its id.
    pub(crate) fn id(&self, place: Place) -> SpanId {
        self.span(place).span_id
    }

    /// The ids of the first of these spans.
    pub(crate) fn ids(&self, places: &[Place]) -> Vec<SpanId> {
        const MOST: usize = 8;
        let shown = places.iter().take(MOST);
        shown.map(|place| self.id(*place)).collect()
    }

    /// How sentences call a span: ``tool `search` of researcher``.
    pub(crate) fn label(&self, place: Place) -> String {
        let span = self.span(place);
        let kind = match span.kind {
            SpanKind::Agent => "agent span",
            SpanKind::Llm => "model call",
            SpanKind::Tool => "tool",
            SpanKind::Retriever => "retriever",
            SpanKind::Chain => "step",
        };
        let name = words::short(operation(span), 60);
        match span.agent.as_deref().filter(|agent| *agent != span.name) {
            Some(agent) => format!("{kind} `{name}` of {}", words::short(agent, 40)),
            None => format!("{kind} `{name}`"),
        }
    }

    /// The question that a span whole answers.
    pub(crate) fn call(&self, place: Place) -> Next {
        let own = self.span(place).trace_id;
        Next::Span {
            trace_id: own.unwrap_or(self.trace.trace_id),
            span_id: self.id(place),
        }
    }

    fn is_step(&self, place: Place) -> bool {
        is_call(self.span(place)) || self.children(place).is_empty()
    }
}

/// What a span does: its tool or model, else its name.
pub(crate) fn operation(span: &WholeSpan) -> &str {
    let called = match span.kind {
        SpanKind::Tool => span.tool_name.as_deref(),
        SpanKind::Llm => span.model.as_deref(),
        _ => None,
    };
    called.unwrap_or(&span.name)
}

fn named_parents(spans: &[&WholeSpan], places: &Places) -> (Vec<Option<Place>>, Vec<Place>) {
    let mut orphans = Vec::new();
    let parents = spans.iter().enumerate().map(|(place, span)| {
        let named = span.parent_span_id?;
        let trace_id = span.parent_trace_id.or(span.trace_id);
        let found = places.get(&(trace_id, named)).copied();
        if found.is_none() {
            orphans.push(place);
        }
        found
    });
    (parents.collect(), orphans)
}

/// Takes the parent from the earliest span of every circle.
fn cut_circles(parents: &mut [Option<Place>]) {
    let mut walked_in = vec![usize::MAX; parents.len()];
    for start in 0..parents.len() {
        let mut at = Some(start);
        while let Some(place) = at {
            match walked_in.get(place) {
                Some(&walk) if walk == start => {
                    cut_at_earliest(parents, place);
                    break;
                }
                Some(&usize::MAX) => {}
                _ => break,
            }
            if let Some(walk) = walked_in.get_mut(place) {
                *walk = start;
            }
            at = parents.get(place).copied().flatten();
        }
    }
}

fn cut_at_earliest(parents: &mut [Option<Place>], on_circle: Place) {
    let mut earliest = on_circle;
    let mut at = parents.get(on_circle).copied().flatten();
    while let Some(place) = at.filter(|place| *place != on_circle) {
        earliest = earliest.min(place);
        at = parents.get(place).copied().flatten();
    }
    if let Some(parent) = parents.get_mut(earliest) {
        *parent = None;
    }
}

fn last_heard(trace: &WholeTrace) -> Timestamp {
    let ends = trace
        .spans
        .iter()
        .map(|span| span.end.unwrap_or(span.start));
    let noted = trace.handoffs.iter().map(|handoff| handoff.timestamp.0);
    let latest = ends.chain(noted).max().unwrap_or(trace.start);
    latest.max(trace.end.unwrap_or(trace.start))
}

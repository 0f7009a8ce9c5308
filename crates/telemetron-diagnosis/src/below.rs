//! What the spans below each span come to, summed up once.

use telemetron_model::record::{SpanKind, Status};
use telemetron_store::read::whole::WholeSpan;

use super::tree::Place;

/// Facts of the spans below each span.
pub(super) struct Below {
    /// It, or a span below it, is a call that failed.
    fails_in_call: Vec<bool>,
    /// It, or a span below it, is a call or an agent's work that failed.
    fails_at_work: Vec<bool>,
    /// The last of the spans right below with work that went well.
    last_good: Vec<Option<Place>>,
}

impl Below {
    pub(super) fn of(spans: &[&WholeSpan], roots: &[Place], children: &[Vec<Place>]) -> Self {
        let mut below = Self {
            fails_in_call: vec![false; spans.len()],
            fails_at_work: vec![false; spans.len()],
            last_good: vec![None; spans.len()],
        };
        let mut has_good = vec![false; spans.len()];
        for place in from_below(roots, children) {
            let span = spans[place];
            let is_agent = span.kind == SpanKind::Agent;
            let has_failed = span.status == Status::Failed;
            let under = &children[place];
            below.fails_in_call[place] =
                has_failed && is_call(span) || under.iter().any(|it| below.fails_in_call[*it]);
            below.fails_at_work[place] = has_failed && (is_agent || is_call(span))
                || under.iter().any(|it| below.fails_at_work[*it]);
            below.last_good[place] = under.iter().rev().find(|it| has_good[**it]).copied();
            let went_well = span.status == Status::Completed && (is_agent || is_call(span));
            has_good[place] = went_well || below.last_good[place].is_some();
        }
        below
    }

    pub(super) fn fails_in_call(&self, place: Place) -> bool {
        self.fails_in_call.get(place).copied().unwrap_or_default()
    }

    pub(super) fn fails_at_work(&self, place: Place) -> bool {
        self.fails_at_work.get(place).copied().unwrap_or_default()
    }

    pub(super) fn last_good(&self, place: Place) -> Option<Place> {
        self.last_good.get(place).copied().flatten()
    }
}

/// Whether a span is a call: of a model, a tool or a store of documents.
pub(super) const fn is_call(span: &WholeSpan) -> bool {
    matches!(
        span.kind,
        SpanKind::Llm | SpanKind::Tool | SpanKind::Retriever
    )
}

/// Every span after all that stand below it.
fn from_below(roots: &[Place], children: &[Vec<Place>]) -> impl Iterator<Item = Place> {
    let mut order = Vec::with_capacity(children.len());
    let mut left = roots.to_vec();
    while let Some(place) = left.pop() {
        order.push(place);
        left.extend(children[place].iter().copied());
    }
    order.into_iter().rev()
}

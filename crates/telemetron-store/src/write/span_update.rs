//! A span of a batch on its way from its stored state to its new one.

use std::ops::Deref;

use telemetron_model::fold::{Change, Folded, Lead, SpanFacts};

use super::batch::{SpanSlot, outline};
use super::spans::{SpanKey, StoredSpan};

/// What the batch says of a span: as it came, or as the called side of a stored caller.
pub(super) enum Incoming<'b> {
    Whole(&'b SpanSlot),
    Called(Box<SpanSlot>),
}

impl Deref for Incoming<'_> {
    type Target = SpanSlot;

    fn deref(&self) -> &SpanSlot {
        match self {
            Self::Whole(slot) => slot,
            Self::Called(slot) => slot,
        }
    }
}

/// A span of the batch, before and after.
pub(super) struct SpanUpdate<'b> {
    pub(super) key: SpanKey,
    pub(super) source: Incoming<'b>,
    pub(super) before: Option<StoredSpan>,
    pub(super) state: Folded<()>,
    pub(super) change: Change,
    pub(super) facts: SpanFacts,
    pub(super) counts: bool,
}

impl<'b> SpanUpdate<'b> {
    /// Joins what the batch says of the span into what is stored of it.
    pub(super) fn join(key: SpanKey, source: Incoming<'b>, before: Option<StoredSpan>) -> Self {
        let incoming = outline(&source.slot.state);
        let of =
            |state: &Folded<()>| SpanFacts::of(&source.slot.state.body, state.start, state.end);
        let Some(stored) = &before else {
            let facts = of(&incoming);
            return Self {
                key,
                source,
                before,
                state: incoming,
                change: Change::Body,
                facts,
                counts: false,
            };
        };
        let mut state = stored.outline.clone();
        let change = state.join(incoming);
        let facts = match change {
            Change::Body => of(&state),
            _ => SpanFacts {
                start: state.start,
                end: state.end,
                ..stored.facts.clone()
            },
        };
        Self {
            key,
            source,
            before,
            state,
            change,
            facts,
            counts: false,
        }
    }

    /// Whether nothing of it needs to be written.
    pub(super) fn is_unchanged(&self) -> bool {
        self.change == Change::Nothing
            && self
                .before
                .as_ref()
                .is_some_and(|before| self.derives_as(before))
    }

    fn derives_as(&self, before: &StoredSpan) -> bool {
        before.counts == self.counts && before.facts.inherited == self.facts.inherited
    }

    /// The lead it would be.
    pub(super) fn lead(&self) -> Lead {
        let (start, end) = (self.state.start, self.state.end);
        match (&self.before, self.change) {
            (Some(before), Change::Times | Change::Nothing) => Lead {
                has_parent: before.facts.parent.is_some(),
                start,
                span_id: self.key.span_id,
                status: before.facts.status,
                end,
                name: before.name.clone(),
                agent: before.facts.agent.clone(),
            },
            _ => Lead::of(&self.source.slot.state.body, start, end),
        }
    }
}

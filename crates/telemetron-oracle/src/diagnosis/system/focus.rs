//! What a memory is asked about: what went wrong, when, and who had a part in it.

use std::collections::BTreeSet;

use telemetron_model::classify::classify;
use telemetron_model::record::{ErrorCategory, SpanKind, Status};
use telemetron_model::{SpanId, Timestamp, TraceId};
use telemetron_store::read::whole::WholeTrace;

use crate::diagnosis::failures::Failure;
use crate::diagnosis::tree::{Place, Tree};

/// Time before and after a failure that is asked about.
const AROUND_NS: i64 = 120_000_000_000;

const SECOND: i64 = 1_000_000_000;

/// The moments around a failure of which the state is looked at, in seconds: what was the case
/// long before, what led up to it, the moment itself, and what showed only afterwards.
const MOMENTS: [i64; 5] = [-900, -60, 0, 15, 120];

/// What went wrong in a trace, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Focus {
    /// The trace.
    pub trace_id: TraceId,
    /// The span where it began: the failed one, or the one that everything waits for.
    pub span_id: Option<SpanId>,
    /// When that span began; the trace, when there is none.
    pub began: Timestamp,
    /// The moment that times are told from.
    pub at: Timestamp,
    /// What happened at that moment, for sentences: `the failure`.
    pub what: &'static str,
    /// Start of the time that is asked about.
    pub from: Timestamp,
    /// End of the time that is asked about.
    pub until: Timestamp,
    /// Something failed or hangs.
    pub is_wrong: bool,
    /// The span never ended: whoever worked on it may be gone.
    pub is_open: bool,
    /// The times come from a clock.
    pub has_clock: bool,
    /// The agent at work.
    pub agent: Option<String>,
    /// The model that it called, where the failure is one of a call.
    pub model: Option<String>,
    /// The tool that it called.
    pub tool: Option<String>,
    /// Where the failure comes from, by its words.
    pub category: Option<ErrorCategory>,
    /// Everybody at work in the trace.
    pub agents: BTreeSet<String>,
    /// Every model called in it.
    pub models: BTreeSet<String>,
}

impl Focus {
    /// What a diagnosis of this trace will ask about: what a memory must read beforehand.
    pub fn of(trace: &WholeTrace) -> Self {
        let tree = Tree::of(trace);
        Self::on(&tree, Failure::of(&tree).as_ref())
    }

    /// The moments of which a memory of states should be read.
    pub fn moments(&self) -> [Timestamp; 5] {
        MOMENTS.map(|seconds| self.at.plus_nanos(seconds.saturating_mul(SECOND)))
    }

    pub(in crate::diagnosis) fn on(tree: &Tree<'_>, failure: Option<&Failure>) -> Self {
        let trace = tree.trace;
        let open = || waited_for(tree).filter(|_| trace.status != Status::Completed);
        let place = failure.map(|failure| failure.began).or_else(open);
        let span = place.map(|place| tree.span(place));
        let at = failure.map_or_else(|| tree.last_heard(), |failure| tree.end(failure.began));
        let began = span.map_or(trace.start, |span| span.start);
        let error = span.and_then(|span| span.error.as_ref());
        let category = error.map(|error| classify(&error.error_type, &error.message).category);
        Self {
            trace_id: trace.trace_id,
            span_id: span.map(|span| span.span_id),
            began,
            at,
            what: what(trace, failure),
            from: began.min(at).plus_nanos(-AROUND_NS),
            until: at.max(began).plus_nanos(AROUND_NS),
            is_wrong: failure.is_some() || trace.status == Status::Failed || trace.is_stuck,
            is_open: span.is_some_and(|span| span.status == Status::Running),
            has_clock: trace.has_clock,
            agent: span.and_then(|span| span.agent.clone()),
            model: place.and_then(|place| model(tree, place, category)),
            tool: span.and_then(|span| span.tool_name.clone()),
            category,
            agents: trace.spans.iter().filter_map(|s| s.agent.clone()).collect(),
            models: trace.spans.iter().filter_map(|s| s.model.clone()).collect(),
        }
    }
}

/// The earliest open span with nothing open below it.
fn waited_for(tree: &Tree<'_>) -> Option<Place> {
    let is_open = |place: &Place| tree.span(*place).status == Status::Running;
    let mut open = tree.places().filter(is_open);
    open.find(|place| !tree.children(*place).iter().any(is_open))
}

/// The model of the failing call. A framework may report the failure of a call on the agent's
/// own span: then it is that of the last call before, where the words speak of a model.
fn model(tree: &Tree<'_>, place: Place, category: Option<ErrorCategory>) -> Option<String> {
    let span = tree.span(place);
    if span.model.is_some() || category != Some(ErrorCategory::Llm) {
        return span.model.clone();
    }
    let mut calls = tree.places().rev().map(|other| tree.span(other));
    let last = calls.find(|other| {
        let is_call = other.kind == SpanKind::Llm && other.agent == span.agent;
        is_call && other.start <= tree.end(place)
    });
    last?.model.clone()
}

const fn what(trace: &WholeTrace, failure: Option<&Failure>) -> &'static str {
    match (failure, trace.status) {
        (Some(_), _) | (None, Status::Failed) => "the failure",
        (None, Status::Completed) => "the end of the trace",
        (None, Status::Running) => "the trace was last heard of",
    }
}

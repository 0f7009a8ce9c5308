//! What a memory is asked about: what went wrong, when, and who had a part in it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use telemetron_model::classify::classify;
use telemetron_model::record::{ErrorCategory, SpanKind, Status};
use telemetron_model::{SpanId, Timestamp, TraceId};
use telemetron_store::read::whole::WholeTrace;

use crate::failures::Failure;
use crate::tree::{Place, Tree};

/// Time before and after a failure that is asked about.
const AROUND: Duration = Duration::from_mins(2);

/// The moments around a failure of which the state is looked at: what was the case long before,
/// and what led up to it.
const BEFORE: [Duration; 2] = [Duration::from_mins(15), Duration::from_mins(1)];

/// The moment itself, and what showed only afterwards.
const AFTER: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(15),
    Duration::from_mins(2),
];

/// What went wrong in a trace, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Focus {
    /// The trace of the span where it began; the trace itself, when there is none.
    pub trace_id: TraceId,
    /// The traces that were looked at: one, or those of a run.
    pub traces: Vec<TraceId>,
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
    /// The trace itself failed.
    pub has_failed: bool,
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
    /// Every tool called in it.
    pub tools: BTreeSet<String>,
    /// Its own calls of each model (true) and tool (false): how many ended, how many of these failed.
    pub calls: BTreeMap<(bool, String), (i64, i64)>,
}

impl Focus {
    /// What a diagnosis of this trace will ask about: what a memory must read beforehand.
    pub fn of(trace: &WholeTrace) -> Self {
        let tree = Tree::of(trace);
        Self::on(&tree, Failure::of(&tree).as_ref())
    }

    /// The moments of which a memory of states should be read.
    pub fn moments(&self) -> [Timestamp; 5] {
        let [long_before, before] = BEFORE.map(|before| self.at - before);
        let [then, soon_after, after] = AFTER.map(|after| self.at + after);
        [long_before, before, then, soon_after, after]
    }

    pub(crate) fn on(tree: &Tree<'_>, failure: Option<&Failure>) -> Self {
        let trace = tree.trace;
        let open = || waited_for(tree).filter(|_| trace.status != Status::Completed);
        let place = failure.map(|failure| failure.began).or_else(open);
        let span = place.map(|place| tree.span(place));
        let at = failure.map_or_else(|| tree.last_heard(), |failure| tree.end(failure.began));
        let began = span.map_or(trace.start, |span| span.start);
        let error = span.and_then(|span| span.error.as_ref());
        let category = error.map(|error| classify(&error.error_type, &error.message).category);
        Self {
            trace_id: span
                .and_then(|span| span.trace_id)
                .unwrap_or(trace.trace_id),
            traces: trace.traces(),
            span_id: span.map(|span| span.span_id),
            began,
            at,
            what: what(trace, failure),
            from: began.min(at) - AROUND,
            until: at.max(began) + AROUND,
            is_wrong: failure.is_some() || trace.status == Status::Failed || trace.is_stuck,
            has_failed: trace.status == Status::Failed,
            is_open: span.is_some_and(|span| span.status == Status::Running),
            has_clock: trace.has_clock,
            agent: span.and_then(|span| span.agent.clone()),
            model: place.and_then(|place| model(tree, place, category)),
            tool: span.and_then(|span| span.tool_name.clone()),
            category,
            agents: trace.spans.iter().filter_map(|s| s.agent.clone()).collect(),
            models: trace.spans.iter().filter_map(|s| s.model.clone()).collect(),
            tools: tools(trace),
            calls: calls(trace),
        }
    }
}

fn tools(trace: &WholeTrace) -> BTreeSet<String> {
    let inside = trace.spans.iter().flat_map(|span| &span.calls);
    let inside = inside.map(|call| call.tool_name.clone());
    let own = trace.spans.iter().filter_map(|span| span.tool_name.clone());
    own.chain(inside).collect()
}

fn calls(trace: &WholeTrace) -> BTreeMap<(bool, String), (i64, i64)> {
    let mut calls = BTreeMap::new();
    let ended = trace.spans.iter().filter(|span| span.end.is_some());
    for span in ended {
        let name = match span.kind {
            SpanKind::Llm => span.model.as_ref().map(|model| (true, model.clone())),
            SpanKind::Tool => span.tool_name.as_ref().map(|tool| (false, tool.clone())),
            _ => None,
        };
        if let Some(name) = name {
            let (finished, failed): &mut (i64, i64) = calls.entry(name).or_default();
            *finished += 1;
            *failed += i64::from(span.status == Status::Failed);
        }
    }
    calls
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

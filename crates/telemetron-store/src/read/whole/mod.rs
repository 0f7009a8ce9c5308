//! One trace as a whole, for who wants to know why it failed: bounded, and it says what is missing.
//!
//! Spans that failed or still run are read first, then the earliest; payloads are read while they
//! fit into a budget, and stay packed until somebody looks into them. The types are plain data: a
//! trace that never was in the store can be built by hand.

mod around;
mod find;
mod rows;
mod text;

use telemetron_model::record::{ErrorInfo, SpanKind, Status, TokenUsage};
use telemetron_model::{NanoUsd, SpanId, Timestamp, TraceId};
use telemetron_view::{ErrorView, HandoffView};

pub use around::{Asked, Vicinity, WorkAround, around};
pub use find::{LastGood, last_good, read, read_run};
pub use text::WholeText;

/// A trace with everything that a diagnosis looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct WholeTrace {
    /// Its id.
    pub trace_id: TraceId,
    /// Its name.
    pub name: Option<String>,
    /// How far it is.
    pub status: Status,
    /// It runs, and nothing was heard of it for a while.
    pub is_stuck: bool,
    /// An earlier part of it was dropped by retention.
    pub is_truncated: bool,
    /// Its times come from a clock, and not from the order in a log.
    pub has_clock: bool,
    /// The project.
    pub project: Option<String>,
    /// When it began.
    pub start: Timestamp,
    /// When it ended; none while it runs.
    pub end: Option<Timestamp>,
    /// Why it failed, by its own word.
    pub error: Option<ErrorInfo>,
    /// What the user asked.
    pub question: Option<WholeText>,
    /// What the user got.
    pub answer: Option<WholeText>,
    /// Tokens, each counted once.
    pub total_tokens: i64,
    /// Cost, counted as tokens are.
    pub cost: NanoUsd,
    /// Its spans, earliest first.
    pub spans: Vec<WholeSpan>,
    /// Handoffs that stand, earliest first.
    pub handoffs: Vec<HandoffView>,
    /// Errors that were recorded as such, earliest first.
    pub errors: Vec<ErrorView>,
    /// What was not read.
    pub missing: Missing,
}

/// What was not read of a trace, since there is too much of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Missing {
    /// Spans.
    pub spans: i64,
    /// Spans whose payloads were not read.
    pub payloads: usize,
}

/// A span with what a diagnosis looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct WholeSpan {
    /// Its trace, where several are read as one.
    pub trace_id: Option<TraceId>,
    /// Its id.
    pub span_id: SpanId,
    /// The span that caused it.
    pub parent_span_id: Option<SpanId>,
    /// The trace of that span, where it is another: a root hangs under what it links to.
    pub parent_trace_id: Option<TraceId>,
    /// What it is.
    pub kind: SpanKind,
    /// How far it is.
    pub status: Status,
    /// When it began.
    pub start: Timestamp,
    /// When it ended; none while it runs.
    pub end: Option<Timestamp>,
    /// Its name.
    pub name: String,
    /// Name of the agent at work, or its id: its own, else that of the nearest span above.
    pub agent: Option<String>,
    /// The model, on an LLM span.
    pub model: Option<String>,
    /// The tool, on a TOOL span.
    pub tool_name: Option<String>,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// Tokens that it names itself.
    pub tokens: Option<TokenUsage>,
    /// Cost that it names itself.
    pub cost: Option<NanoUsd>,
    /// Whether tokens and cost count.
    pub counts: bool,
    /// Why it failed.
    pub error: Option<ErrorInfo>,
    /// What went in.
    pub input: Option<WholeText>,
    /// What came out.
    pub output: Option<WholeText>,
    /// Tool calls in it that have no span of their own.
    pub calls: Vec<WholeCall>,
}

/// A tool call inside a span of another kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeCall {
    /// The tool.
    pub tool_name: String,
    /// What the tool was given.
    pub arguments: Option<WholeText>,
    /// What it gave back.
    pub result: Option<WholeText>,
    /// Why the call failed.
    pub error: Option<String>,
}

impl WholeTrace {
    /// The traces that it is read from: one, or those of a run.
    pub fn traces(&self) -> Vec<TraceId> {
        let mut traces: Vec<_> = self.spans.iter().filter_map(|span| span.trace_id).collect();
        traces.push(self.trace_id);
        traces.sort_unstable();
        traces.dedup();
        traces
    }

    /// A trace of which nothing is known but that it ran well at this instant.
    pub const fn new(trace_id: TraceId, start: Timestamp) -> Self {
        Self {
            trace_id,
            name: None,
            status: Status::Completed,
            is_stuck: false,
            is_truncated: false,
            has_clock: true,
            project: None,
            start,
            end: None,
            error: None,
            question: None,
            answer: None,
            total_tokens: 0,
            cost: NanoUsd::from_nanos(0),
            spans: Vec::new(),
            handoffs: Vec::new(),
            errors: Vec::new(),
            missing: Missing {
                spans: 0,
                payloads: 0,
            },
        }
    }
}

impl WholeSpan {
    /// A span that began and is not known to have ended.
    pub fn new(span_id: SpanId, kind: SpanKind, name: impl Into<String>, start: Timestamp) -> Self {
        Self {
            trace_id: None,
            span_id,
            parent_span_id: None,
            parent_trace_id: None,
            kind,
            status: Status::Running,
            start,
            end: None,
            name: name.into(),
            agent: None,
            model: None,
            tool_name: None,
            finish_reason: None,
            tokens: None,
            cost: None,
            counts: true,
            error: None,
            input: None,
            output: None,
            calls: Vec::new(),
        }
    }
}

//! Traces that are read as one: a runtime scatters a run over many of them.

use serde::{Deserialize, Serialize};

use telemetron_model::record::{Status, TokenUsage};
use telemetron_model::text_enum;
use telemetron_model::{NanoUsd, Rfc3339, SpanId, TraceId};

text_enum! {
    /// By what traces belong to one run.
    pub enum Follow {
        /// Links of their spans, in both directions, however far.
        Links = 1 => "links",
        /// Their session.
        Session = 2 => "session",
    }
}

/// A run: the traces that an answer is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    /// By what its traces belong together.
    pub follow: Follow,
    /// The trace that leads: the earliest that is more than bookkeeping.
    pub trace_id: TraceId,
    /// Its traces, earliest first.
    pub traces: Vec<RunTrace>,
    /// There are more traces than were read: at most 200 are, with 100,000 spans in all.
    pub more: bool,
}

/// A trace of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunTrace {
    /// Its id.
    pub trace_id: TraceId,
    /// Its name.
    pub name: Option<String>,
    /// How far it is.
    pub status: Status,
    /// When it began.
    pub start_time: Rfc3339,
    /// When it ended; `null` while it runs.
    pub end_time: Option<Rfc3339>,
    /// Its spans.
    pub spans: i64,
}

/// What the whole run of a trace comes to, joined by links.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunSums {
    /// The trace that leads: the earliest that is more than bookkeeping.
    pub trace_id: TraceId,
    /// How many traces it has.
    pub traces: i64,
    /// Traces that run.
    pub running_traces: i64,
    /// Traces that failed.
    pub failed_traces: i64,
    /// When its first trace began.
    pub start_time: Rfc3339,
    /// When its last trace ended; `null` while one runs.
    pub end_time: Option<Rfc3339>,
    /// Spans.
    pub spans: i64,
    /// Spans that failed.
    pub failed_spans: i64,
    /// LLM calls, with and without spans of their own.
    pub llm_calls: i64,
    /// Tool calls, with and without spans of their own.
    pub tool_calls: i64,
    /// Tokens, each counted once in its trace.
    pub tokens: TokenUsage,
    /// Cost, counted as tokens are.
    pub cost_usd: NanoUsd,
    /// There are more traces than were summed up.
    pub more: bool,
}

/// A span with its trace, where several traces are read as one: ids of spans may repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SpanOfTrace {
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
}

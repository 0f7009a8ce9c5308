//! What the API answers with: one file a noun, read by the CLI and the dashboard alike.
//!
//! ```text
//!  rows of the store ──telemetron_store::read──▶ views ──JSON──▶ REST · live stream · MCP
//!  the system ────────telemetron-oracle────────▶ oracle ─┘            │
//!                                                  CLI · dashboard ◀──┘  read back as views
//! ```
//!
//! Instants are RFC 3339 text, durations milliseconds, costs decimal dollars, ids lowercase hex.
//! Payloads stand as they came. What is unknown is `null`, or left out where it is rarely known.
//! [`oracle`] is the state of the whole system, [`figures`] writes numbers for people.
//!
//! Invariants: no I/O, nothing async, of our crates the model alone. No one who sends records links
//! this crate.

mod compare;
mod dead_letter;
mod diagnosis;
pub mod figures;
mod graph;
mod ingest;
mod instants;
mod live;
mod metrics;
mod next;
mod note;
pub mod oracle;
mod page;
mod problem;
mod run;
mod session;
mod span;
mod timeline;
mod trace;

pub use compare::{
    Aspect, ComparedTrace, Comparison, ComparisonAnswer, Difference, StepChange, StepDifference,
};
pub use dead_letter::{DeadLetterDetail, DeadLetterView, Replayed};
pub use diagnosis::{
    AgentShare, Cause, ChainLink, Confidence, CriticalPath, Diagnosis, DiagnosisAnswer,
    DiagnosisOmitted, ErrorFate, Finding, FindingKind, PathPart,
};
pub use graph::{AgentGraph, AgentNode, AgentWork, EdgeKind, GraphEdge, Invocation};
pub use ingest::{
    IngestGap, IngestReport, Ledger, PartitionProgress, RetentionState, TopicProgress,
};
pub use instants::events_told;
pub use live::{LiveFrame, LiveKind, RecentRecords};
pub use metrics::{
    Durations, KindMetrics, MetricsReport, MetricsSlot, NamedMetrics, TraceMetrics, WorkMetrics,
};
pub use next::{Next, TracesLike};
pub use note::{ErrorView, EventView, HandoffView};
pub use page::{Freshness, Lag, Page};
pub use problem::Problem;
pub use run::{Follow, Run, RunSums, RunTrace, SpanOfTrace};
pub use session::{SessionDetail, SessionSummary};
pub use span::{LlmCallView, SpanAnswer, SpanSkeleton, SpanView, ToolCallView};
pub use timeline::{TimelineEntry, TimelineKind};
pub use trace::{Omitted, PayloadNote, TraceAnswer, TraceCounts, TraceDetail, TraceSummary};

use std::time::Duration;

use telemetron_model::Timestamp;

/// Milliseconds from `start` to `end`, for people; never negative.
pub fn millis_between(start: Timestamp, end: Timestamp) -> f64 {
    millis_of(end.since(start).max(0))
}

/// Nanoseconds as seconds; never negative.
pub fn seconds_of(nanos: i64) -> f64 {
    Duration::from_nanos(nanos.max(0).cast_unsigned()).as_secs_f64()
}

/// Nanoseconds as milliseconds.
pub fn millis_of(nanos: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a duration for people")]
    let nanos = nanos as f64;
    nanos / 1e6
}

//! Everything of a trace in one chronological list.

use serde::{Deserialize, Serialize};

use telemetron_model::record::{Severity, SpanKind, Status};
use telemetron_model::text_enum;
use telemetron_model::{Rfc3339, SpanId, TraceId};

text_enum! {
    /// What a line of the timeline tells. At one instant, lines stand in this order.
    pub enum TimelineKind {
        /// A span began.
        SpanStart = 1 => "span_start",
        /// Something happened.
        Event = 2 => "event",
        /// Work was passed on.
        Handoff = 3 => "handoff",
        /// Something failed.
        Error = 4 => "error",
        /// A span ended.
        SpanEnd = 5 => "span_end",
    }
}

/// One line of the timeline. Which fields are there depends on `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelineEntry {
    /// When.
    pub time: Rfc3339,
    /// What it tells.
    pub kind: TimelineKind,
    /// Id of the span, event, handoff or error.
    pub id: String,
    /// Its trace, where several are read as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<TraceId>,
    /// The span concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span_id: Option<SpanId>,
    /// The agent; of a handoff, the one that passes the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The agent that takes the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_agent: Option<String>,
    /// Name of the span or event, or type of the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the span is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span_kind: Option<SpanKind>,
    /// How the span ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// How long the span took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<f64>,
    /// What sort of event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// How bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Message of the event or error, or reason of the handoff: its first 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

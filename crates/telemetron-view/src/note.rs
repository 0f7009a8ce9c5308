//! Events, handoffs and errors of a trace.

use serde::{Deserialize, Serialize};

use telemetron_model::record::{ErrorCategory, HandoffMode, Severity};
use telemetron_model::{RawJson, Rfc3339, SpanId, TraceId};

/// A point in time inside a trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventView {
    /// Its id.
    pub event_id: String,
    /// Its trace, where several are read as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<TraceId>,
    /// The span during which it happened.
    pub span_id: Option<SpanId>,
    /// The agent it concerns.
    pub agent_id: Option<String>,
    /// That agent's name.
    pub agent_name: Option<String>,
    /// What sort of event.
    pub event_type: String,
    /// What happened.
    pub event_name: String,
    /// How bad.
    pub severity: Severity,
    /// A sentence for people.
    pub message: Option<String>,
    /// Anything else; left out when it is too large for this answer.
    pub data: Option<RawJson>,
    /// Size of `data`, here or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_bytes: Option<i32>,
    /// When.
    pub timestamp: Rfc3339,
    /// What belongs together across services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The event or span that brought this about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

/// Work passed from one agent to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandoffView {
    /// Its id.
    pub handoff_id: String,
    /// Its trace, where several are read as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<TraceId>,
    /// The span in which the source let go.
    pub span_id: Option<SpanId>,
    /// Who passes the work.
    pub source_agent_id: Option<String>,
    /// That agent's name.
    pub source_agent_name: String,
    /// Who takes it.
    pub target_agent_id: Option<String>,
    /// That agent's name.
    pub target_agent_name: String,
    /// When.
    pub timestamp: Rfc3339,
    /// Why.
    pub reason: Option<String>,
    /// Whether the source expects the work back.
    pub mode: Option<HandoffMode>,
    /// How the handoff was recognised, when nobody said it outright.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What was passed along; left out when it is too large for this answer.
    pub context: Option<RawJson>,
    /// Size of `context`, here or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_bytes: Option<i32>,
}

/// A failure that was recorded as such.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorView {
    /// Its id.
    pub error_id: String,
    /// Its trace, where several are read as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<TraceId>,
    /// The span that failed.
    pub span_id: Option<SpanId>,
    /// The agent at work.
    pub agent_id: Option<String>,
    /// That agent's name.
    pub agent_name: Option<String>,
    /// The type of the error.
    pub error_type: String,
    /// What it says.
    pub message: String,
    /// Where it was raised; left out when it is too large for this answer.
    pub stack: Option<String>,
    /// Size of `stack`, here or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_bytes: Option<i32>,
    /// Where it comes from.
    pub category: ErrorCategory,
    /// How bad.
    pub severity: Severity,
    /// Whether trying again may help.
    pub retryable: bool,
    /// How often it has been tried.
    pub attempts: Option<i32>,
    /// What may help.
    pub suggested_fixes: Vec<String>,
    /// When.
    pub timestamp: Rfc3339,
}

//! Events: points in time inside a trace, and in the life of agents and services.

use serde::{Deserialize, Serialize};

use super::Severity;
use crate::id::{SpanId, TraceId};
use crate::json::RawJson;
use crate::time::Timestamp;

/// The words of [`Event::event_type`] that we send ourselves (contract C-5, §9). Others are kept.
pub mod event_type {
    /// An agent begins.
    pub const AGENT_START: &str = "agent_start";
    /// An agent ends.
    pub const AGENT_END: &str = "agent_end";
    /// A model is called.
    pub const LLM_CALL: &str = "llm_call";
    /// A tool is called.
    pub const TOOL_CALL: &str = "tool_call";
    /// Work is passed on.
    pub const HANDOFF: &str = "handoff";
    /// Something is tried again.
    pub const RETRY: &str = "retry";
    /// Something failed.
    pub const ERROR: &str = "error";
    /// A state changed.
    pub const STATE_CHANGE: &str = "state_change";
    /// Anything else.
    pub const CUSTOM: &str = "custom";
}

/// A point in time, for live debugging.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its id; a hash of the content when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The trace; events in the life of a service have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<TraceId>,
    /// The span during which it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span_id: Option<SpanId>,
    /// The agent it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// That agent's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<String>,
    /// What sort of event: see [`event_type`]; `custom` when it does not say.
    #[serde(default = "custom")]
    pub event_type: String,
    /// What happened.
    pub event_name: String,
    /// How bad; `info` when it does not say.
    #[serde(default = "info")]
    pub severity: Severity,
    /// A sentence for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<RawJson>,
    /// When; points call it `time`, and so may events.
    #[serde(alias = "time")]
    pub timestamp: Timestamp,
    /// What belongs together across services (contract §9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The event or span that brought this about (contract §9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

fn custom() -> String {
    event_type::CUSTOM.to_owned()
}

const fn info() -> Severity {
    Severity::Info
}

//! Handoffs: one agent passing work to another.

use serde::{Deserialize, Serialize};

use crate::id::{SpanId, TraceId};
use crate::json::RawJson;
use crate::text_enum::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// Whether the source expects the work back.
    pub enum HandoffMode {
        /// Control passes for good.
        Transfer = 1 => "transfer",
        /// The source waits for a result.
        Delegate = 2 => "delegate",
    }
}

/// Work passed from one agent to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handoff {
    /// Its id, unique in the trace.
    pub handoff_id: String,
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// The span in which the source let go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span_id: Option<SpanId>,
    /// Who passes the work; the name does when there is no id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_agent_id: Option<String>,
    /// That agent's name.
    pub source_agent_name: String,
    /// Who takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_agent_id: Option<String>,
    /// That agent's name.
    pub target_agent_name: String,
    /// When.
    pub timestamp: Timestamp,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the source expects the work back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<HandoffMode>,
    /// How the handoff was recognised, when nobody said it outright.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What was passed along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<RawJson>,
}

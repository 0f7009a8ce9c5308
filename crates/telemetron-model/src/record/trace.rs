//! The trace itself, as opened or completed by whoever started it.

use serde::{Deserialize, Serialize};

use super::{ErrorInfo, Status, TimeSource, TokenUsage};
use crate::cost::NanoUsd;
use crate::id::TraceId;
use crate::json::RawJson;
use crate::time::Timestamp;

/// One user request travelling through many agents.
///
/// A record that completes a trace is whole. A trace that nobody opens or completes is derived
/// from its spans.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// Its id.
    pub trace_id: TraceId,
    /// A name for people: the kind of request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How far it is.
    pub status: Status,
    /// When it began.
    pub start_time: Timestamp,
    /// When it was completed; none while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Timestamp>,
    /// Where its times come from; a clock when it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_source: Option<TimeSource>,
    /// The conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The user on whose behalf it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The project whose telemetry this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The agent that took the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_agent_id: Option<String>,
    /// That agent's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_agent_name: Option<String>,
    /// What the user asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_input: Option<RawJson>,
    /// What the user got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_output: Option<RawJson>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorInfo>,
    /// Tokens as the reporter counted them; ours are counted from the spans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_tokens: Option<TokenUsage>,
    /// Cost as the reporter counted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_cost_usd: Option<NanoUsd>,
    /// Anything else, as an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<RawJson>,
}

impl Trace {
    /// A trace that has just been opened; the rest is absent.
    pub const fn opened(trace_id: TraceId, start_time: Timestamp) -> Self {
        Self {
            trace_id,
            name: None,
            status: Status::Running,
            start_time,
            end_time: None,
            time_source: None,
            session_id: None,
            user_id: None,
            project: None,
            root_agent_id: None,
            root_agent_name: None,
            user_input: None,
            final_output: None,
            error: None,
            reported_tokens: None,
            reported_cost_usd: None,
            metadata: None,
        }
    }
}

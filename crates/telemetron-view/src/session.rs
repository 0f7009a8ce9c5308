//! Conversations.

use serde::{Deserialize, Serialize};

use crate::{Freshness, TraceSummary};
use telemetron_model::record::TokenUsage;
use telemetron_model::{NanoUsd, Rfc3339};

/// A conversation: the traces that share a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionSummary {
    /// Its id.
    pub session_id: String,
    /// The users that take part.
    pub user_ids: Vec<String>,
    /// The projects it touches.
    pub projects: Vec<String>,
    /// Its traces.
    pub traces: i64,
    /// Traces that run.
    pub running_traces: i64,
    /// Traces that failed.
    pub failed_traces: i64,
    /// When its first trace began.
    pub start_time: Rfc3339,
    /// When its latest trace began.
    pub last_trace_time: Rfc3339,
    /// Tokens, each counted once.
    pub tokens: TokenUsage,
    /// Cost, counted as tokens are.
    pub cost_usd: NanoUsd,
}

/// A conversation and its traces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionDetail {
    /// The conversation.
    pub session: SessionSummary,
    /// A page of its traces, newest first.
    pub traces: Vec<TraceSummary>,
    /// The `cursor` of the next page; `null` on the last one.
    pub next: Option<String>,
    /// How fresh the answer is.
    #[serde(flatten)]
    pub freshness: Freshness,
}

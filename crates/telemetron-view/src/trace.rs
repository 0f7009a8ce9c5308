//! Traces: as lines of a list, and whole.

use serde::{Deserialize, Serialize};

use crate::{ErrorView, EventView, Freshness, HandoffView, Run, RunSums, SpanView};
use telemetron_model::record::{ErrorInfo, Status, TimeSource, TokenUsage};
use telemetron_model::{NanoUsd, RawJson, Rfc3339, TraceId};

/// A trace as a line of a list.
///
/// What its own record does not say is taken from the span that stands for it: its root, or its
/// earliest span while no root has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceSummary {
    /// Its id.
    pub trace_id: TraceId,
    /// Its name.
    pub name: Option<String>,
    /// How far it is.
    pub status: Status,
    /// It runs, and nothing was heard of it for a while.
    pub stuck: bool,
    /// An earlier part of it was dropped by retention.
    pub truncated: bool,
    /// When it began.
    pub start_time: Rfc3339,
    /// When it ended; `null` while it runs.
    pub end_time: Option<Rfc3339>,
    /// How long it took; `null` while it runs, or when its times are only an order.
    pub duration_ms: Option<f64>,
    /// Where its times come from.
    pub time_source: TimeSource,
    /// When the broker took its latest record.
    pub last_seen: Rfc3339,
    /// The conversation.
    pub session_id: Option<String>,
    /// The user.
    pub user_id: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// The agent that took the request.
    pub root_agent: Option<String>,
    /// Agents at work in it, at most 256.
    pub agents: Vec<String>,
    /// Models called in it, at most 256.
    pub models: Vec<String>,
    /// Tools called in it, at most 256.
    pub tools: Vec<String>,
    /// How much there is of everything.
    pub counts: TraceCounts,
    /// Tokens, each counted once.
    pub tokens: TokenUsage,
    /// Cost, counted as tokens are.
    pub cost_usd: NanoUsd,
    /// What its whole run comes to, where links join it to other traces: `follow=links` reads them
    /// as one. Lists have it only with `follow=links`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunSums>,
}

/// How much there is of everything in a trace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceCounts {
    /// Agents, at most 256.
    pub agents: i64,
    /// Spans.
    pub spans: i64,
    /// Spans that run.
    pub running_spans: i64,
    /// Spans that failed.
    pub failed_spans: i64,
    /// LLM calls, with and without spans of their own.
    pub llm_calls: i64,
    /// Tool calls, with and without spans of their own.
    pub tool_calls: i64,
    /// Events.
    pub events: i64,
    /// Handoffs.
    pub handoffs: i64,
    /// Errors that were recorded as such.
    pub errors: i64,
}

/// A trace with everything that is said of it itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceDetail {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: TraceSummary,
    /// Id of the agent that took the request.
    pub root_agent_id: Option<String>,
    /// Why it failed.
    pub error: Option<ErrorInfo>,
    /// Anything else that was said of it.
    pub metadata: Option<RawJson>,
    /// Tokens as the reporter counted them.
    pub reported_tokens: Option<TokenUsage>,
    /// Cost as the reporter counted it.
    pub reported_cost_usd: Option<NanoUsd>,
    /// What the user asked; only with `include=payloads`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_input: Option<RawJson>,
    /// What the user got; only with `include=payloads`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_output: Option<RawJson>,
}

/// A trace and what belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceAnswer {
    /// The trace itself; of a run its leading trace, with the sums of all of them.
    pub trace: TraceDetail,
    /// The run, where all of it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// A page of its spans, earliest first.
    pub spans: Vec<SpanView>,
    /// The `cursor` of the next page of spans; `null` on the last one.
    pub next: Option<String>,
    /// Its earliest events; on the first page only.
    pub events: Vec<EventView>,
    /// Its earliest handoffs; on the first page only.
    pub handoffs: Vec<HandoffView>,
    /// Its earliest errors; on the first page only.
    pub errors: Vec<ErrorView>,
    /// What this answer leaves out; `/spans`, `/events`, `/handoffs` and `/errors` have all of it.
    pub omitted: Omitted,
    /// What became of payloads; only with `include=payloads`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payloads: Option<PayloadNote>,
    /// How fresh the answer is.
    #[serde(flatten)]
    pub freshness: Freshness,
}

/// How much an answer leaves out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Omitted {
    /// Spans on other pages.
    pub spans: i64,
    /// Events.
    pub events: i64,
    /// Handoffs.
    pub handoffs: i64,
    /// Errors.
    pub errors: i64,
}

/// What became of payloads in an answer that should carry them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PayloadNote {
    /// Most bytes of payloads in one answer.
    pub limit_bytes: usize,
    /// Bytes of payloads in this answer.
    pub included_bytes: usize,
    /// Spans of this page whose payloads did not fit; each is whole at `/spans/{span_id}`.
    pub omitted_spans: usize,
    /// Bytes of payloads that did not fit.
    pub omitted_bytes: usize,
}

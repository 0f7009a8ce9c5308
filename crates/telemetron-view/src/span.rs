//! Spans: as a skeleton for a waterfall, as they are listed, and whole.

use serde::{Deserialize, Serialize};

use crate::{Freshness, SpanOfTrace};
use telemetron_model::record::{ErrorInfo, Resource, SpanKind, Status, TimeSource, TokenUsage};
use telemetron_model::{NanoUsd, RawJson, Rfc3339, SpanId, TraceId};

/// As much of a span as a waterfall shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SpanSkeleton {
    /// Its id.
    pub span_id: SpanId,
    /// Its trace, where several are read as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<TraceId>,
    /// The span that caused it.
    pub parent_span_id: Option<SpanId>,
    /// The span of another trace that a root hangs under by its link, where several traces are read
    /// as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked_parent: Option<SpanOfTrace>,
    /// What it is.
    pub span_kind: SpanKind,
    /// How far it is.
    pub status: Status,
    /// When it began.
    pub start_time: Rfc3339,
    /// When it ended; `null` while it runs.
    pub end_time: Option<Rfc3339>,
    /// How long it took; `null` while it runs, or when its times are only an order.
    pub duration_ms: Option<f64>,
    /// Its name.
    pub name: String,
    /// Name of the agent at work, or its id: its own, else that of the nearest span above that
    /// names one.
    pub agent: Option<String>,
    /// Tokens that it names itself.
    pub total_tokens: Option<i64>,
}

/// A span. Payloads are there only where they were asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SpanView {
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// Its id.
    pub span_id: SpanId,
    /// The span that caused it.
    pub parent_span_id: Option<SpanId>,
    /// The span of another trace that a root hangs under by its link, where several traces are read
    /// as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked_parent: Option<SpanOfTrace>,
    /// Its name.
    pub name: String,
    /// What it is.
    pub span_kind: SpanKind,
    /// How far it is.
    pub status: Status,
    /// When it began.
    pub start_time: Rfc3339,
    /// When it ended; `null` while it runs.
    pub end_time: Option<Rfc3339>,
    /// How long it took; `null` while it runs, or when its times are only an order.
    pub duration_ms: Option<f64>,
    /// Where its times come from.
    pub time_source: TimeSource,
    /// The agent that it names.
    pub agent_id: Option<String>,
    /// That agent's name.
    pub agent_name: Option<String>,
    /// Name of the agent at work, or its id: its own, else that of the nearest span above that
    /// names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting_agent: Option<String>,
    /// The conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The model, on an LLM span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Who serves the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Parameters of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<RawJson>,
    /// From the request to the first token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_to_first_token_ms: Option<f64>,
    /// Why the model stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    /// The tool, on a TOOL span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_name: Option<String>,
    /// The model's id for this tool call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// Tokens that it names itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_usage: Option<TokenUsage>,
    /// Cost that it names itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<NanoUsd>,
    /// Whether it counts as a call, with its tokens and cost: no other span tells it better.
    pub counts: bool,
    /// LLM calls in it that have no span of their own.
    pub llm_call_count: i32,
    /// Tool calls in it that have no span of their own.
    pub tool_call_count: i32,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorInfo>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<RawJson>,
    /// Events inside the span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<RawJson>,
    /// Links to other spans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<RawJson>,
    /// Where it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// Size of `input_data`, here or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_bytes: Option<i32>,
    /// Size of `output_data`, here or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_bytes: Option<i32>,
    /// What went in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_data: Option<RawJson>,
    /// What came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_data: Option<RawJson>,
}

/// A span on its own, with payloads and the calls inside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SpanAnswer {
    /// The span, payloads included.
    pub span: SpanView,
    /// LLM calls in it that have no span of their own.
    pub llm_calls: Vec<LlmCallView>,
    /// Tool calls in it that have no span of their own.
    pub tool_calls: Vec<ToolCallView>,
    /// How fresh the answer is.
    #[serde(flatten)]
    pub freshness: Freshness,
}

/// An LLM call inside a span of another kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LlmCallView {
    /// The model.
    pub model: String,
    /// Who serves it.
    pub provider: Option<String>,
    /// Parameters of the call.
    pub parameters: Option<RawJson>,
    /// The messages sent.
    pub messages: Option<RawJson>,
    /// The answer.
    pub response: Option<RawJson>,
    /// Tokens.
    pub token_usage: Option<TokenUsage>,
    /// Cost.
    pub cost_usd: Option<NanoUsd>,
    /// From the request to the end of the answer.
    pub latency_ms: Option<f64>,
    /// From the request to the first token.
    pub time_to_first_token_ms: Option<f64>,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// Why the call failed.
    pub error: Option<String>,
}

/// A tool call inside a span of another kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToolCallView {
    /// The tool.
    pub tool_name: String,
    /// The model's id for this call.
    pub call_id: Option<String>,
    /// What the tool was given.
    pub arguments: Option<RawJson>,
    /// What it gave back.
    pub result: Option<RawJson>,
    /// How long it took.
    pub duration_ms: Option<f64>,
    /// Why the call failed.
    pub error: Option<String>,
}

impl SpanSkeleton {
    /// By what it is known among the spans of its trace or run.
    pub const fn key(&self) -> (Option<TraceId>, SpanId) {
        (self.trace_id, self.span_id)
    }

    /// The span that it stands below: its parent, else what it hangs under by its link.
    pub fn above(&self) -> Option<(Option<TraceId>, SpanId)> {
        let parent = self.parent_span_id.map(|parent| (self.trace_id, parent));
        let linked = self.linked_parent;
        parent.or_else(|| linked.map(|above| (Some(above.trace_id), above.span_id)))
    }
}

impl SpanView {
    /// By what it is known among the spans of its trace or run.
    pub const fn key(&self) -> SpanOfTrace {
        SpanOfTrace {
            trace_id: self.trace_id,
            span_id: self.span_id,
        }
    }

    /// The span that it stands below: its parent, else what it hangs under by its link.
    pub fn above(&self) -> Option<SpanOfTrace> {
        let own = |span_id| SpanOfTrace {
            trace_id: self.trace_id,
            span_id,
        };
        self.parent_span_id.map(own).or(self.linked_parent)
    }
}

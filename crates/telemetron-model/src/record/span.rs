//! Spans, and the calls that have no span of their own.

use serde::{Deserialize, Serialize};

use super::{ErrorInfo, TokenUsage};
use crate::cost::NanoUsd;
use crate::id::{SpanId, TraceId};
use crate::json::RawJson;
use crate::text_enum;
use crate::time::Timestamp;
use crate::weight::{self, MAX_CALLS};

text_enum! {
    /// What a unit of work is.
    pub enum SpanKind {
        /// An agent at work.
        Agent = 1 => "AGENT",
        /// A call of a language model; the span is the call.
        Llm = 2 => "LLM",
        /// A call of a tool; the span is the call.
        Tool = 3 => "TOOL",
        /// A search in a store of knowledge.
        Retriever = 4 => "RETRIEVER",
        /// Anything else: a step, a workflow, a guard.
        Chain = 5 => "CHAIN",
    }
}

text_enum! {
    /// How far a span or trace is. The order is the order in which the fold prefers them.
    pub enum Status {
        /// Begun, and not known to have ended.
        Running = 1 => "RUNNING",
        /// Ended well.
        Completed = 2 => "COMPLETED",
        /// Ended with a failure.
        Failed = 3 => "FAILED",
    }
}

text_enum! {
    /// Where the times of a record come from.
    pub enum TimeSource {
        /// A clock.
        Clock = 1 => "clock",
        /// The order in a log without times: instants say what came first, durations mean nothing.
        Order = 2 => "order",
    }
}

/// One unit of work in a trace, as known at its start or at its end.
///
/// A record of the end is whole: the fold takes every describing field from one record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// Its id, unique in the trace.
    pub span_id: SpanId,
    /// The span that caused it; none at a root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_span_id: Option<SpanId>,
    /// A name for people, of low cardinality; that of its agent, else of its kind, when it has none.
    #[serde(default)]
    pub name: String,
    /// What it is.
    pub span_kind: SpanKind,
    /// How far it is.
    pub status: Status,
    /// When it began.
    pub start_time: Timestamp,
    /// When it ended; none while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Timestamp>,
    /// Where its times come from; a clock when it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_source: Option<TimeSource>,
    /// The agent at work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// That agent's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<String>,
    /// The conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The user on whose behalf it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The project whose telemetry this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The model, on an LLM span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Who serves the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Parameters of the call: temperature, maximum of tokens, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<RawJson>,
    /// Nanoseconds from the request to the first token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_to_first_token_ns: Option<i64>,
    /// Why the model stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    /// The tool, on a TOOL span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_name: Option<String>,
    /// The model's id for this tool call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// What went in: messages, arguments, a query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_data: Option<RawJson>,
    /// What came out: a response, a result, documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_data: Option<RawJson>,
    /// Tokens spent by this very span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_usage: Option<TokenUsage>,
    /// Cost of this very span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<NanoUsd>,
    /// LLM calls that have no span of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(deserialize_with = "weight::list::<_, _, MAX_CALLS>")]
    pub llm_calls: Vec<LlmCall>,
    /// Tool calls that have no span of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(deserialize_with = "weight::list::<_, _, MAX_CALLS>")]
    pub tool_calls: Vec<ToolCall>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorInfo>,
    /// Anything else, as an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<RawJson>,
    /// Events inside the span, as an array of `{name, time, attributes}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<RawJson>,
    /// Links to other spans, as an array of `{trace_id, span_id, attributes}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<RawJson>,
    /// Where it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
}

impl Span {
    /// A running span with what every span has; the rest is absent.
    pub fn started(
        trace_id: TraceId,
        span_id: SpanId,
        name: impl Into<String>,
        kind: SpanKind,
        start_time: Timestamp,
    ) -> Self {
        Self {
            trace_id,
            span_id,
            parent_span_id: None,
            name: name.into(),
            span_kind: kind,
            status: Status::Running,
            start_time,
            end_time: None,
            time_source: None,
            agent_id: None,
            agent_name: None,
            session_id: None,
            user_id: None,
            project: None,
            model: None,
            provider: None,
            parameters: None,
            time_to_first_token_ns: None,
            finish_reason: None,
            tool_name: None,
            tool_call_id: None,
            input_data: None,
            output_data: None,
            token_usage: None,
            cost_usd: None,
            llm_calls: Vec::new(),
            tool_calls: Vec::new(),
            error: None,
            attributes: None,
            events: None,
            links: None,
            resource: None,
        }
    }
}

/// Where a span ran.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Resource {
    /// The service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The Kubernetes pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<String>,
    /// The Kubernetes deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
}

/// An LLM call inside a span of another kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LlmCall {
    /// The model.
    pub model: String,
    /// Who serves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The messages sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<RawJson>,
    /// The answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<RawJson>,
    /// Temperature, maximum of tokens, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<RawJson>,
    /// Tokens of this call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_usage: Option<TokenUsage>,
    /// Cost of this call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<NanoUsd>,
    /// Nanoseconds from the request to the end of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ns: Option<i64>,
    /// Nanoseconds from the request to the first token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_to_first_token_ns: Option<i64>,
    /// Why the model stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    /// Why the call failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A tool call inside a span of another kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The tool.
    pub tool_name: String,
    /// The model's id for this call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// What the tool was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<RawJson>,
    /// What it gave back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<RawJson>,
    /// Nanoseconds it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ns: Option<i64>,
    /// Why the call failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

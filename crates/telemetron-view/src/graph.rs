//! Who worked in a trace, and who called whom.

use serde::{Deserialize, Serialize};

use crate::{Freshness, Run};
use telemetron_model::record::{HandoffMode, Status, TokenUsage};
use telemetron_model::text_enum;
use telemetron_model::{NanoUsd, Rfc3339, SpanId, TraceId};

text_enum! {
    /// How two agents are related.
    pub enum EdgeKind {
        /// One passed work to the other; the mode says whether for good.
        Handoff = 1 => "handoff",
        /// One began while the other was at work above it, and nothing else tells of them.
        ParentChild = 2 => "parent_child",
    }
}

/// The agents of a trace.
///
/// A span that names no agent belongs to the nearest one above it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentGraph {
    /// The trace.
    pub trace_id: TraceId,
    /// The run, where all of it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// The agents, in order of their first span.
    pub nodes: Vec<AgentNode>,
    /// Who called whom, in order of nodes.
    pub edges: Vec<GraphEdge>,
    /// Work that belongs to no agent: nothing above it names one.
    pub unattributed: AgentWork,
    /// How fresh the answer is.
    #[serde(flatten)]
    pub freshness: Freshness,
}

/// One agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentNode {
    /// Its id; its name when it has none.
    pub id: String,
    /// Its name; its id when it has none.
    pub name: String,
    /// What it did, in all of its invocations.
    #[serde(flatten)]
    pub work: AgentWork,
    /// How often it was invoked.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub invocation_count: i64,
    /// Its invocations, earliest first, at most 100: they tell apart what ran side by side under
    /// one name.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub invocations: Vec<Invocation>,
}

/// One time that an agent was put to work: by a span of it right below another agent's, or below
/// nobody's; or by a span of kind `AGENT` right below the call of a tool, even its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invocation {
    /// The span with which it began.
    pub span_id: SpanId,
    /// The trace of that span, where several are read as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<TraceId>,
    /// Name of that span.
    pub name: String,
    /// The invocation in which it was called, by the span with which that one began.
    pub called_by: Option<SpanId>,
    /// The trace of that span, where several are read as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_by_trace_id: Option<TraceId>,
    /// How far that span is.
    pub status: Status,
    /// When that span began.
    pub start_time: Rfc3339,
    /// When that span ended; `null` while it runs.
    pub end_time: Option<Rfc3339>,
    /// What was done in it, without what it called other agents for.
    #[serde(flatten)]
    pub work: AgentWork,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentWork {
    /// Spans.
    pub spans: i64,
    /// Spans that run.
    pub running_spans: i64,
    /// Time at work: the sum of those spans that began outside its own work. Spans that run, or
    /// whose times are only an order, add nothing.
    pub duration_ms: f64,
    /// LLM calls, with and without spans of their own.
    pub llm_calls: i64,
    /// Tool calls, with and without spans of their own.
    pub tool_calls: i64,
    /// Tokens, each counted once.
    pub tokens: TokenUsage,
    /// Cost, counted as tokens are.
    pub cost_usd: NanoUsd,
    /// Spans of it that failed.
    pub errors: i64,
}

/// How one agent relates to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GraphEdge {
    /// Id of the agent that called or passed work.
    pub source: String,
    /// Id of the agent that was called or took the work.
    pub target: String,
    /// How they are related.
    pub kind: EdgeKind,
    /// Of a handoff: whether the source expects the work back. A pair that knows both has an edge
    /// for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<HandoffMode>,
    /// How often: handoffs, or spans of the target right below the source.
    pub count: i64,
    /// Different reasons that were given, in order of time, at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

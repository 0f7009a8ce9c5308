//! Handoffs: one agent passing work to another.

use serde::{Deserialize, Serialize};

use crate::id::{SpanId, TraceId};
use crate::json::RawJson;
use crate::text_enum;
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

text_enum! {
    /// How a handoff was recognised in spans that do not say it outright, the strongest first.
    pub enum HandoffRule {
        /// A span that is nothing but a handoff and names both agents.
        HandoffSpan = 1 => "handoff_span",
        /// A tool span whose name says `handoff to` somebody.
        HandoffName = 2 => "handoff_name",
        /// A call of a tool that transfers to, or delegates to, the agent it names.
        HandoffTool = 3 => "handoff_tool",
        /// A command that sends a graph to its next node.
        GraphCommand = 4 => "graph_command",
        /// An agent span that begins after another one below the same parent.
        SiblingAgents = 5 => "sibling_agents",
        /// An agent span below the work of another agent.
        NestedAgent = 6 => "nested_agent",
        /// A node of a graph that names the node above it.
        GraphParent = 7 => "graph_parent",
        /// A handoff that does not say to whom: the agent that starts next.
        NextAgent = 8 => "next_agent",
        /// A model that asks for a tool which hands over, where the agent that it names works.
        ModelRequest = 9 => "model_request",
        /// An agent span beside another agent's, while that one waits for a tool.
        DuringTool = 10 => "during_tool",
    }
}

/// Work passed from one agent to another.
///
/// Said outright, it names its source and no rule. Otherwise it is a hint, and which of a trace's
/// hints are handoffs is decided where the whole trace is known: [`crate::fold::handoffs`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handoff {
    /// Its id, unique in the trace.
    pub handoff_id: String,
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// The span in which the source let go; of `sibling_agents`, the span of the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span_id: Option<SpanId>,
    /// Who passes the work; the name does when there is no id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_agent_id: Option<String>,
    /// That agent's name; none stands for the agent at work in `span_id`, or, of
    /// `sibling_agents`, in the agent span before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_agent_name: Option<String>,
    /// Who takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_agent_id: Option<String>,
    /// That agent's name; its id when only that is known.
    #[serde(default)]
    pub target_agent_name: String,
    /// When.
    pub timestamp: Timestamp,
    /// The end of what showed it: of the tool call, or of the agent span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
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

impl Handoff {
    /// Whether it was not said outright: it may be no handoff, or one that something else tells too.
    pub const fn is_hint(&self) -> bool {
        self.rule.is_some() || self.source_agent_name.is_none()
    }
}

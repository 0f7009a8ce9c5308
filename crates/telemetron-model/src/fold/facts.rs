//! What sums and roll-ups need to know of a span: small, and stored in columns.

use memchr::memmem;
use serde::Deserialize;

use super::calls::{Call, Role};
use crate::cost::NanoUsd;
use crate::entries::Entries;
use crate::id::SpanId;
use crate::record::{LlmCall, Span, SpanKind, Status, TokenUsage, ToolCall};
use crate::time::Timestamp;

/// The facts of one span's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanFacts {
    /// What it is.
    pub kind: SpanKind,
    /// How far it is.
    pub status: Status,
    /// Its parent.
    pub parent: Option<SpanId>,
    /// Earliest start.
    pub start: Timestamp,
    /// Latest end.
    pub end: Option<Timestamp>,
    /// The agent's name, or its id when it has no name.
    pub agent: Option<String>,
    /// The agent of the nearest span above that names one, when this one names none.
    pub inherited: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The tool.
    pub tool: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// Its own tokens.
    pub usage: TokenUsage,
    /// Its own cost.
    pub cost: NanoUsd,
    /// The instrumentation that tells of a call of a model, or of what the calls of an agent add up to.
    pub scope: Option<String>,
    /// Of a call of a model, the id of the answer.
    pub answer: Option<String>,
    /// Calls that have no span of their own.
    pub calls: Vec<CallFacts>,
}

/// The facts of a call without a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFacts {
    /// `LLM` or `TOOL`.
    pub kind: SpanKind,
    /// The model or the tool.
    pub name: String,
    /// Nanoseconds it took, where known.
    pub duration_ns: Option<i64>,
    /// Whether it failed.
    pub failed: bool,
    /// Its tokens.
    pub usage: TokenUsage,
    /// Its cost.
    pub cost: NanoUsd,
}

impl SpanFacts {
    /// The facts of a record, with the times of its state. What it inherits is known only where
    /// its ancestors are.
    pub fn of(span: &Span, start: Timestamp, end: Option<Timestamp>) -> Self {
        let llm = span.llm_calls.iter().map(CallFacts::from);
        let tools = span.tool_calls.iter().map(CallFacts::from);
        let told = match span.span_kind {
            SpanKind::Llm => told_by(span),
            SpanKind::Agent if !span.llm_calls.is_empty() => (told_by(span).0, None),
            _ => Default::default(),
        };
        Self {
            kind: span.span_kind,
            status: span.status,
            parent: span.parent_span_id,
            start,
            end,
            agent: span.agent_name.clone().or_else(|| span.agent_id.clone()),
            inherited: None,
            model: span.model.clone(),
            tool: span.tool_name.clone(),
            project: span.project.clone(),
            usage: span.token_usage.unwrap_or_default(),
            cost: span.cost_usd.unwrap_or_default(),
            scope: told.0,
            answer: told.1,
            calls: llm.chain(tools).collect(),
        }
    }

    /// The agent at work: its own, else the one that it inherits.
    pub fn acting(&self) -> Option<&str> {
        self.agent.as_deref().or(self.inherited.as_deref())
    }

    /// Whether it has tokens that are those of a call of a model.
    pub fn carries_tokens(&self) -> bool {
        self.kind == SpanKind::Llm && self.usage.total > 0
    }

    /// Whether there is a call to count: it is one, or has calls of models without spans of their
    /// own.
    pub fn countable(&self) -> bool {
        matches!(self.kind, SpanKind::Llm | SpanKind::Tool)
            || self.calls.iter().any(|call| call.kind == SpanKind::Llm)
    }

    /// What it is to the rules of [`super::calls`].
    pub fn role(&self) -> Role<'_> {
        let call = || Call {
            usage: self.usage,
            start: self.start,
            end: self.end,
            scope: self.scope.as_deref(),
            answer: self.answer.as_deref(),
        };
        Role::of(self.kind, call, self.tool.as_deref())
    }

    /// Nanoseconds from start to end; none while it runs.
    pub fn duration_ns(&self) -> Option<i64> {
        self.end.map(|end| end.since(self.start).max(0))
    }
}

/// The attribute in which a span that came by OTLP says whose it is.
const SCOPE: &str = "otel.scope";

/// The attribute that names the answer of a model.
const ANSWER: &str = "gen_ai.response.id";

/// The instrumentation that made a span, where it came by OTLP, and the id of the answer that it tells.
fn told_by(span: &Span) -> (Option<String>, Option<String>) {
    #[derive(Deserialize)]
    struct Scope {
        name: Option<String>,
    }
    let attributes = span.attributes.as_ref().map_or("", |all| all.get());
    let has = |name: &str| memmem::find(attributes.as_bytes(), name.as_bytes()).is_some();
    let (scoped, answered) = (has(SCOPE), has(ANSWER));
    if !scoped && !answered {
        return (None, None);
    }
    let entries = Entries::of(attributes);
    let scope = entries.get(SCOPE).filter(|_| scoped);
    let scope = scope.and_then(|scope| serde_json::from_str::<Scope>(scope).ok()?.name);
    let answer = entries.get(ANSWER).filter(|_| answered);
    let answer = answer.and_then(|answer| serde_json::from_str(answer).ok());
    (scope, answer)
}

impl From<&LlmCall> for CallFacts {
    fn from(call: &LlmCall) -> Self {
        Self {
            kind: SpanKind::Llm,
            name: call.model.clone(),
            duration_ns: call.latency_ns,
            failed: call.error.is_some(),
            usage: call.token_usage.unwrap_or_default(),
            cost: call.cost_usd.unwrap_or_default(),
        }
    }
}

impl From<&ToolCall> for CallFacts {
    fn from(call: &ToolCall) -> Self {
        Self {
            kind: SpanKind::Tool,
            name: call.tool_name.clone(),
            duration_ns: call.duration_ns,
            failed: call.error.is_some(),
            usage: TokenUsage::default(),
            cost: NanoUsd::default(),
        }
    }
}

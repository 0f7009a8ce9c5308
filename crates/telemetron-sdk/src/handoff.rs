//! Handoffs: one agent passing work to another.

use serde::Serialize;
use telemetron_model::record::{Handoff, HandoffMode};
use telemetron_model::{RawJson, Timestamp};

use crate::core::{AgentRef, Scope, ids, json};

/// A handoff about to be sent.
#[must_use = "a handoff goes out with `send`"]
#[derive(Debug)]
pub struct HandoffBuilder {
    scope: Scope,
    from: AgentRef,
    to: AgentRef,
    reason: Option<String>,
    mode: Option<HandoffMode>,
    context: Option<RawJson>,
}

impl Scope {
    /// Work passed from one agent to another, to be described further and sent.
    pub fn handoff(&self, from: impl Into<AgentRef>, to: impl Into<AgentRef>) -> HandoffBuilder {
        HandoffBuilder::new(self, from.into(), to.into())
    }
}

impl HandoffBuilder {
    fn new(scope: &Scope, from: AgentRef, to: AgentRef) -> Self {
        Self {
            scope: scope.clone(),
            from,
            to,
            reason: None,
            mode: None,
            context: None,
        }
    }

    /// Why.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Whether the source expects the work back.
    pub const fn mode(mut self, mode: HandoffMode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// What is passed along.
    pub fn context(mut self, context: &(impl Serialize + ?Sized)) -> Self {
        self.context = json(context);
        self
    }

    /// Sends it.
    pub fn send(self) {
        let text = |id: Option<std::sync::Arc<str>>| id.map(|id| id.to_string());
        let trace = self.scope.trace();
        trace.collector.emit(Handoff {
            handoff_id: ids::text(),
            trace_id: trace.trace_id,
            span_id: self.scope.nearest_span().map(|span| span.span_id),
            source_agent_id: text(self.from.id),
            source_agent_name: Some(self.from.name.to_string()),
            target_agent_id: text(self.to.id),
            target_agent_name: self.to.name.to_string(),
            timestamp: Timestamp::now(),
            until: None,
            reason: self.reason,
            mode: self.mode,
            rule: None,
            context: self.context,
        });
    }
}

//! Where spans begin: in a scope.

use std::borrow::Cow;
use std::sync::Arc;

use telemetron_model::record::SpanKind;

use super::SpanGuard;
use crate::core::{AgentRef, Parent, Scope, SpanHead};

impl Scope {
    /// An agent at work. Its name, or a registered agent.
    pub fn agent(&self, agent: impl Into<AgentRef>) -> SpanGuard {
        let agent = agent.into();
        let name = Cow::Owned(agent.name.to_string());
        self.start(SpanKind::Agent, name, Some(agent))
    }

    /// A call of this model.
    pub fn llm(&self, model: impl Into<Cow<'static, str>>) -> SpanGuard {
        self.start(SpanKind::Llm, model.into(), None)
    }

    /// A call of this tool.
    pub fn tool(&self, tool: impl Into<Cow<'static, str>>) -> SpanGuard {
        self.start(SpanKind::Tool, tool.into(), None)
    }

    /// A search in this store of knowledge.
    pub fn retriever(&self, store: impl Into<Cow<'static, str>>) -> SpanGuard {
        self.start(SpanKind::Retriever, store.into(), None)
    }

    /// Any other step.
    pub fn chain(&self, step: impl Into<Cow<'static, str>>) -> SpanGuard {
        self.start(SpanKind::Chain, step.into(), None)
    }

    fn start(&self, kind: SpanKind, name: Cow<'static, str>, agent: Option<AgentRef>) -> SpanGuard {
        let (trace, parent) = (self.trace(), self.nearest_span());
        let agent = agent.or_else(|| parent.as_ref().and_then(|parent| parent.agent.clone()));
        trace.note_root_agent(parent.is_none(), agent.as_ref());
        let remote = || trace.remote_parent.as_ref();
        let parent = match parent {
            Some(parent) => Parent::Local(parent),
            None => remote().map_or(Parent::None, |remote| Parent::Remote(remote.span_id)),
        };
        let head = SpanHead::new(Arc::clone(trace), parent, name, kind, agent);
        SpanGuard::start(head)
    }
}

//! The registry of agents: who they are, that they live, and when they leave.

mod descriptor;
mod registry;
mod vitals;

use std::sync::Arc;

use telemetron_model::record::AgentStatus;

pub use descriptor::AgentDescriptor;
pub(crate) use registry::Registry;

use crate::collector::Shared;

/// An agent as spans and handoffs name it: by its name, and by its id when it is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentRef {
    pub(crate) id: Option<Arc<str>>,
    pub(crate) name: Arc<str>,
}

impl From<&str> for AgentRef {
    fn from(name: &str) -> Self {
        Self {
            id: None,
            name: name.into(),
        }
    }
}

impl From<String> for AgentRef {
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}

impl From<&RegisteredAgent> for AgentRef {
    fn from(agent: &RegisteredAgent) -> Self {
        agent.named.clone()
    }
}

/// An agent that is registered and sends heartbeats by itself. Dropping it unregisters it.
#[must_use = "dropping a registered agent unregisters it"]
#[derive(Debug)]
pub struct RegisteredAgent {
    collector: Arc<Shared>,
    named: AgentRef,
    agent_id: String,
}

impl RegisteredAgent {
    pub(crate) fn register(collector: Arc<Shared>, descriptor: AgentDescriptor) -> Self {
        let agent = descriptor.into_record(collector.instance());
        let registered = Self {
            named: AgentRef {
                id: Some(agent.agent_id.as_str().into()),
                name: agent.name.as_str().into(),
            },
            agent_id: agent.agent_id.clone(),
            collector,
        };
        registered.collector.emit(agent.clone());
        registered.collector.registry().add(agent);
        registered
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.agent_id
    }

    /// Says that it is well again.
    pub fn healthy(&self) {
        self.say(AgentStatus::Healthy, None);
    }

    /// Says that it is up and not well, and why.
    pub fn unhealthy(&self, reason: impl Into<String>) {
        self.say(AgentStatus::Unhealthy, Some(reason.into()));
    }

    /// Leaves, and says why.
    pub fn unregister(self, reason: impl Into<String>) {
        self.leave(reason.into());
    }

    fn say(&self, status: AgentStatus, reason: Option<String>) {
        let registry = self.collector.registry();
        if let Some(record) = registry.update(&self.agent_id, status, reason) {
            self.collector.emit(record);
        }
    }

    /// Does nothing the second time.
    fn leave(&self, reason: String) {
        let registry = self.collector.registry();
        if let Some(record) = registry.remove(&self.agent_id, reason) {
            self.collector.emit(record);
        }
    }
}

impl Drop for RegisteredAgent {
    fn drop(&mut self) {
        self.leave("its handle was dropped".to_owned());
    }
}

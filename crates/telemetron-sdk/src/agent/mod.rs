//! The registry of agents: who they are, that they live, and when they leave.

mod descriptor;

use std::sync::Arc;

use telemetron_model::record::AgentStatus;

pub use descriptor::AgentDescriptor;

use crate::Collector;
use crate::core::{AgentRef, Shared};

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

impl Collector {
    /// Registers an agent, which then sends heartbeats by itself.
    pub fn register(&self, agent: AgentDescriptor) -> RegisteredAgent {
        RegisteredAgent::register(self.shared(), agent)
    }
}

impl RegisteredAgent {
    fn register(collector: Arc<Shared>, descriptor: AgentDescriptor) -> Self {
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

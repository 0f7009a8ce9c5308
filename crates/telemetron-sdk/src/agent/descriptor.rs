//! How an agent describes itself.

use telemetron_model::Timestamp;
use telemetron_model::record::{Agent, AgentStatus};

/// An agent as it describes itself.
#[derive(Debug, Clone)]
pub struct AgentDescriptor {
    agent_id: Option<String>,
    name: String,
    description: Option<String>,
    capabilities: Vec<String>,
    models: Vec<String>,
    max_parallel_invocations: Option<i32>,
    deployment_name: Option<String>,
}

impl AgentDescriptor {
    /// An agent with this name. Its id is its name and its process, unless it has one of its own.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            agent_id: None,
            name: name.into(),
            description: None,
            capabilities: Vec::new(),
            models: Vec::new(),
            max_parallel_invocations: None,
            deployment_name: None,
        }
    }

    /// An id that it keeps over restarts.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.agent_id = Some(id.into());
        self
    }

    /// What it is for.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// One more thing it can do.
    #[must_use]
    pub fn capability(mut self, capability: impl Into<String>) -> Self {
        self.capabilities.push(capability.into());
        self
    }

    /// One more model it uses.
    #[must_use]
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.models.push(model.into());
        self
    }

    /// How many tasks it takes at once.
    #[must_use]
    pub const fn max_parallel(mut self, invocations: i32) -> Self {
        self.max_parallel_invocations = Some(invocations);
        self
    }

    /// The deployment it runs in.
    #[must_use]
    pub fn deployment(mut self, name: impl Into<String>) -> Self {
        self.deployment_name = Some(name.into());
        self
    }

    /// Its record at registration.
    pub(super) fn into_record(self, instance: &str) -> Agent {
        let now = Timestamp::now();
        let id = self.agent_id;
        Agent {
            agent_id: id.unwrap_or_else(|| format!("{}@{instance}", self.name)),
            name: self.name,
            description: self.description,
            capabilities: self.capabilities,
            models: self.models,
            max_parallel_invocations: self.max_parallel_invocations,
            deployment_name: self.deployment_name,
            instance: Some(instance.to_owned()),
            status: AgentStatus::Healthy,
            reason: None,
            registered_at: now,
            timestamp: now,
            vitals: None,
        }
    }
}

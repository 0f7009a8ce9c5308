//! The state of the whole system.

use serde::{Deserialize, Serialize};

use super::{AgentState, ModelState, QueueState, SourceState, SystemStatus, WorkloadState};
use telemetron_model::Rfc3339;

/// The state of the whole system at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SystemState {
    /// Stays the same as long as nothing but gauges and clocks moves.
    pub id: String,
    /// The agents, by name.
    pub agents: Vec<AgentState>,
    /// What runs in the cluster; the processes of agents where there is none.
    pub workload: Vec<WorkloadState>,
    /// What waits.
    pub queues: Vec<QueueState>,
    /// The models.
    pub litellm: Vec<ModelState>,
    /// When it was put together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated_at: Option<Rfc3339>,
    /// The cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_name: Option<String>,
    /// The namespace; left out when all are looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// How the system is, in one word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<SystemStatus>,
    /// Who told it, how fresh it is, and who is absent and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<SourceState>>,
}

/// One section of the state, and how fresh its sources are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Section<T> {
    /// What there is.
    pub items: Vec<T>,
    /// When it was put together.
    pub generated_at: Rfc3339,
    /// Who told it.
    pub sources: Vec<SourceState>,
}

impl SystemState {
    /// Exactly what the published schema names; it knows pods, and no processes.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.workload.retain(|workload| !workload.is_of_processes());
        for agent in &mut self.agents {
            agent.detail = None;
        }
        for workload in &mut self.workload {
            workload.detail = None;
            for pod in &mut workload.pods {
                pod.detail = None;
            }
        }
        for queue in &mut self.queues {
            queue.detail = None;
        }
        for model in &mut self.litellm {
            model.detail = None;
        }
        self.generated_at = None;
        self.cluster_name = None;
        self.namespace = None;
        self.status = None;
        self.sources = None;
        self
    }
}

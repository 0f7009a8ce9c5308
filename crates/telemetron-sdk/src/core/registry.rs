//! The agents of this process, and their heartbeats.

use std::sync::{Mutex, MutexGuard, PoisonError};

use telemetron_model::record::{Agent, AgentStatus};
use telemetron_model::{RawJson, Timestamp};

use super::Queue;
use super::vitals::Meter;

#[derive(Debug, Default)]
pub(crate) struct Registry {
    agents: Mutex<Vec<Agent>>,
    meter: Mutex<Meter>,
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, Vec<Agent>> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an agent; one of the same id is replaced.
    pub(crate) fn add(&self, agent: Agent) {
        let mut agents = self.lock();
        agents.retain(|known| known.agent_id != agent.agent_id);
        agents.push(agent);
    }

    /// Changes how an agent is; none when it has left.
    pub(crate) fn update(
        &self,
        agent_id: &str,
        status: AgentStatus,
        reason: Option<String>,
    ) -> Option<Agent> {
        let mut agents = self.lock();
        let agent = agents.iter_mut().find(|agent| agent.agent_id == agent_id)?;
        agent.status = status;
        agent.reason = reason;
        agent.timestamp = Timestamp::now();
        Some(agent.clone())
    }

    /// Takes an agent out; none when it has left already.
    pub(crate) fn remove(&self, agent_id: &str, reason: String) -> Option<Agent> {
        let mut agents = self.lock();
        let place = agents.iter().position(|agent| agent.agent_id == agent_id)?;
        Some(left(agents.remove(place), reason))
    }

    /// Takes all agents out.
    pub(crate) fn remove_all(&self, reason: &str) -> Vec<Agent> {
        let agents = std::mem::take(&mut *self.lock());
        let left = agents.into_iter().map(|agent| left(agent, reason.into()));
        left.collect()
    }

    /// A heartbeat of every agent, with the figures of the process.
    pub(crate) fn heartbeats(&self, queue: &Queue) -> Vec<Agent> {
        let agents = self.lock().clone();
        if agents.is_empty() {
            return agents;
        }
        let mut meter = self.meter.lock().unwrap_or_else(PoisonError::into_inner);
        let vitals = RawJson::of(&meter.read(queue));
        drop(meter);
        let now = Timestamp::now();
        let beat = |agent| Agent {
            timestamp: now,
            vitals: vitals.clone(),
            ..agent
        };
        agents.into_iter().map(beat).collect()
    }
}

fn left(agent: Agent, reason: String) -> Agent {
    Agent {
        status: AgentStatus::Unregistered,
        reason: Some(reason),
        timestamp: Timestamp::now(),
        ..agent
    }
}

//! Agents: who they are and how they are.

use serde::{Deserialize, Serialize};

use crate::json::RawJson;
use crate::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// How an agent is, by its own word.
    pub enum AgentStatus {
        /// At work or ready for it.
        Healthy = 1 => "healthy",
        /// Up, and not well.
        Unhealthy = 2 => "unhealthy",
        /// Gone on purpose.
        Unregistered = 3 => "unregistered",
    }
}

/// An agent as it describes itself: at registration, in each heartbeat, and when it leaves.
///
/// Every record is whole, so that the latest is all one needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agent {
    /// Its id.
    pub agent_id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it can do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// The models it uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// How many tasks it takes at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_parallel_invocations: Option<i32>,
    /// The deployment it runs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_name: Option<String>,
    /// The process: pod or host and pid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// How it is.
    pub status: AgentStatus,
    /// Why it is so, or why it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it registered.
    pub registered_at: Timestamp,
    /// When this was said.
    pub timestamp: Timestamp,
    /// Process figures of a heartbeat, as an object: CPU, memory, queue depths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vitals: Option<RawJson>,
}

//! Agents: who they are, and what they are at work on.

use serde::{Deserialize, Serialize};

use telemetron_model::Rfc3339;
use telemetron_model::text_enum;

/// One agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentState {
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How many tasks it takes at once, all its instances together; 0 when nobody says: no limit is
    /// known then.
    #[serde(default)]
    pub max_parallel_invocations: i64,
    /// The deployment it runs in; `unknown` when nobody says.
    pub deployment_name: String,
    /// The models it uses, by its own word or as its calls show.
    pub models: Vec<String>,
    /// What it is at work on.
    pub activity: Activity,
    /// What is known beyond the published schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<AgentDetail>,
}

impl AgentState {
    /// The name of the deployment of an agent that nobody says one of.
    pub const NOWHERE: &str = "unknown";

    /// How many tasks it takes at once, where somebody says.
    pub fn room(&self) -> Option<i64> {
        Some(self.max_parallel_invocations).filter(|most| *most > 0)
    }

    /// The deployment it runs in, where somebody says.
    pub fn deployment(&self) -> Option<&str> {
        let known = self.deployment_name.as_str();
        Some(known).filter(|name| !name.is_empty() && *name != Self::NOWHERE)
    }
}

/// What an agent is at work on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activity {
    /// Its tasks that run or wait, and its running agent spans.
    pub active_task_ids: Vec<ActiveTask>,
    /// When the agent last changed, as far as was looked.
    pub updated_at: Rfc3339,
}

/// One thing that an agent is at work on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActiveTask {
    /// The task, or `TRACE/SPAN` for a running agent span that is part of no known task.
    pub id: String,
    /// When work on it began.
    pub started_on: Rfc3339,
    /// How far it is.
    pub status: ActivityStatus,
}

text_enum! {
    /// How far work is.
    pub enum ActivityStatus {
        /// Being worked on.
        Running = 1 => "running",
        /// Begun, and waiting for something.
        Waiting = 2 => "waiting",
        /// Done.
        Completed = 3 => "completed",
        /// Not done, for a reason.
        Failed = 4 => "failed",
    }
}

text_enum! {
    /// How an agent became known.
    pub enum AgentOrigin {
        /// It registered.
        Registered = 1 => "registered",
        /// Its spans name it.
        Telemetry = 2 => "telemetry",
        /// A deployment carries its label.
        Labeled = 3 => "labeled",
    }
}

/// What is known of an agent beyond the published schema.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentDetail {
    /// How it became known.
    pub origins: Vec<AgentOrigin>,
    /// Processes it runs in.
    pub instances: Vec<String>,
    /// How it is, by its own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Why it is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its latest heartbeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_at: Option<Rfc3339>,
    /// The minute in which it last began something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_active_at: Option<Rfc3339>,
}

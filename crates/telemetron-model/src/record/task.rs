//! Tasks: work that waits in a queue, runs, and ends.

use serde::{Deserialize, Serialize};

use crate::id::TraceId;
use crate::json::RawJson;
use crate::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// How far a task is. The order is the order in which the fold prefers them.
    pub enum TaskStatus {
        /// In the queue.
        Submitted = 1 => "submitted",
        /// Being worked on.
        Running = 2 => "running",
        /// Begun, and waiting for something.
        Waiting = 3 => "waiting",
        /// Done.
        Completed = 4 => "completed",
        /// Not done, for a reason.
        Failed = 5 => "failed",
    }
}

text_enum! {
    /// How urgent a task is.
    pub enum Priority {
        /// May wait.
        Low = 1 => "low",
        /// As usual.
        Normal = 2 => "normal",
        /// Before the usual.
        High = 3 => "high",
        /// Before all.
        Critical = 4 => "critical",
    }
}

/// A task as it is now. Every record is whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub task_id: String,
    /// The queue it waits in.
    pub queue: String,
    /// How far it is.
    pub status: TaskStatus,
    /// How urgent; `normal` when it does not say.
    #[serde(default = "normal")]
    pub priority: Priority,
    /// The agent that works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// That agent's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<String>,
    /// The trace it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<TraceId>,
    /// Who asked for it: an agent, a task or a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<String>,
    /// The task that must end first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<String>,
    /// What is to be done, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// What is to be done, as data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<RawJson>,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When work on it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When this was said.
    pub timestamp: Timestamp,
}

const fn normal() -> Priority {
    Priority::Normal
}

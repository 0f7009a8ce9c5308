//! Queues: work that waits.

use serde::{Deserialize, Serialize};

use telemetron_model::RawJson;
use telemetron_model::Rfc3339;
use telemetron_model::record::Priority;

/// One queue of tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueState {
    /// Its name.
    pub name: String,
    /// The tasks that wait in it, the most urgent and oldest first.
    pub tasks: Vec<QueuedTask>,
    /// When it last changed, as far as was looked.
    pub updated_at: Rfc3339,
    /// What is known beyond the published schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<QueueDetail>,
}

/// One task that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueuedTask {
    /// Its id.
    pub id: String,
    /// Who asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<String>,
    /// How urgent it is, and what holds it up.
    pub priority: TaskPriority,
    /// What is to be done, in words; the head of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// What is to be done, as data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub args: Option<RawJson>,
    /// When it was submitted.
    pub submitted_at: Rfc3339,
}

/// How urgent a task is, and what holds it up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskPriority {
    /// How urgent.
    pub level: Priority,
    /// The task that must end first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_task: Option<String>,
    /// Minutes since it was submitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since_mins: Option<f64>,
}

/// What is known of a queue beyond the published schema.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueDetail {
    /// Tasks that wait, those that are not listed included.
    pub waiting: i64,
    /// Tasks being worked on.
    pub running: i64,
    /// The Kafka topic behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Records of that topic which nobody has read yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<i64>,
    /// The consumer groups that read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

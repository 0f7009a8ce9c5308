//! Sources: who told what the state says, when, and who did not.

use serde::{Deserialize, Serialize};

use telemetron_model::Rfc3339;
use telemetron_model::text_enum;

text_enum! {
    /// Who is asked.
    pub enum SourceName {
        /// Agents, tasks, spans and roll-ups of our own store.
        Telemetry = 1 => "telemetry",
        /// What recent traces look like.
        Traces = 2 => "traces",
        /// Lag and task topics.
        Kafka = 3 => "kafka",
        /// The Kubernetes API.
        Kubernetes = 4 => "kubernetes",
        /// The LiteLLM proxy.
        LiteLlm = 5 => "litellm",
        /// Ollama.
        Ollama = 6 => "ollama",
    }
}

text_enum! {
    /// Whether a source tells.
    pub enum SourceStatus {
        /// It told within its time.
        Fresh = 1 => "fresh",
        /// It fails now; what it told last still stands.
        Stale = 2 => "stale",
        /// It is not there, and says nothing.
        Absent = 3 => "absent",
        /// It was not asked to the end yet.
        Starting = 4 => "starting",
    }
}

text_enum! {
    /// How the system is, in one word.
    pub enum SystemStatus {
        /// Nothing is wrong.
        Healthy = 1 => "healthy",
        /// Something deserves a look.
        Degraded = 2 => "degraded",
        /// Something is broken.
        Critical = 3 => "critical",
    }
}

/// One source, and how fresh it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SourceState {
    /// Who.
    pub name: SourceName,
    /// Whether it tells.
    pub status: SourceStatus,
    /// Whether anybody wants it asked: false where it is switched off, or nobody says where it is.
    #[serde(default = "wanted")]
    pub configured: bool,
    /// When it told last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Rfc3339>,
    /// How long that is ago, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_seconds: Option<f64>,
    /// How long it took to tell, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<f64>,
    /// Why it does not tell, or not all, and what would change that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Sources of states that were remembered before this was told were all wanted.
const fn wanted() -> bool {
    true
}

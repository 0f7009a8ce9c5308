//! Settings of the Oracle: whom it asks, how often, and how long it remembers.

use std::time::Duration;

use clap::ValueEnum;
use secrecy::SecretString;

use crate::Thresholds;

/// Whom the Oracle asks, how often, and how long it remembers.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Oracle")]
pub struct OracleConfig {
    /// Which agents there are: those of a labelled deployment, those that registered or appear in
    /// spans, all of them and every deployment, or all that are known to be agents
    #[arg(
        long = "oracle-discovery",
        env = "ORACLE_DISCOVERY",
        default_value = "auto"
    )]
    pub discovery: Discovery,

    /// Whether Kubernetes is asked: if there is one, or never
    #[arg(
        long = "oracle-kubernetes",
        env = "ORACLE_KUBERNETES",
        default_value = "auto"
    )]
    pub kubernetes: Switch,

    /// The namespace to look at; all of them when absent
    #[arg(long = "oracle-namespace", env = "ORACLE_NAMESPACE")]
    pub namespace: Option<String>,

    /// The label by which a deployment names its agent
    #[arg(
        long = "oracle-agent-label",
        env = "ORACLE_AGENT_LABEL",
        default_value = "telemetron.io/agent"
    )]
    pub agent_label: String,

    /// What the cluster is called; the name in its kubeconfig when absent
    #[arg(long, env = "CLUSTER_NAME")]
    pub cluster_name: Option<String>,

    /// Base URL of a LiteLLM proxy; it is not asked when absent
    #[arg(long, env = "LITELLM_BASE_URL")]
    pub litellm_base_url: Option<String>,

    /// Key of the LiteLLM proxy
    #[arg(long, env = "LITELLM_API_KEY", hide_env_values = true)]
    pub litellm_api_key: Option<SecretString>,

    /// Base URL of Ollama; `none` asks nobody
    #[arg(
        long,
        env = "OLLAMA_BASE_URL",
        default_value = "http://localhost:11434"
    )]
    pub ollama_base_url: String,

    /// Topics that hold tasks begin with this
    #[arg(
        long = "oracle-task-topics",
        env = "ORACLE_TASK_TOPICS",
        default_value = "agent-queue-"
    )]
    pub task_topics: String,

    /// Milliseconds between two looks at agents, tasks and running spans
    #[arg(long = "oracle-interval-ms", env = "ORACLE_INTERVAL_MS", default_value = "2000", value_parser = millis)]
    pub interval_ms: Duration,

    /// Longest a source may take to tell, in milliseconds
    #[arg(long = "oracle-timeout-ms", env = "ORACLE_TIMEOUT_MS", default_value = "5000", value_parser = millis)]
    pub timeout_ms: Duration,

    /// Days for which snapshots and the life of issues are kept
    #[arg(
        long = "oracle-history-days",
        env = "ORACLE_HISTORY_DAYS",
        default_value_t = 7
    )]
    pub history_days: u32,

    /// Fewest seconds between two snapshots, unless an issue opens or closes
    #[arg(
        long = "oracle-snapshot-seconds",
        env = "ORACLE_SNAPSHOT_SECONDS",
        default_value_t = 10
    )]
    pub snapshot_seconds: u32,

    /// When something is an issue.
    #[command(flatten)]
    pub thresholds: Thresholds,
}

/// Which agents there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Discovery {
    /// Those of a deployment that carries the label.
    Labeled,
    /// Those that are known at all, and every deployment.
    All,
    /// Those that registered or appear in spans.
    Telemetry,
    /// Those that are known to be agents, however they became known.
    Auto,
}

/// Whether something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// If it is there.
    Auto,
    /// Never.
    Off,
}

impl OracleConfig {
    /// How long is remembered, in nanoseconds.
    pub(crate) const fn history_ns(&self) -> i64 {
        self.history_days as i64 * 86_400_000_000_000
    }
}

impl Default for OracleConfig {
    fn default() -> Self {
        Self {
            discovery: Discovery::Auto,
            kubernetes: Switch::Auto,
            namespace: None,
            agent_label: "telemetron.io/agent".to_owned(),
            cluster_name: None,
            litellm_base_url: None,
            litellm_api_key: None,
            ollama_base_url: "http://localhost:11434".to_owned(),
            task_topics: "agent-queue-".to_owned(),
            interval_ms: Duration::from_secs(2),
            timeout_ms: Duration::from_secs(5),
            history_days: 7,
            snapshot_seconds: 10,
            thresholds: Thresholds::default(),
        }
    }
}

fn millis(text: &str) -> Result<Duration, String> {
    let millis = text.parse().ok().filter(|millis| *millis > 0);
    let millis = millis.map(Duration::from_millis);
    millis.ok_or_else(|| format!("`{text}` is not a number of milliseconds above 0"))
}

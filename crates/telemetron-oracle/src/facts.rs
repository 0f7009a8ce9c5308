//! What the sources told, as they told it; the state and the issues are made from this alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use telemetron_model::{Timestamp, TraceId};
use telemetron_store::read::metrics::Metrics;
use telemetron_store::read::oracle::agents::{Registered, SeenAgent};
use telemetron_store::read::oracle::failures::{FailedSpan, RetriesExhausted};
use telemetron_store::read::oracle::handoffs::RecentHandoff;
use telemetron_store::read::oracle::ingest::RejectedRecords;
use telemetron_store::read::oracle::loops::Repeated;
use telemetron_store::read::oracle::models::FullestCall;
use telemetron_store::read::oracle::orphans::Orphans;
use telemetron_store::read::oracle::running::RunningSpan;
use telemetron_store::read::oracle::tasks::{QueueCount, TaskRow};
use telemetron_view::oracle::{QueuedTask, SourceState, SourceStatus, WorkloadState};

/// What every source told last; nothing of a source that is absent.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// When they were put together.
    pub(crate) now: Timestamp,
    /// Agents, tasks and running spans.
    pub(crate) telemetry: Option<Arc<Telemetry>>,
    /// Recent traces.
    pub(crate) traces: Option<Arc<Traces>>,
    /// Kafka.
    pub(crate) kafka: Option<Arc<Lags>>,
    /// Kubernetes.
    pub(crate) cluster: Option<Arc<Cluster>>,
    /// The LiteLLM proxy.
    pub(crate) proxy: Option<Arc<Vec<KnownModel>>>,
    /// Ollama.
    pub(crate) ollama: Option<Arc<Vec<KnownModel>>>,
    /// Who told, and who did not.
    pub(crate) sources: Vec<SourceState>,
}

/// Agents, tasks and running spans.
#[derive(Debug, Clone, Default)]
pub(crate) struct Telemetry {
    /// Agents that registered.
    pub(crate) registered: Vec<Registered>,
    /// Agents that spans name.
    pub(crate) seen: Vec<SeenAgent>,
    /// Tasks that did not end.
    pub(crate) open: Vec<TaskRow>,
    /// Tasks that ended lately.
    pub(crate) ended: Vec<TaskRow>,
    /// Tasks that others wait for, whatever became of them.
    pub(crate) blockers: Vec<TaskRow>,
    /// Tasks of each queue.
    pub(crate) counts: Vec<QueueCount>,
    /// When the traces of open tasks were heard of last.
    pub(crate) heard: BTreeMap<TraceId, Timestamp>,
    /// Spans that run.
    pub(crate) running: Vec<RunningSpan>,
    /// Tokens and requests of the last minute, by model.
    pub(crate) usage: BTreeMap<String, Usage>,
}

/// What a model took in the last minute.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Usage {
    /// Tokens.
    pub(crate) tokens: f64,
    /// Requests.
    pub(crate) requests: f64,
}

/// What recent traces look like.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traces {
    /// Their handoffs, by trace and time.
    pub(crate) handoffs: Vec<RecentHandoff>,
    /// Tools that were called again and again.
    pub(crate) repeated: Vec<Repeated>,
    /// Spans that failed.
    pub(crate) failures: Vec<FailedSpan>,
    /// What was tried too often.
    pub(crate) exhausted: Vec<RetriesExhausted>,
    /// Spans without their parents.
    pub(crate) orphans: Vec<Orphans>,
    /// The fullest call of each model.
    pub(crate) fullest: Vec<FullestCall>,
    /// Records that could not be read.
    pub(crate) rejected: Vec<RejectedRecords>,
    /// The sums of the last minutes.
    pub(crate) lately: Metrics,
    /// The sums of the hour before them.
    pub(crate) before: Metrics,
    /// The sums of the last hours: how long operations take.
    pub(crate) usually: Metrics,
    /// How many minutes `lately` covers.
    pub(crate) lately_minutes: i64,
    /// How many minutes `before` covers.
    pub(crate) before_minutes: i64,
}

/// What waits to be stored, as whoever answers how fresh answers are knows it. There is one who
/// looks: two would tell two stories.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Waiting {
    /// Records that wait.
    pub records: i64,
    /// The oldest of them came to the broker then, or earlier it cannot have come.
    pub since: Option<Timestamp>,
    /// The topic with most of them.
    pub topic: Option<String>,
}

/// What waits in Kafka.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lags {
    /// What waits to be stored, where that can be told.
    pub(crate) ingest: Option<Waiting>,
    /// Why it cannot be told.
    pub(crate) lacks: Option<String>,
    /// Task topics.
    pub(crate) topics: Vec<TaskTopic>,
}

/// A topic that holds tasks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TaskTopic {
    /// Its name.
    pub(crate) topic: String,
    /// The queue, which is its name without the prefix.
    pub(crate) queue: String,
    /// Records that no group has read; all of them when no group reads it.
    pub(crate) lag: i64,
    /// The groups that read it.
    pub(crate) groups: Vec<String>,
    /// The oldest of these records, as tasks.
    pub(crate) tasks: Vec<QueuedTask>,
    /// Records among them that are no tasks.
    pub(crate) unreadable: i64,
}

/// What runs in the cluster.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cluster {
    /// What it is called.
    pub(crate) name: Option<String>,
    /// Deployments and stateful sets, and pods that belong to neither.
    pub(crate) workload: Vec<WorkloadState>,
    /// What it does not let us see, and why.
    pub(crate) lacks: Option<String>,
}

/// A model as a proxy or server knows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct KnownModel {
    /// Its name, as agents ask for it.
    pub(crate) model: String,
    /// Its name, as its provider knows it.
    pub(crate) upstream: Option<String>,
    /// Who runs it.
    pub(crate) provider: Option<String>,
    /// Most tokens a minute.
    pub(crate) tpm_max: Option<f64>,
    /// Most requests a minute.
    pub(crate) rpm_max: Option<f64>,
    /// What went through the proxy in the last minute.
    pub(crate) usage: Option<Usage>,
    /// Most tokens that go in.
    pub(crate) input_context: Option<i64>,
    /// Most tokens that come out.
    pub(crate) output_context: Option<i64>,
    /// Length of its vectors.
    pub(crate) output_dim: Option<i64>,
    /// What it takes.
    pub(crate) input_types: Vec<String>,
    /// What it gives.
    pub(crate) output_types: Vec<String>,
    /// Whether using it costs anything; nobody says when absent.
    pub(crate) priced: Option<bool>,
    /// Dollars spent.
    pub(crate) spend_usd: Option<f64>,
    /// Dollars that are left of a budget.
    pub(crate) budget_left: Option<f64>,
    /// Bytes in the memory of its server.
    pub(crate) loaded_bytes: Option<i64>,
}

impl Facts {
    /// Nothing, told by nobody yet.
    pub(crate) fn none(now: Timestamp) -> Self {
        Self {
            now,
            telemetry: None,
            traces: None,
            kafka: None,
            cluster: None,
            proxy: None,
            ollama: None,
            sources: Vec::new(),
        }
    }

    /// Whether every source was asked to the end at least once.
    pub(crate) fn is_warm(&self) -> bool {
        !self.sources.is_empty()
            && self
                .sources
                .iter()
                .all(|source| source.status != SourceStatus::Starting)
    }
}

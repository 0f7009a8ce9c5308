//! The state of the system at one moment: the state and the issues, and the bytes that are asked for again and again.

use std::sync::OnceLock;

use bytes::Bytes;
use telemetron_model::Timestamp;
use telemetron_store::memory::Snapshot;
use telemetron_view::oracle::{Issue, IssueReport, SourceState, SystemState, SystemStatus, shape};

use crate::text;

/// State and issues at one moment.
#[derive(Debug)]
pub struct SystemSnapshot {
    /// The state.
    pub state: SystemState,
    /// What is wrong, the worst and oldest first.
    pub issues: Vec<Issue>,
    /// Whether every source was asked to the end at least once.
    pub warm: bool,
    /// When it was put together.
    pub at: Timestamp,
    json: OnceLock<Bytes>,
    strict: OnceLock<Bytes>,
    log: OnceLock<Bytes>,
    summary: OnceLock<Bytes>,
}

impl SystemSnapshot {
    /// A state and its issues.
    pub(crate) fn new(state: SystemState, issues: Vec<Issue>, warm: bool, at: Timestamp) -> Self {
        Self {
            state,
            issues,
            warm,
            at,
            json: OnceLock::new(),
            strict: OnceLock::new(),
            log: OnceLock::new(),
            summary: OnceLock::new(),
        }
    }

    /// What another process knew.
    pub(crate) fn of(snapshot: Snapshot, warm: bool) -> Self {
        Self::new(snapshot.state, snapshot.issues, warm, snapshot.taken_at)
    }

    /// Nothing at all.
    pub(crate) fn starting() -> Self {
        let state = SystemState {
            id: String::new(),
            agents: Vec::new(),
            workload: Vec::new(),
            queues: Vec::new(),
            litellm: Vec::new(),
            generated_at: None,
            cluster_name: None,
            namespace: None,
            status: None,
            sources: None,
        };
        Self::new(state, Vec::new(), false, Timestamp::now())
    }

    /// The same as the memory would hold it.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            taken_at: self.at,
            shape: shape(&self.state),
            state: self.state.clone(),
            issues: self.issues.clone(),
        }
    }

    /// The state as JSON, written once.
    pub fn json(&self) -> Bytes {
        self.json.get_or_init(|| written(&self.state)).clone()
    }

    /// The state as JSON with exactly the published fields, written once.
    pub fn strict_json(&self) -> Bytes {
        let strict = || written(&self.state.clone().strict());
        self.strict.get_or_init(strict).clone()
    }

    /// All of it as text, written once.
    pub fn log(&self) -> Bytes {
        let log = || Bytes::from(text::log(&self.state, &self.issues));
        self.log.get_or_init(log).clone()
    }

    /// The counts, the issues and who does not tell, as text, written once.
    pub fn summary(&self) -> Bytes {
        let summary = || Bytes::from(text::summary(&self.state, &self.issues));
        self.summary.get_or_init(summary).clone()
    }

    /// Who told it.
    pub fn sources(&self) -> &[SourceState] {
        self.state.sources.as_deref().unwrap_or_default()
    }

    /// What is wrong, as it is answered.
    pub fn report(&self) -> IssueReport {
        IssueReport {
            status: SystemStatus::of(&self.issues),
            issues: self.issues.clone(),
            generated_at: self.at.into(),
            sources: self.sources().to_vec(),
        }
    }
}

fn written(state: &SystemState) -> Bytes {
    // The types hold nothing that JSON cannot.
    Bytes::from(serde_json::to_vec(state).unwrap_or_default())
}

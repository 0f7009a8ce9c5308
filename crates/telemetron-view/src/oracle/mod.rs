//! The state of the whole system, what is wrong with it, and what changed (contract §7).
//!
//! The fields of the published schema stand in these types; what we know beyond it stands in
//! `detail`, which [`SystemState::strict`] takes away. Optional fields are left out, never null.

mod agent;
mod diff;
mod history;
mod issue;
mod llm;
mod queue;
mod source;
mod state;
mod workload;

pub use agent::{ActiveTask, Activity, ActivityStatus, AgentDetail, AgentOrigin, AgentState};
pub use diff::{Change, ChangeKind, diff, shape};
pub use history::{DiffReport, HistoryEntry, IssueChange, TimelineItem};
pub use issue::{
    Evidence, EvidenceKind, Issue, IssueKind, IssueReport, NextCall, SubjectKind, Unchecked,
};
pub use llm::{ModelDetail, ModelState, PaymentType};
pub use queue::{QueueDetail, QueueState, QueuedTask, TaskPriority};
pub use source::{SourceName, SourceState, SourceStatus, SystemStatus};
pub use state::{Section, SystemState};
pub use workload::{
    Autoscaler, ContainerState, LiveState, OwnerKind, PodDetail, PodPhase, PodState, Termination,
    WorkloadDetail, WorkloadState,
};

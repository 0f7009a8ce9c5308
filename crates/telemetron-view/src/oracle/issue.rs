//! Issues: what is wrong now, since when, and what to look at next.

use serde::{Deserialize, Serialize};

use super::{SourceName, SourceState, SystemStatus};
use crate::Next;
use telemetron_model::Rfc3339;
use telemetron_model::record::Severity;
use telemetron_model::text_enum;

text_enum! {
    /// What sort of thing is wrong.
    pub enum IssueKind {
        /// A task failed.
        FailedTask = 1 => "failed_task",
        /// A task runs far longer than tasks do.
        StuckTask = 2 => "stuck_task",
        /// A task waits too long for its urgency.
        WaitingTask = 3 => "waiting_task",
        /// A task waits for one that has failed, is gone, or has not moved for long.
        BlockedTask = 4 => "blocked_task",
        /// An agent has more in hand than it takes.
        OverloadedAgent = 5 => "overloaded_agent",
        /// A registered agent is not heard of.
        SilentAgent = 6 => "silent_agent",
        /// An agent says itself that it is not well.
        UnhealthyAgent = 7 => "unhealthy_agent",
        /// A span runs far longer than its operation does.
        StuckSpan = 8 => "stuck_span",
        /// Agents wait for each other.
        Deadlock = 9 => "deadlock",
        /// A pod cannot start.
        PodPending = 10 => "pod_pending",
        /// A pod failed.
        PodFailed = 11 => "pod_failed",
        /// A container is started again and again.
        PodCrashLoop = 12 => "pod_crash_loop",
        /// A container was killed for its memory.
        PodOomKilled = 13 => "pod_oom_killed",
        /// A rollout does not go on.
        RolloutStalled = 14 => "rollout_stalled",
        /// A model is near its limit of tokens or requests.
        ModelNearLimit = 15 => "model_near_limit",
        /// Calls of a model are refused for their rate.
        RateLimited = 16 => "rate_limited",
        /// A context window is full, or nearly.
        ContextExhausted = 17 => "context_exhausted",
        /// More of something fails than before.
        ErrorRateJump = 18 => "error_rate_jump",
        /// Something takes longer than before.
        LatencyJump = 19 => "latency_jump",
        /// More is spent than before.
        CostJump = 20 => "cost_jump",
        /// Two agents pass the same work to and fro.
        HandoffLoop = 21 => "handoff_loop",
        /// The same tool is called with the same arguments again and again.
        ToolLoop = 22 => "tool_loop",
        /// Spans whose parent never came.
        OrphanSpans = 23 => "orphan_spans",
        /// Something was tried as often as it may be, and still failed.
        RetriesExhausted = 24 => "retries_exhausted",
        /// Records wait long to be stored.
        IngestionLag = 25 => "ingestion_lag",
        /// Records that cannot be read.
        PoisonRecords = 26 => "poison_records",
        /// A task topic is read more slowly than it is written.
        ConsumerLag = 27 => "consumer_lag",
        /// A pod runs and takes no work.
        PodNotReady = 28 => "pod_not_ready",
    }
}

text_enum! {
    /// What an issue concerns.
    pub enum SubjectKind {
        /// An agent, by name.
        Agent = 1 => "agent",
        /// A task.
        Task = 2 => "task",
        /// A queue or its topic.
        Queue = 3 => "queue",
        /// A pod.
        Pod = 4 => "pod",
        /// A deployment.
        Deployment = 5 => "deployment",
        /// A model.
        Model = 6 => "model",
        /// A tool.
        Tool = 7 => "tool",
        /// A trace.
        Trace = 8 => "trace",
        /// A Kafka topic.
        Topic = 9 => "topic",
        /// The system as a whole.
        System = 10 => "system",
    }
}

text_enum! {
    /// What an id of the evidence names.
    pub enum EvidenceKind {
        /// A trace.
        Trace = 1 => "trace",
        /// A span, as `TRACE/SPAN`.
        Span = 2 => "span",
        /// A task.
        Task = 3 => "task",
        /// An agent.
        Agent = 4 => "agent",
        /// A pod.
        Pod = 5 => "pod",
        /// A model.
        Model = 6 => "model",
        /// A handoff, as `TRACE/HANDOFF`.
        Handoff = 7 => "handoff",
        /// A dead letter.
        DeadLetter = 8 => "dead_letter",
        /// A Kafka topic.
        Topic = 9 => "topic",
        /// An event.
        Event = 10 => "event",
        /// A tool.
        Tool = 11 => "tool",
        /// A deployment, or what else holds pods together.
        Deployment = 12 => "deployment",
        /// A queue of tasks.
        Queue = 13 => "queue",
    }
}

/// One thing to follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evidence {
    /// What it names.
    pub kind: EvidenceKind,
    /// Its id.
    pub id: String,
}

/// The call that tells more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NextCall {
    /// Path and query on this API, written so that it can be called as it stands.
    pub call: String,
    /// What it tells.
    pub why: String,
    /// What `call` asks, for programs; absent from what older versions stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<Next>,
}

impl NextCall {
    /// A question, and what its answer tells.
    pub fn new(asks: Next, why: impl Into<String>) -> Self {
        Self {
            call: asks.to_string(),
            why: why.into(),
            asks: Some(asks),
        }
    }
}

/// Why nobody can tell now whether an issue still stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unchecked {
    /// Who would know and does not tell.
    pub source: SourceName,
    /// Since when.
    pub since: Rfc3339,
    /// Why it does not tell.
    pub why: String,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Issue {
    /// The same as long as the same thing is wrong: `KIND:SUBJECT`.
    pub id: String,
    /// What sort of thing is wrong.
    pub kind: IssueKind,
    /// How bad it is.
    pub severity: Severity,
    /// What it concerns.
    pub subject_kind: SubjectKind,
    /// Which of them.
    pub subject: String,
    /// What is wrong, in one sentence with numbers.
    pub summary: String,
    /// When it began, as far as the evidence tells.
    pub since: Rfc3339,
    /// When it was noticed first.
    pub first_seen: Rfc3339,
    /// When it was noticed last.
    pub last_seen: Rfc3339,
    /// What to follow.
    pub evidence: Vec<Evidence>,
    /// What to look at next.
    pub next: NextCall,
    /// Who told it: without them nobody knows whether it still stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceName>,
    /// Why nobody knows that now. An issue that is open stands as it was noticed last; one that is
    /// resolved was given up for this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchecked: Option<Unchecked>,
}

/// Everything that is wrong now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssueReport {
    /// How the system is, in one word.
    pub status: SystemStatus,
    /// The issues, the worst and oldest first.
    pub issues: Vec<Issue>,
    /// When it was looked.
    pub generated_at: Rfc3339,
    /// Who was asked; what an absent source would know, no issue tells.
    pub sources: Vec<SourceState>,
}

impl IssueKind {
    /// The source that tells of such issues; some take another one as well (`Issue::sources`).
    pub const fn source(self) -> SourceName {
        match self {
            Self::PodPending
            | Self::PodFailed
            | Self::PodCrashLoop
            | Self::PodOomKilled
            | Self::PodNotReady
            | Self::RolloutStalled => SourceName::Kubernetes,
            Self::IngestionLag | Self::ConsumerLag => SourceName::Kafka,
            Self::RateLimited
            | Self::ContextExhausted
            | Self::ErrorRateJump
            | Self::LatencyJump
            | Self::CostJump
            | Self::HandoffLoop
            | Self::ToolLoop
            | Self::OrphanSpans
            | Self::RetriesExhausted
            | Self::PoisonRecords
            | Self::Deadlock
            | Self::StuckSpan => SourceName::Traces,
            Self::FailedTask
            | Self::StuckTask
            | Self::WaitingTask
            | Self::BlockedTask
            | Self::OverloadedAgent
            | Self::SilentAgent
            | Self::UnhealthyAgent
            | Self::ModelNearLimit => SourceName::Telemetry,
        }
    }
}

impl SystemStatus {
    /// How a system with these issues is.
    pub fn of(issues: &[Issue]) -> Self {
        match issues.iter().map(|issue| issue.severity).max() {
            Some(Severity::Critical | Severity::Error) => Self::Critical,
            Some(Severity::Warning) => Self::Degraded,
            Some(Severity::Info | Severity::Debug) | None => Self::Healthy,
        }
    }
}

//! States and failures, built by hand.

use telemetron_model::Timestamp;
use telemetron_model::record::SpanKind::{Agent, Llm, Tool};
use telemetron_model::record::{Resource, Severity};
use telemetron_store::memory::Snapshot;
use telemetron_store::read::whole::{Vicinity, WholeTrace};
use telemetron_view::oracle::{
    ContainerState, Issue, IssueKind, LiveState, ModelState, NextCall, OwnerKind, PodDetail,
    PodPhase, PodState, QueueDetail, QueueState, SourceName, SourceState, SourceStatus,
    SubjectKind, SystemState, Termination, WorkloadDetail, WorkloadState,
};
use telemetron_view::{Cause, Diagnosis, FindingKind, Next};

use crate::testing::{Described, at, span, trace};
use crate::{Memory, StoredContext, diagnose};

/// A minute after the start of the trace: the moment at which it fails.
pub(super) const FAILED: i64 = 60_000;

/// A tool of coder that fails after a minute, having run for a second.
pub(super) fn failed_tool() -> WholeTrace {
    trace(vec![
        span(1, 0, Agent, 0, FAILED)
            .agent("coder")
            .fails("ConnectionError", "connection reset"),
        span(2, 1, Tool, FAILED - 1_000, FAILED)
            .agent("coder")
            .tool("build")
            .fails("ConnectionError", "connection reset"),
    ])
}

/// A call of gpt-5 that fails after a minute.
pub(super) fn failed_call(kind: &str, message: &str) -> WholeTrace {
    let mut call = span(2, 1, Llm, FAILED - 1_000, FAILED)
        .agent("coder")
        .fails(kind, message);
    call.model = Some("gpt-5".to_owned());
    let root = span(1, 0, Agent, 0, FAILED).agent("coder");
    trace(vec![root.fails(kind, message), call])
}

/// A tool of coder that began and was never heard of again.
pub(super) fn silent_tool() -> WholeTrace {
    let mut trace = trace(vec![
        span(1, 0, Agent, 0, 0).agent("coder").runs(),
        span(2, 1, Tool, FAILED, 0)
            .agent("coder")
            .tool("build")
            .runs(),
    ]);
    trace.is_stuck = true;
    trace
}

/// A state in which nothing is, taken so many milliseconds after the start; all sources told.
pub(super) fn state(millis: i64) -> Snapshot {
    let told = [
        SourceName::Telemetry,
        SourceName::Traces,
        SourceName::Kafka,
        SourceName::Kubernetes,
        SourceName::LiteLlm,
    ];
    let source = |name| SourceState {
        name,
        status: SourceStatus::Fresh,
        configured: true,
        updated_at: Some(at(millis).into()),
        age_seconds: None,
        took_ms: None,
        reason: None,
    };
    Snapshot {
        taken_at: at(millis),
        shape: 0,
        state: SystemState {
            id: "0".to_owned(),
            agents: Vec::new(),
            workload: Vec::new(),
            queues: Vec::new(),
            litellm: Vec::new(),
            generated_at: Some(at(millis).into()),
            cluster_name: None,
            namespace: None,
            status: None,
            sources: Some(told.map(source).to_vec()),
        },
        issues: Vec::new(),
    }
}

/// A deployment that carries an agent, with these pods.
pub(super) fn deployment(name: &str, agent: &str, pods: Vec<PodState>) -> WorkloadState {
    let count = i64::try_from(pods.len()).unwrap();
    WorkloadState {
        deployment_name: name.to_owned(),
        max_pods: count,
        live: LiveState {
            active_pods: count,
            updated_at: at(0).into(),
            image: None,
            rolled_out_at: None,
        },
        pod_max_ram: Some("512Mi".to_owned()),
        pod_max_cpu: None,
        pods,
        detail: Some(WorkloadDetail {
            kind: OwnerKind::Deployment,
            namespace: "default".to_owned(),
            wanted_pods: count,
            updated_pods: count,
            agent: Some(agent.to_owned()),
            stalled: None,
            autoscaler: None,
        }),
    }
}

/// A pod whose container was killed for its memory, if that ever happened.
pub(super) fn pod(name: &str, killed_at: Option<Timestamp>) -> PodState {
    let ending = |at: Timestamp| Termination {
        reason: "OOMKilled".to_owned(),
        exit_code: 137,
        started_at: None,
        finished_at: Some(at.into()),
        message: None,
    };
    let restarts = i64::from(killed_at.is_some());
    PodState {
        pod_id: name.to_owned(),
        cpu: 0.0,
        memory: 0.0,
        network_in: None,
        network_out: None,
        status: PodPhase::Running,
        updated_at: None,
        detail: Some(PodDetail {
            restarts,
            containers: vec![ContainerState {
                name: "main".to_owned(),
                restarts,
                waiting: None,
                last_termination: killed_at.map(ending),
            }],
            ..PodDetail::default()
        }),
    }
}

/// A model that took so many of 1,000 tokens a minute.
pub(super) fn model(name: &str, tokens: f64) -> ModelState {
    ModelState {
        model: name.to_owned(),
        provider: "openai".to_owned(),
        tpm: Some(tokens),
        rpm: Some(3.0),
        tpm_max: 1_000.0,
        rpm_max: 0.0,
        credits: None,
        payment_type: None,
        input_context: None,
        output_context: None,
        output_dim: None,
        input_types: None,
        output_types: None,
        detail: None,
    }
}

/// A queue in which so many tasks wait.
pub(super) fn queue(name: &str, waiting: i64) -> QueueState {
    QueueState {
        name: name.to_owned(),
        tasks: Vec::new(),
        updated_at: at(0).into(),
        detail: Some(QueueDetail {
            waiting,
            running: 2,
            ..QueueDetail::default()
        }),
    }
}

/// An issue that began so many milliseconds after the start.
pub(super) fn issue(
    kind: IssueKind,
    subject_kind: SubjectKind,
    subject: &str,
    since: i64,
) -> Issue {
    Issue {
        id: format!("{kind}:{subject}"),
        kind,
        severity: Severity::Error,
        subject_kind,
        subject: subject.to_owned(),
        summary: "it is not well".to_owned(),
        since: at(since).into(),
        first_seen: at(since).into(),
        last_seen: at(since).into(),
        evidence: Vec::new(),
        next: NextCall::new(Next::State { at: None }, "shows it"),
        sources: Vec::new(),
        unchecked: None,
    }
}

/// A memory of these states and no change of issues.
pub(super) fn remembered(snapshots: Vec<Snapshot>) -> StoredContext {
    context(Memory::of(snapshots, Vec::new()))
}

/// What is known besides a memory: nothing.
pub(super) fn context(memory: Memory) -> StoredContext {
    StoredContext {
        around: Vicinity::default(),
        memory,
    }
}

/// The same, where the failing span names its pod.
pub(super) fn in_pod(mut context: StoredContext, pod: &str) -> StoredContext {
    context.around.resource = Some(Resource {
        pod: Some(pod.to_owned()),
        ..Resource::default()
    });
    context
}

pub(super) fn diagnosed(trace: &WholeTrace, context: &StoredContext) -> Diagnosis {
    diagnose(trace, context, Some(100_000))
}

/// What the diagnosis says of the system.
pub(super) fn sentences(diagnosis: &Diagnosis) -> Vec<&str> {
    let findings = diagnosis.findings.iter();
    let told = findings.filter(|finding| finding.kind == FindingKind::System);
    told.map(|finding| finding.sentence.as_str()).collect()
}

/// The causes that lie in the system.
pub(super) fn behind(diagnosis: &Diagnosis) -> Vec<&Cause> {
    let causes = diagnosis.causes.iter();
    causes
        .filter(|cause| cause.kind == FindingKind::System)
        .collect()
}

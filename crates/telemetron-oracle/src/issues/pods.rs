//! Pods that do not start, fail, are started again and again, or were killed for their memory.

use telemetron_model::oracle::{
    EvidenceKind, IssueKind, PodDetail, PodPhase, PodState, SubjectKind, SystemState, Termination,
    WorkloadState,
};
use telemetron_model::record::Severity;

use super::{Finding, ago, counted, cut};
use crate::Thresholds;
use crate::facts::Facts;

const SECOND: i64 = 1_000_000_000;

/// Where pods are told of.
const WORKLOAD: &str = "/api/v1/oracle/workload";

/// What a container waits with when it cannot be started at all.
const HOPELESS: &[&str] = &[
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
];

/// Pods that were made some time ago and do not run, or never will.
pub(super) fn pending(facts: &Facts, state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let limit = i64::from(limits.pod_pending_seconds) * SECOND;
    let pods = pods(state).filter(|(_, pod, _)| pod.status == PodPhase::Pending);
    pods.filter_map(|(workload, pod, detail)| {
        let made = detail.created_at?.0;
        let stuck = detail.containers.iter().find_map(|container| {
            let waiting = container.waiting.as_deref()?;
            HOPELESS.contains(&waiting).then_some(waiting)
        });
        let late = facts.now.since(made) > limit;
        (late || stuck.is_some()).then(|| {
            let why = stuck.or(detail.reason.as_deref());
            about(workload, pod, IssueKind::PodPending, Severity::Error)
                .since(made)
                .says(format!(
                    "pod {} of {} is pending for {}: {}",
                    pod.pod_id,
                    workload.deployment_name,
                    ago(made, facts.now),
                    cut(why.unwrap_or("its node does not say why"))
                ))
        })
    })
    .collect()
}

/// Pods that ended badly.
pub(super) fn failed(_facts: &Facts, state: &SystemState, _limits: &Thresholds) -> Vec<Finding> {
    let pods = pods(state).filter(|(_, pod, _)| pod.status == PodPhase::Failed);
    pods.map(|(workload, pod, detail)| {
        let why = detail.reason.as_deref().unwrap_or("nobody said why");
        about(workload, pod, IssueKind::PodFailed, Severity::Error).says(format!(
            "pod {} of {} failed after {}: {}",
            pod.pod_id,
            workload.deployment_name,
            counted(detail.restarts, "restart"),
            cut(why)
        ))
    })
    .collect()
}

/// Pods whose containers end and are started again.
pub(super) fn crash_looping(
    facts: &Facts,
    state: &SystemState,
    limits: &Thresholds,
) -> Vec<Finding> {
    let restarts = i64::from(limits.crash_loop_restarts);
    let window = i64::from(limits.window_seconds) * SECOND;
    pods(state)
        .filter_map(|(workload, pod, detail)| {
            let container = detail.containers.iter().find(|container| {
                let backs_off = container.waiting.as_deref() == Some("CrashLoopBackOff");
                let ended = container.last_termination.as_ref();
                let lately = ended
                    .and_then(|ended| ended.finished_at)
                    .is_some_and(|at| facts.now.since(at.0) <= window);
                backs_off || (container.restarts >= restarts && lately)
            })?;
            let last = container.last_termination.as_ref();
            let ended = last.map_or_else(|| "it does not say how it ended".to_owned(), ending);
            let finding =
                about(workload, pod, IssueKind::PodCrashLoop, Severity::Critical).says(format!(
                    "container {} of pod {} ({}) was started again {}; {ended}",
                    container.name,
                    pod.pod_id,
                    workload.deployment_name,
                    counted(container.restarts, "time")
                ));
            let at = last.and_then(|last| last.finished_at);
            Some(match at {
                Some(at) => finding.since(at.0),
                None => finding,
            })
        })
        .collect()
}

fn ending(last: &Termination) -> String {
    let code = last.exit_code;
    let said = last.message.as_deref().map(cut);
    match said {
        Some(said) => format!("it ended last as {} with code {code}: {said}", last.reason),
        None => format!("it ended last as {} with code {code}", last.reason),
    }
}

/// Pods with a container that was killed for its memory lately.
pub(super) fn killed_for_memory(
    facts: &Facts,
    state: &SystemState,
    limits: &Thresholds,
) -> Vec<Finding> {
    let window = i64::from(limits.oom_seconds) * SECOND;
    pods(state)
        .filter_map(|(workload, pod, detail)| {
            let (container, at) = detail.containers.iter().find_map(|container| {
                let last = container.last_termination.as_ref()?;
                let lately = last
                    .finished_at
                    .filter(|at| facts.now.since(at.0) <= window)?;
                (last.reason == "OOMKilled").then_some((container, lately.0))
            })?;
            let limit = workload.pod_max_ram.as_deref().unwrap_or("no limit");
            Some(
                about(workload, pod, IssueKind::PodOomKilled, Severity::Error)
                    .since(at)
                    .says(format!(
                        "container {} of pod {} ({}) was killed {} ago for its memory (limit \
                         {limit}, {})",
                        container.name,
                        pod.pod_id,
                        workload.deployment_name,
                        ago(at, facts.now),
                        counted(container.restarts, "restart")
                    )),
            )
        })
        .collect()
}

/// Deployments whose rollout the cluster has given up on.
pub(super) fn rollout_stalled(
    _facts: &Facts,
    state: &SystemState,
    _limits: &Thresholds,
) -> Vec<Finding> {
    let workload = state.workload.iter();
    workload
        .filter_map(|workload| {
            let detail = workload.detail.as_ref()?;
            let why = detail.stalled.as_deref()?;
            let name = &workload.deployment_name;
            let kind = IssueKind::RolloutStalled;
            let namespace = &detail.namespace;
            let finding = Finding::new(kind, Severity::Error, SubjectKind::Deployment, name)
                .keyed(format!("{namespace}/{name}"))
                .may_show(EvidenceKind::Agent, detail.agent.as_ref())
                .says(format!(
                    "the rollout of {name} does not go on ({} of {} pods are new, {} ready): {}",
                    detail.updated_pods,
                    detail.wanted_pods,
                    workload.live.active_pods,
                    cut(why)
                ))
                .next(
                    WORKLOAD,
                    &format!(
                        "shows its pods; `kubectl rollout status deployment/{name} -n {namespace}` \
                         says what it waits for"
                    ),
                );
            let pods = workload.pods.iter();
            Some(pods.fold(finding, |finding, pod| {
                finding.shows(EvidenceKind::Pod, &pod.pod_id)
            }))
        })
        .collect()
}

fn pods(state: &SystemState) -> impl Iterator<Item = (&WorkloadState, &PodState, &PodDetail)> {
    let workload = state.workload.iter();
    workload.flat_map(|workload| {
        let pods = workload.pods.iter();
        pods.filter_map(move |pod| Some((workload, pod, pod.detail.as_ref()?)))
    })
}

fn about(workload: &WorkloadState, pod: &PodState, kind: IssueKind, severity: Severity) -> Finding {
    let detail = workload.detail.as_ref();
    let namespace = detail.map_or("default", |detail| detail.namespace.as_str());
    let agent = detail.and_then(|detail| detail.agent.as_ref());
    let id = &pod.pod_id;
    let why = match kind {
        IssueKind::PodPending => format!(
            "shows the pods beside it; `kubectl describe pod {id} -n {namespace}` says what it \
             waits for"
        ),
        _ => format!(
            "shows how its containers ended; `kubectl logs {id} -n {namespace} --previous` shows \
             what they said"
        ),
    };
    Finding::new(kind, severity, SubjectKind::Pod, id)
        .keyed(format!("{namespace}/{id}"))
        .shows(EvidenceKind::Pod, id)
        .may_show(EvidenceKind::Agent, agent)
        .next(WORKLOAD, &why)
}

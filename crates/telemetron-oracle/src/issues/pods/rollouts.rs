//! Deployments whose rollout the cluster has given up on.

use telemetron_model::record::Severity;
use telemetron_view::Next;
use telemetron_view::oracle::{EvidenceKind, IssueKind, SubjectKind, SystemState, WorkloadState};

use crate::Thresholds;
use crate::facts::Facts;
use crate::issues::Finding;
use crate::words::cut;

/// Deployments whose rollout does not go on, by the cluster's own word.
pub(in crate::issues) fn stalled(
    _facts: &Facts,
    state: &SystemState,
    _limits: &Thresholds,
) -> Vec<Finding> {
    state.workload.iter().filter_map(one).collect()
}

fn one(workload: &WorkloadState) -> Option<Finding> {
    let detail = workload.detail.as_ref()?;
    let why = detail.stalled.as_deref()?;
    let (name, namespace) = (&workload.deployment_name, &detail.namespace);
    let kind = IssueKind::RolloutStalled;
    let finding = Finding::new(kind, Severity::Error, SubjectKind::Deployment, name)
        .keyed(format!("{namespace}/{name}"))
        .shows(EvidenceKind::Deployment, name)
        .may_show(EvidenceKind::Agent, detail.agent.as_ref())
        .says(format!(
            "the rollout of {name} does not go on ({} of {} pods are new, {} ready): {}",
            detail.updated_pods,
            detail.wanted_pods,
            workload.live.active_pods,
            cut(why)
        ))
        .next(
            Next::Workload,
            &format!(
                "shows its pods; `kubectl describe deployment {name} -n {namespace}` has its events"
            ),
        );
    let pods = workload.pods.iter();
    Some(pods.fold(finding, |finding, pod| {
        finding.shows(EvidenceKind::Pod, &pod.pod_id)
    }))
}

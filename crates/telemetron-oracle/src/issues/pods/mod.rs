//! Pods that do not start, take no work, fail, are started again and again, or were killed for
//! their memory; deployments whose rollout does not go on.

mod ended;
mod rollouts;
mod waiting;

pub(super) use ended::{crash_looping, failed, killed_for_memory};
pub(super) use rollouts::stalled;
pub(super) use waiting::{not_ready, pending};

use telemetron_model::record::Severity;
use telemetron_view::oracle::{
    EvidenceKind, IssueKind, OwnerKind, PodDetail, PodState, SubjectKind, SystemState,
    WorkloadState,
};

use super::Finding;

/// What a container waits with while it is started again after a while.
const BACK_OFF: &str = "CrashLoopBackOff";

/// A pod with all that is known of it, and what holds it.
#[derive(Clone, Copy)]
struct Seen<'a> {
    workload: &'a WorkloadState,
    pod: &'a PodState,
    detail: &'a PodDetail,
}

/// Every pod of the cluster.
fn pods(state: &SystemState) -> impl Iterator<Item = Seen<'_>> {
    let cluster = state.workload.iter();
    let cluster = cluster.filter(|workload| !workload.is_of_processes());
    cluster.flat_map(|workload| {
        let pods = workload.pods.iter();
        pods.filter_map(move |pod| {
            let detail = pod.detail.as_ref()?;
            Some(Seen {
                workload,
                pod,
                detail,
            })
        })
    })
}

impl Seen<'_> {
    fn namespace(&self) -> &str {
        let detail = self.workload.detail.as_ref();
        detail.map_or("default", |detail| detail.namespace.as_str())
    }

    /// A finding about the pod, with what holds it and the agent that it carries.
    fn finding(&self, kind: IssueKind, severity: Severity) -> Finding {
        let id = &self.pod.pod_id;
        let holder = self.workload.detail.as_ref();
        let held = holder.is_some_and(|holder| holder.kind != OwnerKind::Other);
        let held = held.then_some(&self.workload.deployment_name);
        Finding::new(kind, severity, SubjectKind::Pod, id)
            .keyed(format!("{}/{id}", self.namespace()))
            .shows(EvidenceKind::Pod, id)
            .may_show(EvidenceKind::Deployment, held)
            .may_show(EvidenceKind::Agent, holder.and_then(|it| it.agent.as_ref()))
    }

    /// What to look at next where the cluster's own events tell why.
    fn described(&self) -> String {
        let (id, namespace) = (&self.pod.pod_id, self.namespace());
        format!(
            "shows the pods beside it; `kubectl describe pod {id} -n {namespace}` has its events"
        )
    }

    /// What to look at next where a container said why: the one that runs or ran last, or the one
    /// before it.
    fn logged(&self, container: &str, before: bool) -> String {
        let (id, namespace) = (&self.pod.pod_id, self.namespace());
        let previous = if before { " --previous" } else { "" };
        format!(
            "shows how its containers ended; `kubectl logs {id} -c {container} -n \
             {namespace}{previous}` has what it said"
        )
    }
}

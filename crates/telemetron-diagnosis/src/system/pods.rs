//! Pods that were killed, restarted, gone or not ready around a failure.

use std::collections::BTreeMap;
use std::time::Duration;

use telemetron_model::Timestamp;
use telemetron_store::memory::Snapshot;
use telemetron_view::oracle::{
    ContainerState, OwnerKind, PodState, SourceName, SourceStatus, SystemState, Termination,
    WorkloadState,
};
use telemetron_view::{Confidence, Next};

use super::SystemRemark;
use super::issues::Covered;
use super::scene::{Relation, Scene};
use crate::words;

/// Ends of containers this long before a failure are told.
const BEFORE: Duration = Duration::from_mins(10);

/// And so long after it: a cluster tells late.
const AFTER: Duration = Duration::from_mins(2);

/// An end so long after a failure may still be its cause: clocks differ.
const LATE: Duration = Duration::from_secs(5);

/// A container that ended.
struct Ended<'a> {
    workload: &'a WorkloadState,
    pod: &'a PodState,
    container: &'a ContainerState,
    termination: &'a Termination,
    at: Timestamp,
    /// When the state was taken that shows it.
    seen: Timestamp,
}

pub(super) fn remarks(scene: &Scene<'_>, covered: &mut Covered) -> Vec<SystemRemark> {
    let mut remarks = Vec::new();
    for ended in ended(scene) {
        covered.pods.insert(ended.pod.pod_id.clone());
        remarks.push(restarted(scene, &ended));
    }
    remarks.extend(vanished(scene));
    remarks.extend(unready(scene));
    remarks
}

/// Of each pod the end of a container that is nearest to the failure.
fn ended<'a>(scene: &Scene<'a>) -> Vec<Ended<'a>> {
    let mut nearest: BTreeMap<&str, Ended<'a>> = BTreeMap::new();
    for snapshot in &scene.memory.snapshots {
        for ended in ends(snapshot) {
            let before = scene.before(ended.at);
            let failed_at = scene.focus.at;
            if !(failed_at - BEFORE..=failed_at + AFTER).contains(&ended.at) {
                continue;
            }
            let known = nearest.get(ended.pod.pod_id.as_str());
            // Of the same end the later state knows more: whether it is tried again.
            let is_nearer = known.is_none_or(|known| {
                before.saturating_abs() <= scene.before(known.at).saturating_abs()
            });
            if is_nearer {
                nearest.insert(&ended.pod.pod_id, ended);
            }
        }
    }
    nearest.into_values().collect()
}

fn ends(snapshot: &Snapshot) -> impl Iterator<Item = Ended<'_>> {
    let seen = snapshot.taken_at;
    snapshot.state.workload.iter().flat_map(move |workload| {
        workload.pods.iter().flat_map(move |pod| {
            let containers = pod.detail.iter().flat_map(|detail| &detail.containers);
            containers.filter_map(move |container| {
                let termination = container.last_termination.as_ref()?;
                Some(Ended {
                    workload,
                    pod,
                    container,
                    termination,
                    at: termination.finished_at?.0,
                    seen,
                })
            })
        })
    })
}

fn restarted(scene: &Scene<'_>, ended: &Ended<'_>) -> SystemRemark {
    let relation = relation(scene, ended.workload, &ended.pod.pod_id);
    let weight = relation.weight() * scene.nearness(ended.at);
    let sentence = format!(
        "Pod `{}`{} restarted {} ({}).",
        ended.pod.pod_id,
        whose(scene, ended.workload, relation),
        scene.when(ended.at),
        how(ended)
    );
    let remark = SystemRemark::new(sentence, weight, Next::state_at(ended.seen));
    match verdict(scene, relation, ended.at, weight) {
        Some((score, confidence)) => remark.suspect(score, confidence),
        None => remark,
    }
}

/// What the end of a container may have to do with the failure. It has most when the failing work
/// was under way: what began in a container that was started anew is no longer touched by it.
fn verdict(
    scene: &Scene<'_>,
    relation: Relation,
    at: Timestamp,
    weight: f64,
) -> Option<(f64, Confidence)> {
    let focus = scene.focus;
    let reaches = relation >= Relation::Sibling && (focus.is_open || at <= focus.at + LATE);
    let was_under_way = at >= focus.began - LATE;
    match (reaches, was_under_way) {
        (false, _) => None,
        // Nobody is left to end the span.
        (true, true) if focus.is_open && relation == Relation::Own => {
            Some((0.92, Confidence::Likely))
        }
        (true, true) if relation == Relation::Own => {
            Some((0.55 + 0.35 * weight, Confidence::Likely))
        }
        (true, true) => Some((0.5 + 0.3 * weight, Confidence::Possible)),
        (true, false) => Some((0.35 + 0.3 * weight, Confidence::Possible)),
    }
}

/// Without the name of the pod, the only pod of the agent's deployment is its own.
fn relation(scene: &Scene<'_>, workload: &WorkloadState, pod: &str) -> Relation {
    if scene.pod == Some(pod) {
        return Relation::Own;
    }
    let relation = scene.relation_of(workload);
    let is_alone = workload.pods.len() == 1 && scene.pod.is_none();
    if relation == Relation::Own && !is_alone {
        return Relation::Sibling;
    }
    relation
}

/// ` of deployment `coder`, in which the failing span ran,`.
fn whose(scene: &Scene<'_>, workload: &WorkloadState, relation: Relation) -> String {
    let name = &workload.deployment_name;
    let is_named = workload.detail.as_ref();
    let of = match is_named.map(|detail| detail.kind) {
        Some(OwnerKind::Other | OwnerKind::Process) | None => String::new(),
        Some(OwnerKind::Deployment) => format!(" of deployment `{name}`"),
        Some(OwnerKind::StatefulSet) => format!(" of stateful set `{name}`"),
    };
    let agent = scene.focus.agent.as_deref().unwrap_or("the agent");
    match relation {
        Relation::Own if scene.pod.is_some() => format!("{of}, in which the span ran,"),
        Relation::Own | Relation::Sibling => format!("{of}, which {agent} runs in,"),
        Relation::Involved => format!("{of}, which another agent of the trace runs in,"),
        Relation::Unrelated => of,
    }
}

/// `OOMKilled, exit code 137, limit 512Mi, 3 restarts so far, now CrashLoopBackOff`.
fn how(ended: &Ended<'_>) -> String {
    let Termination {
        reason, exit_code, ..
    } = ended.termination;
    let mut parts = vec![reason.clone(), format!("exit code {exit_code}")];
    if let Some(limit) = &ended.workload.pod_max_ram
        && reason == "OOMKilled"
    {
        parts.push(format!("limit {limit}"));
    }
    let restarts = usize::try_from(ended.container.restarts).unwrap_or_default();
    parts.push(format!("{} so far", words::counted(restarts, "restart")));
    parts.extend(ended.container.waiting.clone());
    parts.join(", ")
}

/// The pod of the failing span, when it was there before and was not afterwards.
fn vanished(scene: &Scene<'_>) -> Option<SystemRemark> {
    let name = scene.pod?;
    let told = scene.memory.snapshots.iter();
    let told = told.filter(|snapshot| has_told(&snapshot.state, SourceName::Kubernetes));
    let (there, gone): (Vec<_>, Vec<_>) = told.partition(|snapshot| {
        let mut pods = snapshot.state.workload.iter().flat_map(|w| &w.pods);
        pods.any(|pod| pod.pod_id == name)
    });
    let last = there.last()?.taken_at;
    let first = gone.iter().map(|snapshot| snapshot.taken_at);
    let first = first.filter(|at| *at > last).min()?;
    let sentence = format!(
        "Pod `{name}`, in which the span ran, was there {} and gone {}.",
        scene.when(last),
        scene.when(first)
    );
    let weight = 0.4 + 0.5 * scene.nearness(last);
    let remark = SystemRemark::new(sentence, weight, Next::state_at(first));
    Some(if scene.focus.is_open {
        remark.suspect(0.91, Confidence::Likely)
    } else {
        remark.suspect(0.4 + 0.3 * weight, Confidence::Possible)
    })
}

fn has_told(state: &SystemState, name: SourceName) -> bool {
    let mut sources = state.sources.iter().flatten();
    sources.any(|source| source.name == name && source.status == SourceStatus::Fresh)
}

/// Fewer pods of the failing agent's deployment took work than are wanted.
fn unready(scene: &Scene<'_>) -> Option<SystemRemark> {
    let then = scene.then()?;
    let mut workload = then.state.workload.iter();
    let workload = workload.find(|workload| scene.relation_of(workload) == Relation::Own)?;
    let wanted = workload.detail.as_ref()?.wanted_pods;
    let ready = workload.live.active_pods;
    if ready >= wanted {
        return None;
    }
    let what = if workload.is_of_processes() {
        "processes"
    } else {
        "pods"
    };
    let sentence = format!(
        "{ready} of {wanted} {what} of `{}` were ready {}.",
        workload.deployment_name,
        scene.when(then.taken_at)
    );
    let missing = 1.0 - words::share(ready, wanted);
    let weight = 0.3 + 0.5 * missing * scene.nearness(then.taken_at);
    let remark = SystemRemark::new(sentence, weight, Next::state_at(then.taken_at));
    Some(if ready == 0 {
        remark.suspect(0.5, Confidence::Possible)
    } else {
        remark
    })
}

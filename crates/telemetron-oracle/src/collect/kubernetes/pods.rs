//! How a pod is, and why.

use k8s_openapi::api::core::v1::{ContainerStatus, Pod, PodCondition};
use telemetron_model::{Rfc3339, Timestamp};
use telemetron_view::oracle::{
    ContainerState, OwnerKind, PodDetail, PodPhase, PodState, Termination,
};

use super::metrics::PodUse;
use super::objects::instant;
use super::owners::place;

/// Whether a pod has ended because it is deleted. Whatever it ended with, that is no failure:
/// a container that is told to stop may end with any code.
pub(super) fn is_leaving(pod: &Pod) -> bool {
    let phase = pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    is_deleted(pod) && matches!(phase, Some("Failed" | "Succeeded"))
}

fn is_deleted(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_some()
}

/// How a pod is.
pub(super) fn state(pod: &Pod, used: &PodUse) -> PodState {
    let (_, namespace, name) = place(OwnerKind::Other, &pod.metadata);
    let status = pod.status.as_ref();
    let phase = status.and_then(|status| status.phase.as_deref());
    let place = (namespace, name.clone());
    let measured = used.measured.as_ref();
    let usage = measured.and_then(|measured| measured.get(&place).copied());
    let network = used.network.rates.get(&place);
    let inits = status.and_then(|status| status.init_container_statuses.as_ref());
    let mains = status.and_then(|status| status.container_statuses.as_ref());
    let containers: Vec<_> = mains
        .into_iter()
        .chain(inits)
        .flatten()
        .map(container)
        .collect();
    let ready = readiness(pod);
    let is_ready = ready.is_some_and(|ready| ready.status == "True");
    let status = phase.and_then(|phase| phase.parse().ok());
    let status = status.unwrap_or(PodPhase::Unknown);
    let turned = ready.and_then(|ready| instant(ready.last_transition_time.as_ref()));
    PodState {
        pod_id: name,
        cpu: usage.map_or(0.0, |used| used.cpu),
        memory: usage.map_or(0.0, |used| used.memory),
        network_in: network.map(|rates| rates.received),
        network_out: network.map(|rates| rates.sent),
        status,
        updated_at: Some(Timestamp::now().into()),
        detail: Some(PodDetail {
            measured: usage.is_some(),
            ready: is_ready,
            unready_since: turned.filter(|_| {
                // One that is deleted need not take work.
                status == PodPhase::Running && !is_ready && !is_deleted(pod)
            }),
            ended_at: ended_at(&containers)
                .or(turned)
                .filter(|_| matches!(status, PodPhase::Failed | PodPhase::Succeeded)),
            restarts: containers.iter().map(|container| container.restarts).sum(),
            created_at: instant(pod.metadata.creation_timestamp.as_ref()),
            node: pod.spec.as_ref().and_then(|spec| spec.node_name.clone()),
            reason: reason(pod),
            containers,
        }),
    }
}

/// What is said of whether a pod takes work.
fn readiness(pod: &Pod) -> Option<&PodCondition> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|it| it.type_ == "Ready")
}

/// When the last of the containers ended.
fn ended_at(containers: &[ContainerState]) -> Option<Rfc3339> {
    let ended = containers
        .iter()
        .filter_map(|it| it.last_termination.as_ref());
    let ended = ended.filter_map(|last| last.finished_at);
    ended.max_by_key(|at| at.0)
}

/// Why a pod is as it is: its own word, else what a container waits for, else the first condition
/// that is not met.
fn reason(pod: &Pod) -> Option<String> {
    let status = pod.status.as_ref()?;
    let own = [status.reason.as_deref(), status.message.as_deref()];
    let own: Vec<_> = own.into_iter().flatten().collect();
    if !own.is_empty() {
        return Some(own.join(": "));
    }
    if is_deleted(pod) {
        return Some("it is being deleted".to_owned());
    }
    let inits = status.init_container_statuses.iter().flatten();
    let mains = status.container_statuses.iter().flatten();
    if let Some(waits) = mains.chain(inits).find_map(waits) {
        return Some(waits);
    }
    let unmet = status
        .conditions
        .iter()
        .flatten()
        .filter(|condition| condition.status == "False" && condition.reason.is_some())
        .find(|condition| condition.reason.as_deref() != Some("PodCompleted"))?;
    let words = [unmet.reason.as_deref(), unmet.message.as_deref()];
    Some(words.into_iter().flatten().collect::<Vec<_>>().join(": "))
}

/// What a container waits for, unless that is its turn.
fn waits(status: &ContainerStatus) -> Option<String> {
    let waiting = status.state.as_ref()?.waiting.as_ref()?;
    let reason = waiting.reason.as_deref()?;
    let turn = matches!(reason, "ContainerCreating" | "PodInitializing");
    let name = &status.name;
    // How long it backs off before it is started again is no reason.
    let more = waiting
        .message
        .as_deref()
        .filter(|_| reason != "CrashLoopBackOff");
    (!turn).then(|| match more {
        Some(more) => format!("container {name}: {reason}: {more}"),
        None => format!("container {name}: {reason}"),
    })
}

fn container(status: &ContainerStatus) -> ContainerState {
    let waiting = status
        .state
        .as_ref()
        .and_then(|state| state.waiting.as_ref());
    let ended = |state: Option<&k8s_openapi::api::core::v1::ContainerState>| {
        state.and_then(|state| state.terminated.clone())
    };
    // What ended and was not started again tells of itself where nothing ended before.
    let last = ended(status.last_state.as_ref()).or_else(|| ended(status.state.as_ref()));
    ContainerState {
        name: status.name.clone(),
        restarts: i64::from(status.restart_count),
        waiting: waiting.and_then(|waiting| waiting.reason.clone()),
        last_termination: last.map(|last| Termination {
            reason: last.reason.unwrap_or_else(|| "Error".to_owned()),
            exit_code: i64::from(last.exit_code),
            started_at: instant(last.started_at.as_ref()),
            finished_at: instant(last.finished_at.as_ref()),
            message: last.message,
        }),
    }
}

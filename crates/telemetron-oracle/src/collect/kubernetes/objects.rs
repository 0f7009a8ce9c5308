//! From objects of the cluster to workload: pure, so that real objects can be put through it.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::{Pod, PodSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use telemetron_model::{Rfc3339, Timestamp};
use telemetron_view::oracle::{
    Autoscaler, LiveState, OwnerKind, PodState, WorkloadDetail, WorkloadState,
};

use super::metrics::{PodUse, quantity};
use super::owners::{Holders, Owner, place};
use super::pods;
use crate::facts::Cluster;

/// The objects of a cluster at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Objects {
    pub(crate) pods: Vec<Arc<Pod>>,
    pub(crate) deployments: Vec<Arc<Deployment>>,
    pub(crate) stateful_sets: Vec<Arc<StatefulSet>>,
    pub(crate) replica_sets: Vec<Arc<ReplicaSet>>,
    pub(crate) autoscalers: Vec<Arc<HorizontalPodAutoscaler>>,
}

/// The workload that these objects are.
pub(crate) fn cluster(
    objects: &Objects,
    used: &PodUse,
    name: Option<String>,
    label: &str,
) -> Cluster {
    let mut workload: BTreeMap<Owner, WorkloadState> = BTreeMap::new();
    for deployment in &objects.deployments {
        let (owner, state) = of_deployment(deployment, objects, label);
        workload.insert(owner, state);
    }
    for set in &objects.stateful_sets {
        let (owner, state) = of_stateful_set(set, label);
        workload.insert(owner, state);
    }
    let holders = Holders::of(objects);
    for pod in objects.pods.iter().filter(|pod| !pods::is_leaving(pod)) {
        let owner = holders.owner_of(&pod.metadata);
        let state = workload
            .entry(owner.clone())
            .or_insert_with(|| alone(&owner, pod, label));
        state.pods.push(pods::state(pod, used));
    }
    for autoscaler in &objects.autoscalers {
        scaled(autoscaler, &mut workload);
    }
    let mut workload: Vec<_> = workload.into_values().collect();
    for state in &mut workload {
        state.pods.sort_by(|a, b| a.pod_id.cmp(&b.pod_id));
        settle(state);
    }
    Cluster {
        name,
        workload,
        lacks: None,
    }
}

/// What holds on its own has as many pods as it has; names are told apart by their namespaces.
fn settle(state: &mut WorkloadState) {
    let Some(detail) = &mut state.detail else {
        return;
    };
    if detail.kind == OwnerKind::Other {
        let ready = |pod: &&PodState| pod.detail.as_ref().is_some_and(|detail| detail.ready);
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        state.live.active_pods = count(state.pods.iter().filter(ready).count());
        detail.wanted_pods = count(state.pods.len());
        detail.updated_pods = detail.wanted_pods;
        state.max_pods = detail.wanted_pods;
    }
}

fn of_deployment(
    deployment: &Deployment,
    objects: &Objects,
    label: &str,
) -> (Owner, WorkloadState) {
    let spec = deployment.spec.as_ref();
    let status = deployment.status.as_ref();
    let wanted = i64::from(spec.and_then(|spec| spec.replicas).unwrap_or(1));
    let count = |count: Option<i32>| i64::from(count.unwrap_or(0));
    let owner = place(OwnerKind::Deployment, &deployment.metadata);
    let pod = spec.and_then(|spec| spec.template.spec.as_ref());
    let mut state = blank(&owner, wanted, pod);
    state.live.active_pods = count(status.and_then(|status| status.ready_replicas));
    state.live.rolled_out_at = rolled_out(deployment, objects);
    if let Some(detail) = &mut state.detail {
        detail.updated_pods = count(status.and_then(|status| status.updated_replicas));
        detail.agent = labeled(&deployment.metadata, label);
        detail.stalled = stalled(deployment);
    }
    (owner, state)
}

/// Why a rollout does not go on: the condition by which the cluster gives up on it.
fn stalled(deployment: &Deployment) -> Option<String> {
    let conditions = deployment.status.as_ref()?.conditions.as_ref()?;
    let bad = conditions.iter().find(|condition| {
        let late = condition.type_ == "Progressing" && condition.status == "False";
        let refused = condition.type_ == "ReplicaFailure" && condition.status == "True";
        late || refused
    })?;
    let words = [bad.reason.as_deref(), bad.message.as_deref()];
    Some(words.into_iter().flatten().collect::<Vec<_>>().join(": "))
}

/// When the newest revision was made: the newest replica set that belongs to the deployment.
fn rolled_out(deployment: &Deployment, objects: &Objects) -> Option<Rfc3339> {
    let uid = deployment.metadata.uid.as_deref();
    let ours = objects.replica_sets.iter().filter(|set| {
        let owners = set.metadata.owner_references.iter().flatten();
        let mut owners = owners.filter(|owner| owner.controller == Some(true));
        owners.any(|owner| Some(owner.uid.as_str()) == uid)
    });
    let newest = ours.filter_map(|set| instant(set.metadata.creation_timestamp.as_ref()));
    let newest = newest.max_by_key(|at| at.0);
    newest.or_else(|| instant(deployment.metadata.creation_timestamp.as_ref()))
}

fn of_stateful_set(set: &StatefulSet, label: &str) -> (Owner, WorkloadState) {
    let spec = set.spec.as_ref();
    let status = set.status.as_ref();
    let wanted = i64::from(spec.and_then(|spec| spec.replicas).unwrap_or(1));
    let owner = place(OwnerKind::StatefulSet, &set.metadata);
    let pod = spec.and_then(|spec| spec.template.spec.as_ref());
    let mut state = blank(&owner, wanted, pod);
    let count = |count: Option<i32>| i64::from(count.unwrap_or(0));
    state.live.active_pods = count(status.and_then(|status| status.ready_replicas));
    state.live.rolled_out_at = instant(set.metadata.creation_timestamp.as_ref());
    if let Some(detail) = &mut state.detail {
        detail.updated_pods = count(status.and_then(|status| status.updated_replicas));
        detail.agent = labeled(&set.metadata, label);
    }
    (owner, state)
}

/// A pod that no deployment or stateful set holds.
fn alone(owner: &Owner, pod: &Pod, label: &str) -> WorkloadState {
    let mut state = blank(owner, 1, pod.spec.as_ref());
    state.live.rolled_out_at = instant(pod.metadata.creation_timestamp.as_ref());
    if let Some(detail) = &mut state.detail {
        detail.agent = labeled(&pod.metadata, label);
    }
    state
}

fn blank(owner: &Owner, wanted: i64, pod: Option<&PodSpec>) -> WorkloadState {
    let (kind, namespace, name) = owner.clone();
    WorkloadState {
        deployment_name: name,
        max_pods: wanted,
        live: LiveState {
            active_pods: 0,
            updated_at: Timestamp::now().into(),
            image: pod.and_then(|pod| pod.containers.first()?.image.clone()),
            rolled_out_at: None,
        },
        pod_max_ram: limit(pod, "memory"),
        pod_max_cpu: limit(pod, "cpu"),
        pods: Vec::new(),
        detail: Some(WorkloadDetail {
            kind,
            namespace,
            wanted_pods: wanted,
            updated_pods: 0,
            agent: None,
            stalled: None,
            autoscaler: None,
        }),
    }
}

/// The limit of a pod: none when one of its containers has none.
fn limit(pod: Option<&PodSpec>, resource: &str) -> Option<String> {
    let limits: Option<Vec<_>> = pod?
        .containers
        .iter()
        .map(|container| {
            let limits = container.resources.as_ref()?.limits.as_ref()?;
            limits.get(resource).map(|limit| limit.0.clone())
        })
        .collect();
    match limits?.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        many => {
            let sum: f64 = many.iter().filter_map(|limit| quantity(limit)).sum();
            Some(match resource {
                "cpu" => format!("{:.0}m", sum * 1e3),
                _ => format!("{:.0}Mi", sum / 1_048_576.0),
            })
        }
    }
}

fn labeled(metadata: &ObjectMeta, label: &str) -> Option<String> {
    let labels = metadata
        .labels
        .as_ref()
        .and_then(|labels| labels.get(label));
    let notes = metadata
        .annotations
        .as_ref()
        .and_then(|notes| notes.get(label));
    labels.or(notes).filter(|name| !name.is_empty()).cloned()
}

fn scaled(autoscaler: &HorizontalPodAutoscaler, workload: &mut BTreeMap<Owner, WorkloadState>) {
    let Some(spec) = &autoscaler.spec else { return };
    let kind = spec
        .scale_target_ref
        .kind
        .parse()
        .unwrap_or(OwnerKind::Other);
    let namespace = autoscaler.metadata.namespace.clone().unwrap_or_default();
    let owner = (kind, namespace, spec.scale_target_ref.name.clone());
    let Some(state) = workload.get_mut(&owner) else {
        return;
    };
    let status = autoscaler.status.as_ref();
    state.max_pods = i64::from(spec.max_replicas);
    if let Some(detail) = &mut state.detail {
        detail.autoscaler = Some(Autoscaler {
            name: autoscaler.metadata.name.clone().unwrap_or_default(),
            min: i64::from(spec.min_replicas.unwrap_or(1)),
            max: i64::from(spec.max_replicas),
            current: i64::from(status.and_then(|s| s.current_replicas).unwrap_or(0)),
            desired: i64::from(status.map_or(0, |s| s.desired_replicas)),
        });
    }
}

pub(super) fn instant(time: Option<&Time>) -> Option<Rfc3339> {
    let nanos = i64::try_from(time?.0.as_nanosecond()).ok()?;
    Some(Timestamp::from_nanos(nanos).into())
}

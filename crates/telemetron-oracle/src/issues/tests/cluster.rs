//! Rules about Kafka and pods.

use std::sync::Arc;

use telemetron_model::oracle::{
    ContainerState, LiveState, OwnerKind, PodDetail, PodPhase, PodState, Termination,
    WorkloadDetail, WorkloadState,
};

use super::super::support::*;
use super::cases::lags;
use super::sentence;
use crate::facts::{Cluster, Facts};

#[test]
fn lag_is_an_issue_when_it_is_old_or_large() {
    assert_eq!(ids(&lags(40, 10)), ["ingestion_lag:ingestion"]);
    assert_eq!(
        sentence(&lags(5, 5000)),
        "5000 tasks wait in topic agent-queue-work, and no group reads them; more than 1000 are \
         too many"
    );
}

/// A cluster with one pod.
pub(super) fn pod(phase: PodPhase, container: ContainerState) -> Facts {
    held(workload(phase, container))
}

/// A deployment with one pod that was made five minutes ago.
fn workload(phase: PodPhase, container: ContainerState) -> WorkloadState {
    WorkloadState {
        deployment_name: "coder".to_owned(),
        max_pods: 1,
        live: LiveState {
            active_pods: 0,
            updated_at: before(0).into(),
            image: None,
            rolled_out_at: None,
        },
        pod_max_ram: Some("2Gi".to_owned()),
        pod_max_cpu: None,
        pods: vec![PodState {
            pod_id: "coder-1".to_owned(),
            cpu: 0.0,
            memory: 0.0,
            network_in: None,
            network_out: None,
            status: phase,
            updated_at: None,
            detail: Some(PodDetail {
                created_at: Some(before(300).into()),
                containers: vec![container],
                ..PodDetail::default()
            }),
        }],
        detail: Some(WorkloadDetail {
            kind: OwnerKind::Deployment,
            namespace: "agents".to_owned(),
            wanted_pods: 1,
            updated_pods: 1,
            agent: None,
            stalled: None,
            autoscaler: None,
        }),
    }
}

/// A deployment whose rollout the cluster has given up on, or has not.
pub(super) fn rollout(stalled: Option<&str>) -> Facts {
    let mut workload = workload(PodPhase::Running, ContainerState::default());
    if let Some(detail) = &mut workload.detail {
        (detail.wanted_pods, detail.updated_pods) = (3, 1);
        detail.stalled = stalled.map(str::to_owned);
    }
    held(workload)
}

/// A cluster that holds this.
fn held(workload: WorkloadState) -> Facts {
    let mut facts = Facts::none(before(0));
    facts.cluster = Some(Arc::new(Cluster {
        workload: vec![workload],
        ..Cluster::default()
    }));
    facts
}

pub(super) fn ended(reason: &str, seconds: i64, restarts: i64) -> ContainerState {
    ContainerState {
        name: "main".to_owned(),
        restarts,
        waiting: None,
        last_termination: Some(Termination {
            reason: reason.to_owned(),
            exit_code: 137,
            finished_at: Some(before(seconds).into()),
            message: None,
        }),
    }
}

#[test]
fn pods_are_judged_by_their_containers() {
    let well = ContainerState::default();
    assert!(ids(&pod(PodPhase::Running, well.clone())).is_empty());
    assert_eq!(
        ids(&pod(PodPhase::Pending, well.clone())),
        ["pod_pending:agents/coder-1"]
    );
    assert_eq!(
        ids(&pod(PodPhase::Failed, well)),
        ["pod_failed:agents/coder-1"]
    );
    let crashing = ContainerState {
        waiting: Some("CrashLoopBackOff".to_owned()),
        ..ended("Error", 10, 7)
    };
    let said = sentence(&pod(PodPhase::Running, crashing));
    let expected = "container main of pod coder-1 (coder) was started again 7 times; it ended last \
                    as Error with code 137";
    assert_eq!(said, expected);
    let killed = ids(&pod(PodPhase::Running, ended("OOMKilled", 10, 1)));
    assert_eq!(killed, ["pod_oom_killed:agents/coder-1"]);
    // One that ended long ago and runs since is well.
    assert!(ids(&pod(PodPhase::Running, ended("Error", 9000, 7))).is_empty());
}

#[test]
fn a_rollout_is_stalled_once_the_cluster_says_so_and_while_it_goes_on_it_is_not() {
    assert!(ids(&rollout(None)).is_empty());
    let stalled = rollout(Some("ProgressDeadlineExceeded: has timed out"));
    assert_eq!(ids(&stalled), ["rollout_stalled:agents/coder"]);
    assert_eq!(
        sentence(&stalled),
        "the rollout of coder does not go on (1 of 3 pods are new, 0 ready): \
         ProgressDeadlineExceeded: has timed out"
    );
}

#[test]
fn what_to_look_at_next_can_be_asked_of_this_api_and_names_the_command_for_the_cluster() {
    let next = |facts: &Facts| {
        let issue = found(facts)[0].clone().into_issue(before(0), before(0));
        assert_eq!(issue.next.call, "/api/v1/oracle/workload");
        issue.next.why
    };
    let crashing = pod(PodPhase::Running, ended("OOMKilled", 10, 1));
    let why = next(&crashing);
    assert!(
        why.contains("`kubectl logs coder-1 -n agents --previous`"),
        "{why}"
    );
    let why = next(&pod(PodPhase::Pending, ContainerState::default()));
    assert!(
        why.contains("`kubectl describe pod coder-1 -n agents`"),
        "{why}"
    );
    let why = next(&rollout(Some("late")));
    assert!(
        why.contains("`kubectl rollout status deployment/coder -n agents`"),
        "{why}"
    );
}

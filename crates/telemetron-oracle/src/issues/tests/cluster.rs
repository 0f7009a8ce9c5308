//! Rules about Kafka and pods.

use std::sync::Arc;

use telemetron_model::record::Severity;
use telemetron_view::oracle::{
    ContainerState, Evidence, EvidenceKind, LiveState, OwnerKind, PodDetail, PodPhase, PodState,
    Termination, WorkloadDetail, WorkloadState,
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

/// With something else said of the pod.
pub(super) fn in_detail(mut facts: Facts, change: impl Fn(&mut PodDetail)) -> Facts {
    let cluster = facts.cluster.as_mut().map(Arc::make_mut);
    let workload = cluster.into_iter().flat_map(|it| &mut it.workload);
    let pods = workload.flat_map(|workload| &mut workload.pods);
    pods.filter_map(|pod| pod.detail.as_mut()).for_each(change);
    facts
}

/// With a pod that runs and has not been ready for so many seconds.
pub(super) fn unready(seconds: i64) -> Facts {
    let facts = pod(PodPhase::Running, ContainerState::default());
    in_detail(facts, |detail| {
        detail.unready_since = Some(before(seconds).into())
    })
}

pub(super) fn ended(reason: &str, seconds: i64, restarts: i64) -> ContainerState {
    ContainerState {
        name: "main".to_owned(),
        restarts,
        waiting: None,
        last_termination: Some(Termination {
            reason: reason.to_owned(),
            exit_code: 137,
            started_at: Some(before(seconds + 5).into()),
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
    // One that ran for days before it ended had its restarts over the months of its life.
    let mut old = ended("Error", 10, 7);
    let last = old.last_termination.as_mut().unwrap();
    last.started_at = Some(before(200_000).into());
    assert!(ids(&pod(PodPhase::Running, old)).is_empty());
}

fn waiting(reason: &str) -> ContainerState {
    ContainerState {
        name: "main".to_owned(),
        waiting: Some(reason.to_owned()),
        ..ContainerState::default()
    }
}

#[test]
fn a_pod_that_cannot_be_started_is_told_sooner_and_one_that_may_be_is_a_warning_at_first() {
    let since = |reason, seconds| {
        let facts = pod(PodPhase::Pending, waiting(reason));
        in_detail(facts, |detail| {
            detail.created_at = Some(before(seconds).into())
        })
    };
    let severity = |facts: &Facts| {
        let found = found(facts).into_iter().next()?;
        Some(found.into_issue(before(0), before(0)).severity)
    };
    // A registry that stumbles once is no issue.
    assert_eq!(severity(&since("ErrImagePull", 30)), None);
    assert_eq!(
        severity(&since("ImagePullBackOff", 31)),
        Some(Severity::Error)
    );
    assert_eq!(severity(&since("ContainerCreating", 120)), None);
    assert_eq!(
        severity(&since("ContainerCreating", 121)),
        Some(Severity::Warning)
    );
    assert_eq!(
        severity(&since("ContainerCreating", 601)),
        Some(Severity::Error)
    );
    // A container that ends before the others begin is told once, as what it is.
    let crashes = ids(&since("CrashLoopBackOff", 601));
    assert_eq!(crashes, ["pod_crash_loop:agents/coder-1"]);
}

#[test]
fn a_pod_that_failed_is_told_for_an_hour_though_it_stays_in_the_cluster() {
    let failed = |seconds: i64| {
        let facts = pod(PodPhase::Failed, ended("Error", seconds, 0));
        in_detail(facts, |detail| {
            detail.ended_at = Some(before(seconds).into())
        })
    };
    assert_eq!(
        sentence(&failed(60)),
        "pod coder-1 of coder failed 60 s ago after 0 restarts: it ended last as Error with code 137"
    );
    assert!(ids(&failed(3601)).is_empty());
}

#[test]
fn a_pod_that_runs_and_is_not_ready_is_told_and_none_ready_is_worse() {
    let unready = unready(700);
    assert_eq!(
        sentence(&unready),
        "pod coder-1 of coder runs and is not ready for 12 min (0 of 1 pods are): its readiness \
         probe fails, or one of its containers has ended"
    );
    let issue = found(&unready)[0].clone().into_issue(before(0), before(0));
    assert_eq!(issue.severity, Severity::Error);
    let names_deployment = |it: &Evidence| it.kind == EvidenceKind::Deployment && it.id == "coder";
    assert!(issue.evidence.iter().any(names_deployment), "{issue:?}");
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
    let logs = "`kubectl logs coder-1 -c main -n agents --previous`";
    assert!(why.contains(logs), "{why}");
    // One that was not started again has nothing before it.
    let why = next(&pod(PodPhase::Failed, ended("Error", 10, 0)));
    let logs = "`kubectl logs coder-1 -c main -n agents`";
    assert!(why.contains(logs), "{why}");
    // Where no container ever ran there are no logs.
    for phase in [PodPhase::Pending, PodPhase::Failed] {
        let why = next(&pod(phase, ContainerState::default()));
        let describe = "`kubectl describe pod coder-1 -n agents`";
        assert!(why.contains(describe) && !why.contains("logs"), "{why}");
    }
    let why = next(&unready(700));
    assert!(why.contains("`kubectl describe pod"), "{why}");
    let why = next(&rollout(Some("late")));
    let describe = "`kubectl describe deployment coder -n agents`";
    assert!(why.contains(describe), "{why}");
}

//! Rules about Kafka and pods.

use std::sync::Arc;

use telemetron_model::oracle::{
    ContainerState, LiveState, OwnerKind, PodDetail, PodPhase, PodState, Termination,
    WorkloadDetail, WorkloadState,
};

use super::super::support::*;
use super::sentence;
use crate::facts::{Cluster, Facts, Lags, TaskTopic};

#[test]
fn lag_is_an_issue_when_it_is_old_or_large() {
    let lags = |since: i64, records: i64| {
        let mut facts = Facts::none(before(0));
        facts.kafka = Some(Arc::new(Lags {
            ingest_records: 10,
            ingest_since: Some(before(since)),
            ingest_topic: Some("agent-telemetry-spans".to_owned()),
            topics: vec![TaskTopic {
                topic: "agent-queue-work".to_owned(),
                queue: "work".to_owned(),
                lag: records,
                groups: Vec::new(),
                tasks: Vec::new(),
                unreadable: 0,
            }],
        }));
        ids(&facts)
    };
    assert!(lags(5, 10).is_empty());
    assert_eq!(lags(40, 10), ["ingestion_lag:ingestion"]);
    assert_eq!(lags(5, 5000), ["consumer_lag:work"]);
}

fn pod(phase: PodPhase, container: ContainerState) -> Facts {
    let mut facts = Facts::none(before(0));
    let workload = WorkloadState {
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
    };
    facts.cluster = Some(Arc::new(Cluster {
        workload: vec![workload],
        ..Cluster::default()
    }));
    facts
}

fn ended(reason: &str, seconds: i64, restarts: i64) -> ContainerState {
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

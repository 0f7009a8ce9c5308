//! Deployments, stateful sets and their pods, made by the real controllers.

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};
use telemetron_model::{Rfc3339, Timestamp};
use telemetron_view::oracle::{OwnerKind, PodPhase};

use super::cluster::Cluster;
use super::{Watched, has_issue, workload};

/// A deployment of so many pods; the cluster gives a rollout up after so many seconds.
pub(super) fn deployment(name: &str, replicas: u32, deadline: u32) -> Value {
    let limits = json!({"cpu": "500m", "memory": "1Gi"});
    let labels = json!({"app": name});
    json!({
        "metadata": {"name": name, "labels": {"telemetron.io/agent": name}},
        "spec": {
            "replicas": replicas,
            "progressDeadlineSeconds": deadline,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [
                    {"name": "main", "image": format!("{name}:7"), "resources": {"limits": limits}},
                ]},
            },
        },
    })
}

fn running() -> Value {
    json!({
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [{
            "name": "main", "image": "", "imageID": "", "ready": true, "restartCount": 0,
            "state": {"running": {"startedAt": now()}},
        }],
    })
}

fn killed_again_and_again() -> Value {
    let ended = json!({"reason": "OOMKilled", "exitCode": 137, "finishedAt": now()});
    json!({
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}],
        "containerStatuses": [{
            "name": "main", "image": "", "imageID": "", "ready": false, "restartCount": 4,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": ended},
        }],
    })
}

fn now() -> Value {
    // The API takes whole seconds.
    let second = Timestamp::now().nanos() / 1_000_000_000 * 1_000_000_000;
    serde_json::to_value(Rfc3339::from(Timestamp::from_nanos(second))).unwrap()
}

pub(super) async fn a_deployment_is_followed_from_its_creation_to_its_end(cluster: &Cluster) {
    cluster.namespace("agents").await;
    let step = async |seen: super::Seen| {
        seen.is_fresh().await;
        let made = deployment("coder", 2, 600);
        cluster.create::<Deployment>("agents", made).await;
        let made = seen
            .until("two pods that wait", |now| {
                workload(now, "coder").is_some_and(|coder| coder.pods.len() == 2)
            })
            .await;
        let coder = workload(&made, "coder").unwrap();
        assert_eq!((coder.max_pods, coder.live.active_pods), (2, 0));
        assert_eq!(coder.live.image.as_deref(), Some("coder:7"));
        assert_eq!(coder.pod_max_cpu.as_deref(), Some("500m"));
        assert_eq!(coder.pod_max_ram.as_deref(), Some("1Gi"));
        assert_eq!(coder.pods[0].status, PodPhase::Pending);
        let detail = coder.pods[0].detail.as_ref().unwrap();
        assert!(!detail.measured, "nobody measures here");
        assert_eq!(made.state.agents[0].name, "coder");
        let names = [0, 1].map(|pod: usize| coder.pods[pod].pod_id.clone());
        pods_run_and_are_killed(cluster, &seen, &names).await;
        it_is_scaled_and_rolled_out(cluster, &seen).await;
        it_goes(cluster, &seen).await;
    };
    Watched::default().during(cluster, step).await;
}

async fn pods_run_and_are_killed(cluster: &Cluster, seen: &super::Seen, names: &[String; 2]) {
    let [first, second] = names;
    cluster.report::<Pod>("agents", first, running()).await;
    let runs = seen
        .until("a pod that is ready", |now| {
            workload(now, "coder").is_some_and(|coder| coder.live.active_pods == 1)
        })
        .await;
    assert!(runs.issues.is_empty(), "{:?}", runs.issues);
    let killed = killed_again_and_again();
    cluster.report::<Pod>("agents", second, killed).await;
    let loops = format!("pod_crash_loop:agents/{second}");
    let bad = seen
        .until("a pod in a crash loop", |now| has_issue(now, &loops))
        .await;
    assert!(has_issue(&bad, &format!("pod_oom_killed:agents/{second}")));
    assert_eq!(bad.issues.len(), 2, "{:?}", bad.issues);
    let pods = &workload(&bad, "coder").unwrap().pods;
    let reasons = pods
        .iter()
        .filter_map(|pod| pod.detail.as_ref()?.reason.as_deref());
    assert_eq!(
        reasons.collect::<Vec<_>>(),
        ["container main: CrashLoopBackOff"]
    );
    let summary = &bad.issues[0].summary;
    assert!(summary.contains("4 times"), "{summary}");
    cluster.report::<Pod>("agents", second, running()).await;
    seen.until("an end of the crash loop", |now| !has_issue(now, &loops))
        .await;
}

async fn it_is_scaled_and_rolled_out(cluster: &Cluster, seen: &super::Seen) {
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "coder"});
    let scaler = json!({
        "metadata": {"name": "coder"},
        "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 5},
    });
    cluster
        .create::<HorizontalPodAutoscaler>("agents", scaler)
        .await;
    let scaled = seen
        .until("an autoscaler", |now| {
            workload(now, "coder").is_some_and(|coder| coder.max_pods == 5)
        })
        .await;
    let before = workload(&scaled, "coder").unwrap().live.rolled_out_at;
    let image = json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image",
                        "value": "coder:8"}]);
    let patch = Patch::<Value>::Json(serde_json::from_value(image).unwrap());
    let api = cluster.api::<Deployment>("agents");
    let patched = api.patch("coder", &PatchParams::default(), &patch).await;
    patched.unwrap();
    let newer = seen
        .until("a new revision", |now| {
            workload(now, "coder").is_some_and(|coder| {
                let detail = coder.detail.as_ref().unwrap();
                coder.live.image.as_deref() == Some("coder:8")
                    && detail.updated_pods >= 1
                    && coder.pods.len() >= 3
            })
        })
        .await;
    let after = workload(&newer, "coder").unwrap().live.rolled_out_at;
    assert!(after.unwrap().0 > before.unwrap().0, "{after:?} {before:?}");
    assert_eq!(newer.state.workload.len(), 1, "{:?}", newer.state.workload);
}

async fn it_goes(cluster: &Cluster, seen: &super::Seen) {
    let all = DeleteParams::background();
    let api = cluster.api::<Deployment>("agents");
    api.delete("coder", &all).await.unwrap();
    let gone = seen
        .until("nothing at all", |now| now.state.workload.is_empty())
        .await;
    assert!(gone.issues.is_empty(), "{:?}", gone.issues);
}

pub(super) async fn a_rollout_that_the_cluster_gives_up_is_an_issue(cluster: &Cluster) {
    cluster.namespace("rollouts").await;
    let step = async |seen: super::Seen| {
        let made = deployment("stuck", 1, 2);
        cluster.create::<Deployment>("rollouts", made).await;
        let id = "rollout_stalled:rollouts/stuck";
        let stalled = seen.until("a rollout that stalls", |now| has_issue(now, id));
        let summary = stalled.await.issues[0].summary.clone();
        assert!(summary.contains("ProgressDeadlineExceeded"), "{summary}");
        cluster.delete::<Deployment>("rollouts", "stuck").await;
        seen.until("its end", |now| !has_issue(now, id)).await;
    };
    Watched::default().during(cluster, step).await;
}

pub(super) async fn a_stateful_set_with_a_pod_that_cannot_start_is_told(cluster: &Cluster) {
    cluster.namespace("sets").await;
    let mut set = deployment("memory", 1, 600);
    let spec = set["spec"].as_object_mut().unwrap();
    spec.remove("progressDeadlineSeconds");
    spec.insert("serviceName".to_owned(), json!("memory"));
    let step = async |seen: super::Seen| {
        cluster.create::<StatefulSet>("sets", set).await;
        let made = seen
            .until("its pod", |now| {
                workload(now, "memory").is_some_and(|memory| memory.pods.len() == 1)
            })
            .await;
        let memory = workload(&made, "memory").unwrap();
        assert_eq!(memory.pods[0].pod_id, "memory-0");
        let kind = memory.detail.as_ref().map(|detail| detail.kind);
        assert_eq!(kind, Some(OwnerKind::StatefulSet));
        let waits = json!({"phase": "Pending", "containerStatuses": [{
            "name": "main", "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"waiting": {"reason": "ImagePullBackOff"}},
        }]});
        cluster.report::<Pod>("sets", "memory-0", waits).await;
        let id = "pod_pending:sets/memory-0";
        seen.until("a pod that cannot start", |now| has_issue(now, id))
            .await;
        cluster.delete::<StatefulSet>("sets", "memory").await;
        seen.until("its end", |now| workload(now, "memory").is_none())
            .await;
    };
    Watched::default().during(cluster, step).await;
}

pub(super) async fn a_pod_that_ends_because_it_is_deleted_is_no_failure(cluster: &Cluster) {
    cluster.namespace("ends").await;
    let pod = |name: &str| {
        let containers = json!([{"name": "main", "image": "worker:1"}]);
        json!({"metadata": {"name": name, "finalizers": ["telemetron.io/held"]},
               "spec": {"containers": containers}})
    };
    let step = async |seen: super::Seen| {
        let ended = json!({"phase": "Failed", "containerStatuses": [{
            "name": "main", "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"terminated": {"reason": "Error", "exitCode": 143, "finishedAt": now()}},
        }]});
        for name in ["stopped", "broken"] {
            cluster.create::<Pod>("ends", pod(name)).await;
        }
        cluster.delete::<Pod>("ends", "stopped").await;
        let waits = |now: &crate::system_snapshot::SystemSnapshot| {
            let stopped = workload(now, "stopped").and_then(|stopped| stopped.pods.first());
            let detail = stopped.and_then(|pod| pod.detail.as_ref());
            let reason = detail.and_then(|detail| detail.reason.as_deref());
            reason == Some("it is being deleted")
        };
        seen.until("a pod that is being deleted", waits).await;
        for name in ["stopped", "broken"] {
            cluster.report::<Pod>("ends", name, ended.clone()).await;
        }
        let id = "pod_failed:ends/broken";
        let failed = seen
            .until("a pod that failed", |now| has_issue(now, id))
            .await;
        assert_eq!(failed.issues.len(), 1, "{:?}", failed.issues);
        assert!(workload(&failed, "stopped").is_none());
        cluster.delete::<Pod>("ends", "broken").await;
        seen.until("an end of the failure", |now| !has_issue(now, id))
            .await;
        for name in ["stopped", "broken"] {
            let patch = Patch::Merge(json!({"metadata": {"finalizers": null}}));
            let api = cluster.api::<Pod>("ends");
            let patched = api.patch(name, &PatchParams::default(), &patch).await;
            patched.unwrap();
        }
    };
    Watched::default().during(cluster, step).await;
}

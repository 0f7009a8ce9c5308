//! Pods that are killed for their memory, are not started, fail, or take no work; a rollout that
//! does not go on.

use serde_json::{Value, json};

use super::cluster::{before, container, pod};
use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) {
    killed_for_memory(stage).await;
    without_room(stage).await;
    without_image(stage).await;
    evicted(stage).await;
    never_ready(stage).await;
    rollout(stage).await;
}

/// The sentence of an issue, and what to look at next.
fn said(issue: &Value) -> (&str, &str) {
    let why = issue["next"]["why"].as_str().unwrap();
    (issue["summary"].as_str().unwrap(), why)
}

async fn killed_for_memory(stage: &mut Stage) {
    let ended = json!({"terminated": {"reason": "OOMKilled", "exitCode": 137,
                                      "startedAt": before(500), "finishedAt": before(1)}});
    let runs = json!({"running": {"startedAt": before(0)}});
    let name = "coder-abc-memory";
    stage
        .cluster
        .set_pod(&pod(name, "Running", 600, &container(&runs, &ended, 1)));
    let issue = stage.opens("pod_oom_killed").await;
    let (sentence, why) = said(&issue);
    assert!(
        sentence.starts_with("container main of pod coder-abc-memory (coder) was killed"),
        "{sentence}"
    );
    assert!(
        sentence.contains("for its memory (limit 512Mi, 1 restart)"),
        "{sentence}"
    );
    assert!(
        why.contains(&format!(
            "`kubectl logs {name} -c main -n agents --previous`"
        )),
        "{why}"
    );
    // Another one takes its place.
    stage.cluster.remove_pod(name);
    stage.closes(&issue).await;
}

async fn without_room(stage: &mut Stage) {
    let name = "coder-abc-homeless";
    let mut waits = pod(name, "Pending", 130, &Value::Null);
    waits["status"]["conditions"] = json!([{
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/3 nodes are available: 3 Insufficient memory.",
    }]);
    stage.cluster.set_pod(&waits);
    let issue = stage.opens("pod_pending").await;
    assert_eq!(issue["severity"], "warning", "a node may be added yet");
    let (sentence, why) = said(&issue);
    assert!(
        sentence.ends_with("Unschedulable: 0/3 nodes are available: 3 Insufficient memory"),
        "{sentence}"
    );
    assert!(
        why.contains(&format!("`kubectl describe pod {name} -n agents`")),
        "{why}"
    );
    assert!(!why.contains("logs"), "{why}");
    let runs = json!({"running": {"startedAt": before(0)}});
    stage
        .cluster
        .set_pod(&pod(name, "Running", 130, &container(&runs, &json!({}), 0)));
    stage.closes(&issue).await;
}

async fn without_image(stage: &mut Stage) {
    let waits = json!({"waiting": {"reason": "ImagePullBackOff",
                                   "message": "Back-off pulling image \"coder:8\""}});
    let name = "coder-abc-blank";
    stage
        .cluster
        .set_pod(&pod(name, "Pending", 60, &container(&waits, &json!({}), 0)));
    let issue = stage.opens("pod_pending").await;
    assert_eq!(issue["severity"], "error", "it cannot start at all");
    let (sentence, _) = said(&issue);
    assert!(
        sentence.contains("container main: ImagePullBackOff: Back-off pulling image \"coder:8\""),
        "{sentence}"
    );
    stage.cluster.remove_pod(name);
    stage.closes(&issue).await;
}

async fn evicted(stage: &mut Stage) {
    let name = "coder-abc-evicted";
    let mut failed = pod(name, "Failed", 600, &Value::Null);
    failed["status"]["reason"] = json!("Evicted");
    failed["status"]["message"] = json!("The node was low on resource: memory.");
    stage.cluster.set_pod(&failed);
    let issue = stage.opens("pod_failed").await;
    let (sentence, why) = said(&issue);
    assert!(
        sentence.ends_with("Evicted: The node was low on resource: memory"),
        "{sentence}"
    );
    // Nothing of it is left that could have logs.
    assert!(
        why.contains("kubectl describe") && !why.contains("logs"),
        "{why}"
    );
    stage.cluster.remove_pod(name);
    stage.closes(&issue).await;
}

async fn never_ready(stage: &mut Stage) {
    let runs = json!({"running": {"startedAt": before(700)}});
    let name = "coder-abc-deaf";
    let mut deaf = pod(name, "Running", 720, &container(&runs, &json!({}), 0));
    deaf["status"]["conditions"] = json!([{
        "type": "Ready", "status": "False", "reason": "ContainersNotReady",
        "message": "containers with unready status: [main]", "lastTransitionTime": before(700),
    }]);
    stage.cluster.set_pod(&deaf);
    let issue = stage.opens("pod_not_ready").await;
    assert_eq!(issue["severity"], "warning", "another one takes its work");
    let (sentence, _) = said(&issue);
    assert!(
        sentence
            .starts_with("pod coder-abc-deaf of coder runs and is not ready for 12 min (1 of 1"),
        "{sentence}"
    );
    stage
        .cluster
        .set_pod(&pod(name, "Running", 720, &container(&runs, &json!({}), 0)));
    stage.closes(&issue).await;
}

async fn rollout(stage: &mut Stage) {
    let late = "ReplicaSet \"coder-abc\" has timed out progressing.";
    stage.cluster.set_deployment(&json!([{
        "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
        "message": late,
    }]));
    let issue = stage.opens("rollout_stalled").await;
    let (sentence, why) = said(&issue);
    assert!(
        sentence.starts_with("the rollout of coder does not go on (1 of 1"),
        "{sentence}"
    );
    assert!(
        sentence.ends_with("has timed out progressing"),
        "{sentence}"
    );
    assert!(
        why.contains("`kubectl describe deployment coder -n agents`"),
        "{why}"
    );
    stage.cluster.set_deployment(&json!([]));
    stage.closes(&issue).await;
}

//! A pod of a deployment ends and is started again, until the cluster backs off.

use serde_json::Value;

use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) {
    stage.cluster.crash();
    let issue = stage.opens("pod_crash_loop").await;
    assert_eq!(issue["severity"], "critical");
    let said = issue["summary"].as_str().unwrap();
    assert!(
        said.contains("container main of pod coder-abc-1 (coder)"),
        "{said}"
    );
    assert!(said.contains("4 times"), "{said}");
    assert!(said.contains("code 137: no space left"), "{said}");
    let names_agent = |evidence: &Value| evidence["kind"] == "agent" && evidence["id"] == "coder";
    assert!(
        issue["evidence"]
            .as_array()
            .unwrap()
            .iter()
            .any(names_agent)
    );
    // It runs again: what it did lately is still told until the window has passed.
    stage.cluster.recover();
    let runs = |answer: &Value| {
        let pod = &answer["items"][0]["pods"][0];
        pod["detail"]["restarts"] == 5 && pod["detail"]["ready"] == true
    };
    stage.api.eventually("/api/v1/oracle/workload", runs).await;
}

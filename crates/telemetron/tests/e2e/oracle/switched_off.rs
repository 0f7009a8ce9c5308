//! A source falls silent while an issue of it is open, and is then not asked any more.

use serde_json::{Value, json};

use super::cluster::pod;
use super::stage::Stage;
use super::{ISSUES, checks};

/// What the crash loop of an earlier fault opened: the cluster has to tell of its end.
const EARLIER: &str = "pod_crash_loop:agents/coder-abc-1";

pub(super) async fn play(stage: &mut Stage) {
    checks::closed(stage, EARLIER).await;
    let mut failed = pod("coder-abc-lost", "Failed", 600, &Value::Null);
    failed["status"]["reason"] = json!("NodeLost");
    stage.cluster.set_pod(&failed);
    let issue = stage.opens("pod_failed").await;

    stage.cluster.fall_silent();
    let is_ours = |known: &&Value| known["id"] == issue["id"];
    let ours = |answer: &Value| answer["issues"].as_array()?.iter().find(is_ours).cloned();
    let unchecked = |answer: &Value| ours(answer).is_some_and(|it| it["unchecked"].is_object());
    let report = stage.api.eventually(ISSUES, unchecked).await;
    let open = ours(&report).unwrap();
    assert_eq!(open["unchecked"]["source"], "kubernetes");
    let said = open["summary"].as_str().unwrap();
    assert!(
        said.contains("(not checked for ") && said.contains("kubernetes is absent, the cluster"),
        "{said}"
    );

    stage.restart_api(&[("ORACLE_KUBERNETES", "off")]).await;
    stage.closes(&issue).await;
    let life = checks::life_of(issue["id"].as_str().unwrap());
    let life = stage.api.get(&life).await.unwrap();
    let last = &life.as_array().unwrap().last().unwrap()["issue"];
    let said = last["summary"].as_str().unwrap();
    assert!(
        said.contains("(given up: kubernetes is not asked any more, it is switched off"),
        "{said}"
    );
}

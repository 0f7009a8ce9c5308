//! No fault: work is in the state, the state fits its schema, and nothing is wrong.

use serde_json::Value;
use telemetron_sdk::TokenUsage;

use super::ISSUES;
use super::stage::Stage;

pub(super) async fn play(stage: &Stage) {
    let trace = stage.telemetry.trace("plan").start();
    let agent = trace.agent("planner");
    let call = agent.llm("small");
    call.tokens(TokenUsage::new(100, 10));
    call.complete();
    agent.complete();
    trace.complete("done");
    let known = |answer: &Value| {
        let agents = answer["agents"].as_array();
        let is_planner = |agent: &Value| agent["name"] == "planner";
        agents.is_some_and(|agents| agents.iter().any(is_planner))
    };
    stage.api.eventually("/system/state", known).await;
    let verdict = stage.api.get("/api/v1/oracle/validate").await.unwrap();
    assert_eq!(verdict["valid"], true, "{verdict}");
    // The whole cast is there: the cluster with its deployment, and no source but the absent ones.
    let seen = |answer: &Value| answer["items"][0]["pods"][0]["status"] == "Running";
    stage.api.eventually("/api/v1/oracle/workload", seen).await;
    let report = stage.api.get(ISSUES).await.unwrap();
    assert_eq!(report["issues"], serde_json::json!([]), "{report}");
    assert_eq!(report["status"], "healthy");
}

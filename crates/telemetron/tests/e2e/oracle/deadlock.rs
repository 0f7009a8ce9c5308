//! Two agents, each of which waits for the other.

use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) {
    let trace = stage.telemetry.trace("after you").start();
    let planner = trace.agent("planner");
    let critic = trace.agent("critic");
    trace
        .handoff("planner", "critic")
        .reason("say if it is good")
        .send();
    trace
        .handoff("critic", "planner")
        .reason("say what you want")
        .send();
    let issue = stage.opens("deadlock").await;
    assert_eq!(issue["severity"], "critical");
    let said = issue["summary"].as_str().unwrap();
    assert!(
        said.starts_with("critic and planner wait for each other"),
        "{said}"
    );
    critic.complete();
    planner.complete();
    trace.complete("settled");
    stage.closes(&issue).await;
}

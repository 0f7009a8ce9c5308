//! An agent has tried something as often as it may.

use telemetron_sdk::Failure;

use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) {
    let trace = stage.telemetry.trace("a release").start();
    let agent = trace.agent("deployer");
    for _attempt in 0..5 {
        let tool = agent.tool("deploy");
        tool.fail(Failure::new("Timeout", "the cluster does not answer"));
    }
    let failure = Failure::new("Timeout", "the cluster does not answer");
    agent.error(failure).attempts(5).send();
    agent.complete();
    trace.fail("no release today");
    let issue = stage.opens("retries_exhausted").await;
    let said = issue["summary"].as_str().unwrap();
    assert!(said.starts_with("deployer gave up"), "{said}");
    assert!(said.contains("5 attempts"), "{said}");
    assert!(said.ends_with("the cluster does not answer"), "{said}");
}

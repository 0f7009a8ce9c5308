//! A provider refuses calls for their rate.

use telemetron_sdk::Failure;

use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) {
    let trace = stage.telemetry.trace("in a hurry").start();
    let agent = trace.agent("hasty");
    for _ in 0..3 {
        let refusal = Failure::new("RateLimitError", "Error 429: slow down");
        agent.llm("large").fail(refusal);
    }
    agent.llm("large").complete();
    agent.complete();
    trace.complete("at last");
    let issue = stage.opens("rate_limited").await;
    let said = issue["summary"].as_str().unwrap();
    assert!(
        said.starts_with("3 calls of model large were refused for their rate"),
        "{said}"
    );
    assert_eq!(
        (&issue["subject_kind"], &issue["subject"]),
        (&"model".into(), &"large".into())
    );
}

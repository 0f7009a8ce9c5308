//! A call does not fit into the window of its model.

use telemetron_sdk::Failure;

use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) {
    let trace = stage.telemetry.trace("a long story").start();
    let agent = trace.agent("novelist");
    let words = "This model's maximum context length is 8192 tokens, you asked for 9400";
    agent.llm("narrow").fail(Failure::new("BadRequest", words));
    agent.complete();
    trace.complete("shortened");
    let issue = stage.opens("context_exhausted").await;
    let said = issue["summary"].as_str().unwrap();
    assert!(
        said.starts_with("1 call of model narrow did not fit into its context window"),
        "{said}"
    );
    assert!(said.contains("8192 tokens"), "{said}");
}

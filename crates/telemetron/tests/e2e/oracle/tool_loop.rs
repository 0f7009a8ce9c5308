//! An agent calls the same tool with the same arguments, again and again.

use serde_json::json;

use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) {
    let trace = stage.telemetry.trace("in circles").start();
    let coder = trace.agent("seeker");
    for _ in 0..6 {
        let tool = coder.tool("search");
        tool.input(&json!({"query": "the same"}));
        tool.complete();
    }
    coder.complete();
    trace.complete("gave up");
    let issue = stage.opens("tool_loop").await;
    let said = issue["summary"].as_str().unwrap();
    assert!(
        said.starts_with("seeker called tool search 6 times with the same arguments"),
        "{said}"
    );
    assert_eq!(issue["subject"], "search");
}

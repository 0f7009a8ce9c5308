//! Two agents pass the same work to and fro.

use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) {
    let trace = stage.telemetry.trace("a review without end").start();
    let id = trace.trace_id().to_string();
    for agent in ["writer", "editor"] {
        trace.agent(agent).complete();
    }
    for _round in 0..3 {
        let there = trace.handoff("writer", "editor");
        there.reason("look again").send();
        let back = trace.handoff("editor", "writer");
        back.reason("not good enough").send();
    }
    trace.complete("gave up");
    let issue = stage.opens("handoff_loop").await;
    let said = issue["summary"].as_str().unwrap();
    assert!(
        said.starts_with("writer and editor passed the same work to and fro 6 times"),
        "{said}"
    );
    assert!(said.ends_with("saying \"not good enough\""), "{said}");
    assert_eq!(issue["subject"], id.as_str());
}

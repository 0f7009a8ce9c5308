//! The consumer is gone while records come.

use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) {
    stage.kill_consumer();
    let trace = stage.telemetry.trace("unheard").start();
    let id = trace.trace_id();
    trace.agent("storyteller").complete();
    trace.complete("to nobody");
    let issue = stage.opens("ingestion_lag").await;
    let said = issue["summary"].as_str().unwrap();
    assert!(
        said.contains("wait in Kafka to be stored, the oldest for 1"),
        "{said}"
    );
    assert_eq!(issue["next"]["call"], "/api/v1/ingest");

    stage.start_consumer();
    stage.closes(&issue).await;
    // What waited is there, whole.
    let path = format!("/api/v1/traces/{id}");
    let whole = |answer: &serde_json::Value| answer["trace"]["status"] == "COMPLETED";
    stage.api.eventually(&path, whole).await;
}

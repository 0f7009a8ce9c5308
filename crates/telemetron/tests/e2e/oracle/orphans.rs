//! A span whose parent does not come, until it does.

use telemetron_model::record::SpanKind;

use super::records::{ended, span, span_id, trace_id};
use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) {
    let root = span(8, 1, 0, "librarian", SpanKind::Agent, 5);
    let late = span(8, 2, 1, "index", SpanKind::Chain, 4);
    let orphan = span(8, 3, 2, "shelve", SpanKind::Tool, 3);
    for span in [&root, &orphan] {
        stage.telemetry.emit(ended(span));
    }
    let issue = stage.opens("orphan_spans").await;
    let said = issue["summary"].as_str().unwrap();
    assert!(said.contains("1 span"), "{said}");
    assert!(said.contains(&span_id(2).to_string()), "{said}");
    assert_eq!(issue["subject"], trace_id(8).to_string());
    stage.telemetry.emit(ended(&late));
    stage.closes(&issue).await;
}

//! An agent waits for a tool that never answers: its spans run on.

use telemetron_model::record::SpanKind;

use super::records::{ended, span};
use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) {
    let agent = span(7, 1, 0, "crawler", SpanKind::Agent, 3600);
    let tool = span(7, 2, 1, "fetch_page", SpanKind::Tool, 3590);
    for span in [&agent, &tool] {
        stage.telemetry.emit(span.clone());
    }
    let issue = stage.opens("stuck_span").await;
    // The innermost is the one that the others wait for.
    let said = issue["summary"].as_str().unwrap();
    assert!(
        said.starts_with(
            "tool span `fetch_page` of crawler runs for 60 min, and none like it has ended before"
        ),
        "{said}"
    );
    for span in [&tool, &agent] {
        stage.telemetry.emit(ended(span));
    }
    stage.closes(&issue).await;
}

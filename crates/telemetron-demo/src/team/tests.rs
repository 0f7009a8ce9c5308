//! The demonstration, played into memory with the clock run forward.

use std::sync::Arc;

use telemetron_sdk::{Collector, MemorySink, Record, SpanKind, Status};
use tokio_util::sync::CancellationToken;

use super::Plot;
use super::request::Request;
use super::stage::Stage;

/// Plays one request to its end; gives everything that was recorded.
async fn played(plot: Plot) -> MemorySink {
    let sink = MemorySink::default();
    let telemetry = Collector::builder().sink(sink.clone()).start().unwrap();
    let stage = Arc::new(Stage::set(telemetry));
    let request = Request::new(0, plot);
    let trace = stage.open(&request);
    stage.play(trace, request, CancellationToken::new()).await;
    stage.close().await.unwrap();
    sink
}

fn final_status(sink: &MemorySink) -> Status {
    let traces = sink.traces();
    traces.into_iter().map(|trace| trace.status).max().unwrap()
}

fn handoffs(sink: &MemorySink) -> usize {
    sink.of_kind(|record| matches!(record, Record::Handoff(_)).then_some(()))
        .len()
}

#[tokio::test(start_paused = true)]
async fn a_smooth_request_has_every_agent_and_no_failure() {
    let sink = played(Plot::Smooth).await;
    assert_eq!(final_status(&sink), Status::Completed);
    let spans = sink.spans();
    for agent in [
        "orchestrator",
        "researcher-docs",
        "researcher-web",
        "coder",
        "reviewer",
    ] {
        assert!(
            spans
                .iter()
                .any(|span| span.agent_name.as_deref() == Some(agent)),
            "{agent}"
        );
    }
    assert!(spans.iter().all(|span| span.status != Status::Failed));
    let calls = spans
        .iter()
        .filter(|span| span.span_kind == SpanKind::Llm && span.end_time.is_some());
    assert!(calls.clone().count() >= 6);
    assert!(
        calls
            .into_iter()
            .all(|span| span.token_usage.is_some() && span.cost_usd.is_some())
    );
    assert_eq!(handoffs(&sink), 4);
}

#[tokio::test(start_paused = true)]
async fn a_failed_search_is_tried_again_and_the_request_completes() {
    let sink = played(Plot::FlakySearch).await;
    assert_eq!(final_status(&sink), Status::Completed);
    let failed = sink
        .spans()
        .into_iter()
        .filter(|span| span.status == Status::Failed);
    let tools: Vec<_> = failed.filter_map(|span| span.tool_name).collect();
    assert_eq!(tools, ["web_search"]);
    let errors = sink.of_kind(|record| matches!(record, Record::Error(_)).then_some(()));
    assert_eq!(errors.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_review_may_send_the_code_back() {
    let sink = played(Plot::Rework).await;
    assert_eq!(final_status(&sink), Status::Completed);
    assert_eq!(handoffs(&sink), 5);
}

#[tokio::test(start_paused = true)]
async fn a_broken_tool_fails_the_request_after_its_retries() {
    let sink = played(Plot::BrokenTool).await;
    assert_eq!(final_status(&sink), Status::Failed);
    let runs = sink.spans().into_iter().filter(|span| {
        span.tool_name.as_deref() == Some("run_tests") && span.status == Status::Failed
    });
    assert_eq!(runs.count(), 3);
    let gave_up = sink.of_kind(|record| match record {
        Record::Event(event) => Some(event.event_name),
        _ => None,
    });
    let said = gave_up.iter().filter(|name| *name == "retries exhausted");
    assert_eq!(said.count(), 1, "{gave_up:?}");
}

#[test]
fn without_faults_nothing_fails_or_gets_stuck() {
    let trickle = (0..32).map(|number| Plot::of_trickle(number, false));
    let all = Plot::first_round(false).iter().copied().chain(trickle);
    for plot in all {
        assert!(matches!(plot, Plot::Smooth | Plot::Rework), "{plot}");
        assert_eq!(plot.opens(), [], "{plot}");
    }
    assert!(Plot::first_round(true).contains(&Plot::Stuck));
}

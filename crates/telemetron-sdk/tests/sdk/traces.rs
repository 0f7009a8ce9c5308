//! Traces, and what is said inside them.

use serde_json::json as value;
use telemetron_sdk::{
    Collector, ErrorCategory, HandoffMode, Record, Severity, SpanContext, Status, event_type,
};

use crate::support::{json, start};

#[test]
fn a_trace_is_opened_and_completed_whole() {
    let seen = start();
    let trace = seen
        .telemetry
        .trace("plan a trip")
        .user_input("Rome")
        .session("s1")
        .user("u1")
        .metadata(&value!({"tier": "gold"}))
        .start();
    trace.agent("orchestrator").complete();
    trace.agent("second").complete();
    trace.complete(&value!({"hotel": "Forum"}));

    let traces = seen.sink().traces();
    let [opened, completed] = &traces[..] else {
        panic!("{traces:?}")
    };
    assert_eq!((opened.status, opened.end_time), (Status::Running, None));
    assert_eq!(completed.status, Status::Completed);
    assert_eq!(completed.name.as_deref(), Some("plan a trip"));
    assert_eq!(completed.user_input, json(value!("Rome")));
    assert_eq!(completed.final_output, json(value!({"hotel": "Forum"})));
    assert_eq!(completed.session_id.as_deref(), Some("s1"));
    assert_eq!(completed.user_id.as_deref(), Some("u1"));
    assert_eq!(completed.project.as_deref(), Some("p"));
    assert_eq!(completed.metadata, json(value!({"tier": "gold"})));
    assert_eq!(completed.root_agent_name.as_deref(), Some("orchestrator"));
    assert!(completed.end_time.unwrap() >= completed.start_time);
}

#[test]
fn a_trace_fails_with_its_error_and_a_dropped_one_as_abandoned() {
    let seen = start();
    seen.telemetry
        .trace("bad")
        .start()
        .fail("api key is missing");
    drop(seen.telemetry.trace("quiet").start());
    let traces = seen.sink().traces();
    let end_of = |name: &str| {
        let mut ends = traces.iter().filter(|trace| trace.end_time.is_some());
        ends.find(|trace| trace.name.as_deref() == Some(name))
            .unwrap()
    };
    assert_eq!(end_of("bad").status, Status::Failed);
    let error = end_of("bad").error.as_ref().unwrap();
    assert_eq!(error.category, Some(ErrorCategory::Config));
    let quiet = end_of("quiet");
    assert_eq!(quiet.status, Status::Failed);
    assert_eq!(quiet.error.as_ref().unwrap().error_type, "abandoned");
}

/// The first example of the README, with a model that is away.
#[tokio::test]
async fn an_error_that_leaves_by_a_question_mark_fails_agent_and_trace() {
    async fn plan(telemetry: &Collector) -> std::io::Result<()> {
        let trace = telemetry.trace("plan a trip").start();
        let orchestrator = trace.agent("orchestrator");
        orchestrator
            .llm("gpt-5")
            .run(async |_| Err::<(), _>(std::io::Error::other("the model is away")))
            .await?;
        orchestrator.complete();
        trace.complete("Rome");
        Ok(())
    }
    let seen = start();
    assert!(plan(&seen.telemetry).await.is_err());
    let agent = seen.ended("orchestrator");
    assert_eq!(agent.status, Status::Failed);
    assert_eq!(agent.error.unwrap().message, "the model is away");
    let traces = seen.sink().traces();
    let trace = traces
        .iter()
        .find(|trace| trace.end_time.is_some())
        .unwrap();
    assert_eq!(trace.status, Status::Failed);
    let error = trace.error.as_ref().unwrap();
    assert_eq!(
        (error.error_type.as_str(), error.message.as_str()),
        ("std::Error", "the model is away")
    );
}

#[test]
fn handoffs_events_and_errors_know_their_span_and_agent() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    let agent = trace.agent("planner");
    agent
        .handoff("planner", "coder")
        .reason("code needed")
        .mode(HandoffMode::Delegate)
        .context(&value!({"file": "a.rs"}))
        .send();
    agent.event("thought", &value!({"n": 1}));
    trace
        .event("retry")
        .kind(event_type::RETRY)
        .severity(Severity::Warning)
        .message("again")
        .cause("e0")
        .correlation("c0")
        .send();
    agent
        .error("timed out")
        .attempts(3)
        .suggested_fix("wait longer")
        .send();
    agent.complete();

    let span = seen.ended("planner");
    let mut kinds = 0;
    for record in seen.sink().records() {
        match record {
            Record::Handoff(handoff) => {
                assert_eq!(handoff.source_agent_name.as_deref(), Some("planner"));
                assert_eq!(handoff.target_agent_name, "coder");
                assert_eq!(handoff.span_id, Some(span.span_id));
                assert_eq!(handoff.context, json(value!({"file": "a.rs"})));
                kinds += 1;
            }
            Record::Event(event) if event.event_name == "thought" => {
                assert_eq!(event.agent_name.as_deref(), Some("planner"));
                assert_eq!(event.span_id, Some(span.span_id));
                assert_eq!(event.event_type, "custom");
                assert_eq!(event.data, json(value!({"n": 1})));
                kinds += 1;
            }
            Record::Event(event) => {
                assert_eq!(event.event_type, "retry");
                assert_eq!((event.span_id, event.trace_id), (None, Some(span.trace_id)));
                assert_eq!(event.cause.as_deref(), Some("e0"));
                assert_eq!(event.correlation_id.as_deref(), Some("c0"));
                kinds += 1;
            }
            Record::Error(error) => {
                assert_eq!(error.category, Some(ErrorCategory::Timeout));
                assert_eq!(error.span_id, Some(span.span_id));
                assert_eq!((error.attempts, error.retryable), (Some(3), Some(true)));
                assert_eq!(error.suggested_fixes, ["wait longer"]);
                kinds += 1;
            }
            _ => {}
        }
    }
    assert_eq!(kinds, 4);
}

#[test]
fn a_trace_of_another_process_is_continued_and_neither_opened_nor_completed() {
    let seen = start();
    let theirs = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    let headers = vec![
        ("TraceParent".to_owned(), theirs.to_owned()),
        ("tracestate".to_owned(), "congo=t61".to_owned()),
        ("baggage".to_owned(), "tenant=a%20b".to_owned()),
    ];
    let context = SpanContext::extract(&headers);
    let trace = seen
        .telemetry
        .trace("served")
        .continue_from(context)
        .start();
    let agent = trace.agent("server");
    let mut onward = Vec::new();
    agent.inject(&mut onward);
    agent.complete();
    trace.complete("ok");

    let span = seen.ended("server");
    assert_eq!(
        span.trace_id.to_string(),
        "4bf92f3577b34da6a3ce929d0e0e4736"
    );
    assert_eq!(span.parent_span_id.unwrap().to_string(), "00f067aa0ba902b7");
    assert_eq!(seen.sink().traces(), []);
    let onward = SpanContext::extract(&onward).unwrap();
    assert_eq!(
        (onward.trace_id, onward.span_id),
        (span.trace_id, span.span_id)
    );
    assert_eq!(
        onward.flags, 0,
        "the sender's choice not to record travels on"
    );
    assert_eq!(onward.tracestate.as_deref(), Some("congo=t61"));
    assert_eq!(*onward.baggage, [("tenant".to_owned(), "a b".to_owned())]);
}

#[cfg(feature = "http")]
#[test]
fn http_headers_carry_the_context() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    let agent = trace.agent("a");
    let mut headers = http::HeaderMap::new();
    agent.inject(&mut headers);
    assert_eq!(SpanContext::extract(&headers), agent.context());
    headers.append(
        "traceparent",
        agent.context().unwrap().traceparent().parse().unwrap(),
    );
    assert_eq!(SpanContext::extract(&headers), None, "two parents are none");
}

#[test]
fn the_top_of_a_trace_has_nothing_to_continue() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    assert_eq!(trace.context(), None);
    assert!(trace.env_for_child().is_empty());
}

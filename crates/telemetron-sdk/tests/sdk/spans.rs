//! Spans end once, with everything that was said of them.

use serde_json::json as value;
use telemetron_model::cost::NanoUsd;
use telemetron_sdk::{ErrorCategory, Failure, LlmCall, SpanKind, Status, TokenUsage, ToolCall};

use crate::support::{json, start, start_with};

#[test]
fn a_span_carries_all_that_was_said_of_it() {
    let seen = start();
    let trace = seen.telemetry.trace("t").session("s1").user("u1").start();
    let agent = trace.agent("researcher");
    let call = agent.llm("gpt-5");
    call.provider("openai")
        .input(&value!([{"role": "user"}]))
        .output("Rome")
        .parameters(&value!({"temperature": 0}))
        .tokens(TokenUsage::new(10, 5))
        .cost_usd(0.001)
        .attribute("retries", 2)
        .first_token()
        .finish_reason("stop")
        .link(&agent.context().unwrap());
    call.complete();

    let span = seen.ended("gpt-5");
    assert_eq!(span.trace_id, trace.trace_id());
    assert_eq!(
        (span.span_kind, span.status),
        (SpanKind::Llm, Status::Completed)
    );
    assert_eq!(span.agent_name.as_deref(), Some("researcher"));
    assert_eq!(span.model.as_deref(), Some("gpt-5"));
    assert_eq!(span.provider.as_deref(), Some("openai"));
    assert_eq!(span.session_id.as_deref(), Some("s1"));
    assert_eq!(span.user_id.as_deref(), Some("u1"));
    assert_eq!(span.project.as_deref(), Some("p"));
    assert_eq!(span.input_data, json(value!([{"role": "user"}])));
    assert_eq!(span.output_data, json(value!("Rome")));
    assert_eq!(span.parameters, json(value!({"temperature": 0})));
    assert_eq!(span.attributes, json(value!({"retries": 2})));
    assert_eq!(span.token_usage, Some(TokenUsage::new(10, 5)));
    assert_eq!(span.cost_usd, Some(NanoUsd::from_nanos(1_000_000)));
    assert_eq!(span.finish_reason.as_deref(), Some("stop"));
    assert!(span.time_to_first_token_ns.unwrap() >= 0);
    assert!(span.end_time.unwrap() >= span.start_time);
    assert_eq!(span.resource.unwrap().service.as_deref(), Some("tests"));
    let links: serde_json::Value = span.links.unwrap().parse().unwrap();
    assert_eq!(links[0]["trace_id"], trace.trace_id().to_string());
}

#[test]
fn children_hang_under_their_parent_and_inherit_its_agent() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    let planner = trace.agent("planner");
    let tool = planner.tool("search");
    let inner = tool.chain("parse");
    inner.complete();
    tool.complete();
    planner.complete();
    trace.retriever("kb").complete();

    let (planner, tool) = (seen.ended("planner"), seen.ended("search"));
    assert_eq!(planner.parent_span_id, None);
    assert_eq!(tool.parent_span_id, Some(planner.span_id));
    assert_eq!(tool.tool_name.as_deref(), Some("search"));
    let inner = seen.ended("parse");
    assert_eq!(inner.parent_span_id, Some(tool.span_id));
    assert_eq!(inner.agent_name.as_deref(), Some("planner"));
    let retriever = seen.ended("kb");
    assert_eq!(
        (retriever.parent_span_id, retriever.agent_name),
        (None, None)
    );
}

#[test]
fn calls_without_a_span_travel_in_the_span_around_them() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    let agent = trace.agent("a");
    let llm: LlmCall = serde_json::from_value(value!({"model": "m"})).unwrap();
    let tool: ToolCall = serde_json::from_value(value!({"tool_name": "x"})).unwrap();
    agent.llm_call(llm.clone()).tool_call(tool.clone());
    agent.complete();
    let span = seen.ended("a");
    assert_eq!((span.llm_calls, span.tool_calls), (vec![llm], vec![tool]));
}

#[test]
fn a_failure_is_named_and_classified() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    let error = "x".parse::<i32>().unwrap_err();
    trace.tool("parse").fail(&error);
    trace.tool("fetch").fail("connection refused");
    trace
        .tool("call")
        .fail(Failure::new("RateLimitError", "slow down").with_stack("at main.rs"));

    let parse = seen.ended("parse");
    assert_eq!(parse.status, Status::Failed);
    let parse = parse.error.unwrap();
    assert_eq!(parse.error_type, "ParseIntError");
    assert_eq!(parse.message, error.to_string());
    let fetch = seen.ended("fetch").error.unwrap();
    assert_eq!(fetch.category, Some(ErrorCategory::Network));
    let call = seen.ended("call").error.unwrap();
    assert_eq!(
        (call.retryable, call.stack.as_deref()),
        (Some(true), Some("at main.rs"))
    );
}

#[test]
fn a_span_that_is_dropped_without_a_verdict_has_failed() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    drop(trace.chain("quiet"));
    let panicked = std::thread::scope(|threads| {
        let thread = threads.spawn(|| {
            let _span = trace.chain("loud");
            panic!("on purpose");
        });
        thread.join().is_err()
    });
    assert!(panicked);
    let quiet = seen.ended("quiet");
    assert_eq!(quiet.status, Status::Failed);
    assert_eq!(quiet.error.unwrap().error_type, "abandoned");
    let loud = seen.ended("loud");
    assert_eq!(loud.status, Status::Failed);
    assert_eq!(loud.error.unwrap().error_type, "panic");
}

#[test]
fn a_failed_child_fails_its_parents_only_where_that_was_chosen() {
    for passed_on in [false, true] {
        let seen = start_with(|builder| builder.pass_failures_on(passed_on));
        let trace = seen.telemetry.trace("t").start();
        let agent = trace.agent("a");
        let step = agent.chain("step");
        step.tool("broken").fail("no such file");
        step.complete();
        agent.complete();
        trace.complete("done");

        let expected = if passed_on {
            Status::Failed
        } else {
            Status::Completed
        };
        assert_eq!(seen.ended("step").status, expected);
        let agent = seen.ended("a");
        assert_eq!(agent.status, expected);
        assert_eq!(agent.error.is_some(), passed_on);
        let traces = seen.sink().traces();
        assert_eq!(traces.last().unwrap().status, expected);
    }
}

#[tokio::test]
async fn run_ends_a_span_by_the_result_of_its_work() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    let good = trace.tool("good").run(async |span| {
        span.output(&7);
        Ok::<_, String>(7)
    });
    assert_eq!(good.await, Ok(7));
    let bad = trace
        .tool("bad")
        .run(async |_| Err::<(), _>("deadline exceeded".to_owned()));
    assert!(bad.await.is_err());
    let blocking = trace.tool("blocking").run_blocking(|_| Err::<(), _>("no"));
    assert!(blocking.is_err());

    assert_eq!(seen.ended("good").output_data, json(value!(7)));
    let bad = seen.ended("bad").error.unwrap();
    assert_eq!(bad.category, Some(ErrorCategory::Timeout));
    assert_eq!(seen.ended("blocking").status, Status::Failed);
}

#[tokio::test]
async fn work_that_is_dropped_before_it_is_done_has_failed_as_cancelled() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    let endless = trace.tool("endless").run(async |_| {
        std::future::pending::<()>().await;
        Ok::<_, String>(())
    });
    let timeout = tokio::time::timeout(std::time::Duration::from_millis(1), endless);
    assert!(timeout.await.is_err());
    let span = seen.ended("endless");
    assert_eq!(span.status, Status::Failed);
    assert_eq!(span.error.unwrap().error_type, "cancelled");
}

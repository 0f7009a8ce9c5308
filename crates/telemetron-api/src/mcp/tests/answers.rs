//! Each tool on answers that are known, as a model reads it.

use serde_json::{Value, json};

use super::canned::{
    Canned, TRACE, comparison, diagnosis, fresh, issue, skeleton, sources, state, summary, usage,
};
use crate::mcp::tools;

async fn asked(tool: &str, arguments: Value, answers: Vec<(String, Value)>) -> String {
    let arguments = arguments.as_object().cloned().unwrap();
    match tools::run(&Canned(answers), tool, arguments).await {
        Ok(text) => text,
        Err(fault) => format!("FAULT {fault}"),
    }
}

fn at(path: &str, answer: Value) -> (String, Value) {
    (format!("/api/v1/{path}"), answer)
}

fn list(items: Value) -> Value {
    fresh(json!({ "items": items, "next": null }))
}

#[tokio::test]
async fn traces_are_listed_with_what_to_ask_next() {
    let answers = vec![at("traces?", list(json!([summary(true), summary(false)])))];
    insta::assert_snapshot!(asked("find_traces", json!({ "errors_only": true }), answers).await);
}

#[tokio::test]
async fn a_trace_is_seen_in_one_look() {
    let mut trace = summary(true);
    for (field, value) in [
        ("root_agent_id", json!(null)),
        ("metadata", json!(null)),
        ("reported_tokens", json!(null)),
        ("reported_cost_usd", json!(null)),
        (
            "error",
            json!({ "type": "Timeout", "message": "no answer", "category": "tool" }),
        ),
    ] {
        trace[field] = value;
    }
    let answer = fresh(json!({
        "trace": trace, "spans": [], "next": null, "events": [],
        "handoffs": [{ "handoff_id": "h", "span_id": null, "source_agent_id": null, "source_agent_name": "orchestrator",
            "target_agent_id": null, "target_agent_name": "booker", "timestamp": "2026-01-31T11:59:01Z",
            "reason": "a hotel was chosen", "mode": null, "context": null }],
        "errors": [{ "error_id": "e", "span_id": "0000000000000004", "agent_id": null, "agent_name": "booker",
            "error_type": "Timeout", "message": "no answer in 30 s", "stack": null, "category": "tool",
            "severity": "error", "retryable": true, "attempts": 1, "suggested_fixes": ["raise the timeout"],
            "timestamp": "2026-01-31T11:59:12Z" }],
        "omitted": { "spans": 0, "events": 0, "handoffs": 0, "errors": 0 },
    }));
    let spans = json!([
        skeleton(1, None, "AGENT", "FAILED"),
        skeleton(2, Some(1), "AGENT", "COMPLETED"),
        skeleton(3, Some(2), "LLM", "COMPLETED"),
        skeleton(4, Some(1), "TOOL", "FAILED"),
    ]);
    let answers = vec![
        at(&format!("traces/{TRACE}?"), answer),
        at(&format!("traces/{TRACE}/graph"), graph()),
        at(&format!("traces/{TRACE}/spans"), list(spans)),
    ];
    insta::assert_snapshot!(asked("trace_summary", json!({ "trace_id": TRACE }), answers).await);
}

fn graph() -> Value {
    let work = |errors: i64| {
        json!({
            "spans": 2, "running_spans": 0, "duration_ms": 12500.0, "llm_calls": 1, "tool_calls": 1,
            "tokens": usage(1200, 340), "cost_usd": 0.0123, "errors": errors,
        })
    };
    let node = |name: &str, errors: i64| {
        let mut node = work(errors);
        node["id"] = json!(name);
        node["name"] = json!(name);
        node
    };
    let mut booker = node("booker", 2);
    let invocation = |span: u64| {
        let mut one = work(0);
        one["span_id"] = json!(format!("{span:016x}"));
        one["name"] = json!("book");
        one["called_by"] = json!(null);
        one["status"] = json!("COMPLETED");
        one["start_time"] = json!("2026-01-31T11:59:00Z");
        one["end_time"] = json!("2026-01-31T11:59:12Z");
        one
    };
    booker["invocation_count"] = json!(2);
    booker["invocations"] = json!([invocation(1), invocation(5)]);
    fresh(json!({
        "trace_id": TRACE, "nodes": [node("orchestrator", 0), booker],
        "edges": [{ "source": "orchestrator", "target": "booker", "kind": "handoff", "count": 1, "reasons": ["a hotel was chosen"] },
            { "source": "orchestrator", "target": "booker", "kind": "parent_child", "count": 3 }],
        "unattributed": work(0),
    }))
}

#[tokio::test]
async fn the_agents_of_a_trace_and_who_called_whom() {
    let answers = vec![at(&format!("traces/{TRACE}/graph"), graph())];
    insta::assert_snapshot!(asked("agent_graph", json!({ "trace_id": TRACE }), answers).await);
}

#[tokio::test]
async fn one_call_diagnoses_the_trace_that_failed_last() {
    let answers = vec![
        at("traces?limit=1&status=FAILED", list(json!([summary(true)]))),
        at(&format!("traces/{TRACE}/diagnosis"), diagnosis(2)),
    ];
    insta::assert_snapshot!(asked("diagnose", json!({}), answers).await);
}

#[tokio::test]
async fn two_traces_differ_first_in_the_first_difference() {
    let answers = vec![at("traces/compare", comparison(2))];
    insta::assert_snapshot!(asked("compare", json!({ "a": TRACE }), answers).await);
}

#[tokio::test]
async fn issues_name_their_evidence_and_the_next_call() {
    let report = json!({ "status": "critical", "issues": [issue(12)], "generated_at": "2026-01-31T12:00:00Z", "sources": sources() });
    insta::assert_snapshot!(asked("issues", json!({}), vec![at("oracle/issues", report)]).await);
}

#[tokio::test]
async fn a_healthy_system_has_no_issues() {
    let report = json!({ "status": "healthy", "issues": [], "generated_at": "2026-01-31T12:00:00Z", "sources": [] });
    let text = asked("issues", json!({}), vec![at("oracle/issues", report)]).await;
    assert!(text.starts_with("# healthy: no issues at"), "{text}");
}

#[tokio::test]
async fn the_state_of_the_system_is_one_answer() {
    let report = json!({ "status": "degraded", "issues": [issue(12)], "generated_at": "2026-01-31T12:00:00Z", "sources": sources() });
    let answers = vec![at("oracle/issues", report), at("oracle/state", state(1))];
    insta::assert_snapshot!(asked("system_state", json!({}), answers).await);
}

#[tokio::test]
async fn a_payload_is_read_on_from_where_it_was_cut() {
    let long = "a sentence that says something\n".repeat(2_000);
    let span = json!({
        "trace_id": TRACE, "span_id": "0000000000000004", "parent_span_id": null, "name": "search",
        "span_kind": "TOOL", "status": "FAILED", "start_time": "2026-01-31T11:59:00Z", "end_time": null,
        "duration_ms": 30000.0, "time_source": "clock", "agent_id": null, "agent_name": "booker",
        "counts": true, "llm_call_count": 0, "tool_call_count": 0, "tool_name": "search",
        "error": { "type": "Timeout", "message": "no answer" }, "output_data": long, "input_data": { "q": "hotels" },
    });
    let answer = fresh(json!({ "span": span, "llm_calls": [], "tool_calls": [] }));
    let path = format!("traces/{TRACE}/spans/0000000000000004");
    let ask = async |extra: Value| {
        let mut arguments =
            json!({ "trace_id": TRACE, "span_id": "0000000000000004", "max_tokens": 600 });
        arguments
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        asked("span_detail", arguments, vec![at(&path, answer.clone())]).await
    };
    let whole = ask(json!({})).await;
    for part in [
        "Timeout: no answer",
        "q: hotels",
        "part=\"output\", offset=",
    ] {
        assert!(whole.contains(part), "{part}: {whole}");
    }
    let next = whole
        .rsplit("offset=")
        .next()
        .and_then(|rest| rest.split(')').next())
        .unwrap();
    let next: usize = next.parse().unwrap();
    let more = ask(json!({ "part": "output", "offset": next })).await;
    assert!(
        more.contains(&format!("## output (bytes {next}-")),
        "{more}"
    );
    assert!(
        ask(json!({ "part": "stack" }))
            .await
            .contains("it has error, output, input")
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_call_is_said_to_the_caller() {
    let told = async |tool: &str, arguments: Value| asked(tool, arguments, Vec::new()).await;
    let budget = told("issues", json!({ "max_tokens": 5 })).await;
    assert!(
        budget.contains("give a whole number from 300 to 25000"),
        "{budget}"
    );
    let field = told("find_traces", json!({ "agnet": "x" })).await;
    assert!(field.contains("unknown field `agnet`"), "{field}");
    let missing = told("trace_summary", json!({})).await;
    assert!(missing.contains("missing field `trace_id`"), "{missing}");
    let unknown = told("trace_summary", json!({ "trace_id": "x" })).await;
    assert!(
        unknown.contains("there is nothing at /api/v1/traces/x"),
        "{unknown}"
    );
    assert!(
        told("other", json!({}))
            .await
            .contains("there is no tool `other`; there are diagnose")
    );
}

#[tokio::test]
async fn the_tail_says_what_came_and_where_to_go_on() {
    let frame = json!({ "type": "record", "cursor": "c1", "kind": "span", "data": {
        "name": "search", "span_kind": "TOOL", "status": "RUNNING", "agent_name": "booker",
        "span_id": "0000000000000004", "trace_id": TRACE } });
    let stream = json!(format!(
        ": alive\n\nevent: record\nid: c1\ndata: {frame}\n\n"
    ));
    let text = asked(
        "tail",
        json!({ "wait_s": 1 }),
        vec![at("events/stream", stream)],
    )
    .await;
    insta::assert_snapshot!(text);
}

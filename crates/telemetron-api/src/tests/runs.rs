//! A run of several traces, read as one.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use telemetron_store::PgPool;
use telemetron_view::{
    AgentGraph, DiagnosisAnswer, Page, RunSums, SpanSkeleton, TraceAnswer, TraceSummary,
};

use super::support::{TestApi, span, store, trace_id};

const FIRST: &str = "/api/v1/traces/01010101010101010101010101010101";
const SECOND: &str = "/api/v1/traces/02020202020202020202020202020202";

/// A desk that passes a message on to the bank, in a trace of its own that links to the first; spans
/// of both have the same ids.
async fn two_traces(pool: &PgPool) {
    let desk = json!({ "agent_name": "desk", "session_id": "s", "input_data": "Refund A1" });
    let call = json!({
        "parent_span_id": "0101010101010101", "span_kind": "LLM", "model": "m",
        "agent_name": "desk", "token_usage": { "input": 10, "output": 5 }, "output_data": "first",
    });
    let links = json!([{ "trace_id": trace_id(1), "span_id": "02".repeat(8) }]);
    let later = 1_769_857_205_000_000_000_i64;
    let bank = json!({
        "trace_id": trace_id(2), "agent_name": "bank", "session_id": "s", "links": links,
        "start_time": later, "end_time": later + 1_000_000_000, "status": "FAILED",
        "error": { "type": "Locked", "message": "the account is locked" },
    });
    let answer = json!({
        "trace_id": trace_id(2), "parent_span_id": "0101010101010101", "span_kind": "LLM",
        "agent_name": "bank", "model": "m", "token_usage": { "input": 20, "output": 5 },
        "output_data": "second",
        "start_time": later, "end_time": later + 500_000_000,
    });
    let records = [span(1, desk), span(2, call), span(1, bank), span(2, answer)];
    store(pool, &records).await;
}

async fn read<T: serde::de::DeserializeOwned>(api: &TestApi, path: &str) -> T {
    let answer = api.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.json());
    serde_json::from_value(answer.json()).unwrap()
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_run_looks_as_it_was_agreed(pool: PgPool) {
    two_traces(&pool).await;
    let api = TestApi::on(pool);
    let follow = "follow=links";
    insta::assert_json_snapshot!(
        api.get(&format!("{SECOND}?include=payloads&{follow}"))
            .await
            .json()
    );
    insta::assert_json_snapshot!(api.get(&format!("{SECOND}/graph?{follow}")).await.json());
    insta::assert_json_snapshot!(api.get(&format!("{SECOND}/timeline?{follow}")).await.json());
    insta::assert_json_snapshot!(api.get(&format!("/api/v1/traces?{follow}")).await.json());
}

#[sqlx::test(migrations = "../../migrations")]
async fn either_trace_leads_to_the_same_run_and_says_alone_that_there_is_one(pool: PgPool) {
    two_traces(&pool).await;
    let api = TestApi::on(pool);
    for path in [FIRST, SECOND] {
        let run: TraceAnswer = read(&api, &format!("{path}?follow=links")).await;
        assert_eq!((run.spans.len(), run.trace.summary.tokens.total), (4, 40));
        let session: TraceAnswer = read(&api, &format!("{path}?follow=session")).await;
        assert_eq!(session.spans.len(), 4);
        let alone: TraceAnswer = read(&api, path).await;
        assert_eq!((alone.spans.len(), alone.run), (2, None));
        let sums: RunSums = alone.trace.summary.run.unwrap();
        assert_eq!(
            (sums.traces, sums.spans, sums.trace_id),
            (2, 4, trace_id(1))
        );
        let graph: AgentGraph = read(&api, &format!("{path}/graph?follow=links")).await;
        assert_eq!((graph.nodes.len(), graph.edges.len()), (2, 1));
    }
    let bones: Page<SpanSkeleton> = read(
        &api,
        &format!("{FIRST}/spans?fields=skeleton&follow=links&limit=3"),
    )
    .await;
    let next = bones.next.unwrap();
    let rest = format!("{FIRST}/spans?fields=skeleton&follow=links&cursor={next}");
    let rest: Page<SpanSkeleton> = read(&api, &rest).await;
    assert_eq!((bones.items.len(), rest.items.len()), (3, 1));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_diagnosis_of_a_run_says_of_which_trace_each_span_is(pool: PgPool) {
    two_traces(&pool).await;
    let api = TestApi::on(pool);
    let answer: DiagnosisAnswer = read(&api, &format!("{FIRST}/diagnosis?follow=links")).await;
    assert_eq!(answer.run.unwrap().traces.len(), 2);
    let cause = &answer.diagnosis.causes[0];
    assert!(
        cause.next.contains(&trace_id(2).to_string()),
        "{}",
        cause.next
    );
    assert!(!answer.span_traces.is_empty());
    let alone: Value = read(&api, &format!("{FIRST}/diagnosis")).await;
    assert_eq!(
        (&alone["run"], &alone["span_traces"]),
        (&Value::Null, &Value::Null)
    );
}

/// What a tool of MCP says, asked over HTTP as a model's client does.
async fn told(api: &TestApi, tool: &str, mut arguments: Value) -> String {
    arguments["trace_id"] = json!(trace_id(1));
    let call = json!({ "name": tool, "arguments": arguments });
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call });
    let request = Request::post("/mcp")
        .header("host", "127.0.0.1:8080")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .body(Body::from(message.to_string()));
    let answer = api.ask(request.unwrap()).await.json();
    let content = &answer["result"]["content"][0]["text"];
    content
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
        .to_owned()
}

#[sqlx::test(migrations = "../../migrations")]
async fn tools_of_mcp_read_a_run_as_one_and_say_of_a_trace_that_it_is_one_of_several(pool: PgPool) {
    two_traces(&pool).await;
    let api = TestApi::on(pool);
    let second = trace_id(2).to_string();
    let alone = told(&api, "trace_summary", json!({})).await;
    assert!(alone.contains(r#"follow="links""#), "{alone}");
    assert!(!alone.contains("bank"), "{alone}");
    for follow in ["links", "session"] {
        let followed = json!({ "follow": follow });
        for (tool, says) in [
            ("trace_summary", "bank"),
            ("timeline", "bank"),
            ("agent_graph", "- desk → bank"),
            ("diagnose", "the account is locked"),
        ] {
            let text = told(&api, tool, followed.clone()).await;
            assert!(text.contains(says), "{tool} by {follow}: {text}");
            assert!(text.contains(&second), "{tool} by {follow}: {text}");
        }
        let run = told(&api, "trace_summary", followed).await;
        assert!(run.contains(&format!("run by {follow}: 2 traces")), "{run}");
        let next = format!(r#", follow="{follow}") says why it failed"#);
        assert!(run.contains(&next), "{run}");
    }
    let wrong = told(&api, "agent_graph", json!({ "follow": "lnks" })).await;
    assert!(wrong.contains("links, session"), "{wrong}");
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_list_of_runs_is_by_links_alone(pool: PgPool) {
    two_traces(&pool).await;
    let api = TestApi::on(pool);
    let runs: Page<TraceSummary> = read(&api, "/api/v1/traces?follow=links").await;
    let [line] = &runs.items[..] else {
        panic!("one run: {runs:?}")
    };
    assert_eq!(line.trace_id, trace_id(1));
    let traces: Page<TraceSummary> = read(&api, "/api/v1/traces").await;
    assert_eq!(traces.items.len(), 2);
    for (path, says) in [
        (
            "/api/v1/traces?follow=session".to_owned(),
            "/api/v1/sessions",
        ),
        (
            format!("{FIRST}?follow=lnks"),
            "`lnks` is not one of links, session",
        ),
    ] {
        let answer = api.get(&path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        let detail = answer.json()["detail"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(detail.contains(says), "{detail}");
    }
}

//! A run that its runtime scatters over many traces, as AutoGen does without a span around it: the
//! processing of each message is a root of its own, which links to the span that sent the message.

use serde_json::{Value, json};

use crate::gateway::accepted;
use crate::platform::Platform;

const DESK: u128 = 0xa1;
const REFUNDER: u128 = 0xa2;
const MANAGER: u128 = 0xa3;

fn id(trace: u128) -> String {
    format!("{trace:032x}")
}

fn word(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

/// A span of a tenth of a second that begins so many tenths after the first.
fn span(trace: u128, number: u64, parent: Option<u64>, tenths: u64, name: &str) -> Value {
    let start = 1_700_000_000_000_000_000 + tenths * 100_000_000;
    json!({
        "traceId": id(trace), "spanId": format!("{number:016x}"),
        "parentSpanId": parent.map(|parent| format!("{parent:016x}")), "name": name,
        "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 100_000_000).to_string(),
    })
}

/// A message that an agent processes, sent by a span of another trace.
fn process(trace: u128, tenths: u64, agent: &str, sent_by: Option<(u128, u64)>) -> Value {
    let destination = format!("{agent}.(default)-A");
    let mut span = span(
        trace,
        1,
        None,
        tenths,
        &format!("autogen process {destination}"),
    );
    let attributes = [
        word("messaging.operation", "process"),
        word("messaging.destination", &destination),
    ];
    span["attributes"] = json!(attributes);
    if let Some((trace, number)) = sent_by {
        let sender = json!({"traceId": id(trace), "spanId": format!("{number:016x}")});
        span["links"] = json!([sender]);
    }
    span
}

/// An agent at work on its message, with one call of a model, which fails where that is said.
fn work(trace: u128, tenths: u64, agent: &str, failed: bool) -> [Value; 2] {
    let mut invoke = span(trace, 2, Some(1), tenths, &format!("invoke_agent {agent}"));
    invoke["attributes"] = json!([
        word("gen_ai.operation.name", "invoke_agent"),
        word("gen_ai.agent.name", agent),
    ]);
    let mut chat = span(trace, 3, Some(2), tenths, "chat gpt-4o");
    let count = |key: &str, count: u32| json!({"key": key, "value": {"intValue": count}});
    chat["attributes"] = json!([
        word("gen_ai.operation.name", "chat"),
        word("gen_ai.request.model", "gpt-4o"),
        count("gen_ai.usage.input_tokens", 100),
        count("gen_ai.usage.output_tokens", 20),
    ]);
    if failed {
        chat["status"] = json!({"code": 2, "message": "the account is locked"});
    }
    [invoke, chat]
}

/// A question to the desk, which passes it on to the refunder, whose answer the manager gets. Spans
/// of all three traces have the same ids.
fn run() -> Vec<Value> {
    let mut spans = vec![
        process(DESK, 0, "desk", None),
        process(REFUNDER, 2, "refunder", Some((DESK, 2))),
        process(MANAGER, 4, "manager", Some((REFUNDER, 1))),
    ];
    spans.extend(work(DESK, 0, "desk", false));
    spans.extend(work(REFUNDER, 2, "refunder", true));
    spans
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_scattered_over_traces_is_read_as_one() {
    let Some(platform) = Platform::start().await else {
        return;
    };
    // Backwards and one by one: a link is stored before what it names has come.
    for span in run().into_iter().rev() {
        accepted(&platform, &[span], "swarm").await;
    }
    let path = |rest: &str| format!("/api/v1/traces/{}{rest}", id(REFUNDER));
    let all = |answer: &Value| answer["trace"]["counts"]["spans"] == 7;
    let whole = platform.eventually(&path("?follow=links"), all).await;
    let trace = &whole["trace"];
    assert_eq!(trace["trace_id"], json!(id(DESK)), "what began first leads");
    assert_eq!(trace["tokens"]["total"], 240);
    assert_eq!(trace["counts"]["llm_calls"], 2);
    assert_eq!(trace["agents"], json!(["desk", "manager", "refunder"]));
    let traces: Vec<_> = (whole["run"]["traces"].as_array().unwrap().iter())
        .map(|one| one["trace_id"].clone())
        .collect();
    assert_eq!(traces, [DESK, REFUNDER, MANAGER].map(id));
    assert_eq!(whole["spans"].as_array().unwrap().len(), 7);
    assert_eq!(
        whole["spans"][6]["linked_parent"]["trace_id"],
        json!(id(REFUNDER))
    );

    let graph = get(&platform, &path("/graph?follow=links")).await;
    let edges: Vec<_> = (graph["edges"].as_array().unwrap().iter())
        .map(|edge| (edge["source"].clone(), edge["target"].clone()))
        .collect();
    let pair = |from: &str, to: &str| (json!(from), json!(to));
    assert_eq!(
        edges,
        [pair("desk", "refunder"), pair("refunder", "manager")]
    );

    let timeline = get(&platform, &path("/timeline?follow=links")).await;
    assert_eq!(timeline["items"].as_array().unwrap().len(), 14);
    let diagnosis = get(&platform, &path("/diagnosis?follow=links")).await;
    let began = &diagnosis["chain"][0]["span_id"];
    let of = json!({"trace_id": id(REFUNDER), "span_id": began});
    let named = diagnosis["span_traces"].as_array().unwrap();
    assert!(
        named.iter().any(|one| one["span_id"] == of["span_id"]),
        "{named:?}"
    );

    // Without the parameter a trace is what it was, and says that there is more.
    let alone = get(&platform, &path("")).await;
    assert_eq!(alone["trace"]["counts"]["spans"], 3);
    assert_eq!(alone["run"], Value::Null);
    let run = &alone["trace"]["run"];
    assert_eq!((&run["traces"], &run["spans"]), (&json!(3), &json!(7)));

    let runs = get(&platform, "/api/v1/traces?follow=links").await;
    let [line] = &runs["items"].as_array().unwrap()[..] else {
        panic!("one run: {runs}")
    };
    assert_eq!(line["trace_id"], json!(id(DESK)));
    assert_eq!(line["run"]["tokens"]["total"], 240);

    let arguments = ["traces", "show", &id(MANAGER), "--follow", "links"];
    let shown = platform.command(&arguments).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("a run of 3 traces"), "{shown}");
    assert!(shown.contains("autogen process refunder"), "{shown}");
    let wrong = reqwest::get(platform.url(&path("?follow=lnks")))
        .await
        .unwrap();
    assert_eq!(wrong.status().as_u16(), 400);
}

async fn get(platform: &Platform, path: &str) -> Value {
    let answer = reqwest::get(platform.url(path)).await.unwrap();
    answer.json().await.unwrap()
}

//! Text search: what a person sees of every span is found.

use serde_json::json;
use sqlx::PgPool;
use telemetron_store::read::traces::{TraceFilter, TraceKey, list};

use crate::NEVER;
use crate::lists::listed;
use crate::support::{span, span_id, store, trace, trace_id};

fn text(text: &str) -> TraceFilter {
    TraceFilter {
        text: Some(text.to_owned()),
        ..TraceFilter::default()
    }
}

async fn assert_found(pool: &PgPool, wanted: &[&str], n: u8) {
    for wanted in wanted {
        assert_eq!(listed(pool, text(wanted)).await, [n], "{wanted}");
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_question_is_found_behind_whatever_stands_before_it(pool: PgPool) {
    let system = "You are a helpful assistant. ".repeat(400);
    let messages = json!([
        { "role": "system", "content": system },
        { "role": "user", "content": "Where is the Lighthouse?\nHe said \"open sesame\", C:\\temp\\log" },
        { "role": "user", "content": "北京的天气怎么样" },
    ]);
    let deep = json!({ "parent_span_id": span_id(1), "span_kind": "LLM", "input_data": messages });
    store(
        &pool,
        &[
            span(1, 1, 0, json!({})),
            span(1, 2, 5, deep),
            span(2, 1, 0, json!({})),
        ],
    )
    .await;
    let wanted = [
        "lighthouse",
        "LIGHT",
        "the Lighthouse?",
        "lighthouse?\nHe",
        "said \"open sesame\"",
        "C:\\temp\\log",
        "天气",
        "北京的天气怎么样",
    ];
    assert_found(&pool, &wanted, 1).await;
    assert!(listed(&pool, text("lighter")).await.is_empty());
    assert!(listed(&pool, text("sesame open")).await.is_empty());
}

#[sqlx::test(migrations = "../../migrations")]
async fn names_errors_calls_and_reports_are_found_as_payloads_are(pool: PgPool) {
    let error = json!({ "type": "TimeoutError", "message": "gateway unreachable" });
    let calls = json!({
        "llm_calls": [{ "model": "m", "messages": "embedded question", "response": "embedded answer" }],
        "tool_calls": [{ "tool_name": "weather_lookup", "result": { "sky": "overcast" } }],
    });
    let failed = json!({ "status": "FAILED", "error": error, "agent_name": "navigator" });
    let nested =
        json!({ "output_data": json!({ "content": "line one\nfinal verse" }).to_string() });
    let said = json!({ "name": "Quarterly report", "user_input": "how much did we sell?" });
    store(
        &pool,
        &[
            span(1, 1, 0, calls),
            span(2, 1, 0, failed),
            span(3, 1, 0, nested),
            trace(4, 0, said),
        ],
    )
    .await;
    let wanted = [
        "embedded quest",
        "embedded answer",
        "weather_lookup",
        "overcast",
    ];
    assert_found(&pool, &wanted, 1).await;
    assert_found(&pool, &["TimeoutError", "gateway unreach", "navigator"], 2).await;
    assert_found(&pool, &["final verse", "line one\nfinal"], 3).await;
    assert_found(&pool, &["quarterly REPORT", "how much did", "sell?"], 4).await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn messages_that_came_as_log_records_are_found_as_payloads_are(pool: PgPool) {
    let said = |n: u8, id: &str, name: &str, sort: &str, data: serde_json::Value| {
        let event = json!({
            "event_id": id, "trace_id": trace_id(n), "span_id": span_id(1), "event_name": name,
            "event_type": sort, "data": data, "timestamp": "2026-01-31T11:00:00Z",
        });
        (telemetron_model::record::Schema::Event, event)
    };
    let call = || json!({ "span_kind": "LLM" });
    let user = json!({ "otel.body": { "content": "how deep is the fjord?" } });
    let details = json!({ "gen_ai.input.messages": "[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"name a glacier\"}]}]" });
    let adot = json!({ "otel.body": { "output": { "messages": [{ "content": "an estuary" }] } } });
    let details_of = "gen_ai.client.inference.operation.details";
    store(
        &pool,
        &[
            span(1, 1, 0, call()),
            said(1, "a", "gen_ai.user.message", "message", user),
            span(2, 1, 0, call()),
            said(2, "b", details_of, "message", details),
            said(3, "c", "strands.telemetry.tracer", "custom", adot),
            span(3, 1, 0, call()),
            span(4, 1, 0, call()),
        ],
    )
    .await;
    assert_found(&pool, &["deep is the FJORD?", "fjord"], 1).await;
    assert_found(&pool, &["name a glacier"], 2).await;
    assert_found(&pool, &["estuary"], 3).await;
    assert!(listed(&pool, text("fjords")).await.is_empty());
}

#[sqlx::test(migrations = "../../migrations")]
async fn pages_go_on_where_the_last_one_ended(pool: PgPool) {
    let of = |n: u8| {
        span(
            n,
            1,
            i64::from(n),
            json!({ "input_data": "the same words" }),
        )
    };
    let records: Vec<_> = (1..=9).map(of).collect();
    store(&pool, &records).await;
    let (mut after, mut all): (Option<TraceKey>, Vec<_>) = (None, Vec::new());
    loop {
        let page = list(&pool, &text("same WORDS"), after, 4, NEVER)
            .await
            .unwrap();
        all.extend(page.items.into_iter().map(|found| found.trace_id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(all, (1..=9).rev().map(trace_id).collect::<Vec<_>>());
}

/// A span that is written again is found by what it says now.
#[sqlx::test(migrations = "../../migrations")]
async fn what_a_span_no_longer_says_does_not_find_it(pool: PgPool) {
    let running =
        json!({ "status": "RUNNING", "end_time": null, "input_data": "draft of yesterday" });
    store(&pool, &[span(1, 1, 0, running)]).await;
    assert_found(&pool, &["yesterday"], 1).await;
    store(
        &pool,
        &[span(1, 1, 0, json!({ "input_data": "final of today" }))],
    )
    .await;
    assert_found(&pool, &["today"], 1).await;
    assert!(listed(&pool, text("yesterday")).await.is_empty());
}

//! The questions of readers on a real Postgres, about rows that the write path wrote.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod acting;
mod bounds;
mod graph;
mod lists;
mod metrics;
mod notes;
mod oracle;
mod runs;
mod same;
mod search;
mod support;
mod whole;

use lists::listed;
use serde_json::json;
use sqlx::PgPool;
use support::{BEGAN_NS, located, span, span_id, store, trace, trace_id};
use telemetron_model::Timestamp;
use telemetron_model::record::{Schema, Status};
use telemetron_store::read::traces::TraceFilter;
use telemetron_store::read::{dead_letters, ingest, sessions, spans, traces};
use telemetron_store::replay;

/// Nothing is stuck before the beginning of time.
const NEVER: Timestamp = Timestamp::from_nanos(i64::MIN);

#[sqlx::test(migrations = "../../migrations")]
async fn a_trace_nobody_reports_is_described_by_its_root(pool: PgPool) {
    let root = json!({
        "span_kind": "AGENT", "agent_name": "planner", "status": "RUNNING", "end_time": null,
        "input_data": { "question": "why?" },
    });
    let child = json!({ "parent_span_id": span_id(1), "agent_name": "coder" });
    store(&pool, &[span(1, 2, 5, child), span(1, 1, 0, root)]).await;
    let found = traces::find(&pool, trace_id(1), NEVER)
        .await
        .unwrap()
        .unwrap();
    let summary = found.detail.summary;
    assert_eq!(summary.name.as_deref(), Some("span 1"));
    assert_eq!(summary.root_agent.as_deref(), Some("planner"));
    assert_eq!((summary.status, summary.stuck), (Status::Running, false));
    assert_eq!((summary.end_time, summary.duration_ms), (None, None));
    assert_eq!(summary.agents, ["coder", "planner"]);
    assert_eq!((summary.counts.spans, summary.counts.running_spans), (2, 1));
    assert_eq!(found.lead, Some(span_id(1)));
    let payloads = spans::payloads(&pool, found.located, &[span_id(1)])
        .await
        .unwrap();
    let (input, output) = &payloads[&span_id(1)];
    assert_eq!(input.as_ref().unwrap().get(), r#"{"question":"why?"}"#);
    assert_eq!(*output, None);

    let later = Timestamp::parse_rfc3339("2026-01-31T12:00:00.000000001Z").unwrap();
    let found = traces::find(&pool, trace_id(1), later)
        .await
        .unwrap()
        .unwrap();
    assert!(
        found.detail.summary.stuck,
        "nothing was heard since `later`"
    );
    assert_eq!(traces::find(&pool, trace_id(9), NEVER).await.unwrap(), None);
}

#[sqlx::test(migrations = "../../migrations")]
async fn messages_that_came_as_log_records_are_the_payloads_of_a_span_without_any(pool: PgPool) {
    let said = |id: &str, name: &str, data: serde_json::Value| {
        let event = json!({
            "event_id": id, "trace_id": trace_id(1), "span_id": span_id(1), "timestamp": BEGAN_NS,
            "event_type": "message", "event_name": name, "data": data,
        });
        (Schema::Event, event)
    };
    let user = json!({ "otel.body": { "content": "2+2?" } });
    let choice = json!({ "otel.body": { "message": { "role": "assistant", "content": "4." } } });
    let call = json!({ "span_kind": "LLM", "input_data": null, "output_data": null });
    store(
        &pool,
        &[
            span(1, 1, 0, call),
            said("a", "gen_ai.choice", choice),
            said("b", "gen_ai.user.message", user),
        ],
    )
    .await;
    let at = located(&pool, 1).await;
    let found = spans::find(&pool, at, span_id(1)).await.unwrap().unwrap();
    let json = |payload: &Option<telemetron_model::RawJson>| {
        payload
            .as_ref()
            .unwrap()
            .parse::<serde_json::Value>()
            .unwrap()
    };
    let asked = json!([{ "role": "user", "content": "2+2?" }]);
    assert_eq!(json(&found.span.input_data), asked);
    assert_eq!(json(&found.span.output_data)[0]["content"], "4.");
    let payloads = spans::payloads(&pool, at, &[span_id(1)]).await.unwrap();
    assert_eq!(json(&payloads[&span_id(1)].0), asked);
    // They are what the trace was asked and what it answered, too.
    let lead = Some(span_id(1));
    let (question, answer) = traces::payloads(&pool, at, lead).await.unwrap();
    assert_eq!(
        (json(&question), json(&answer)),
        (json!("2+2?"), json!("4."))
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn times_that_are_an_order_give_no_duration(pool: PgPool) {
    let order = json!({ "time_source": "order" });
    store(&pool, &[trace(1, 0, order.clone()), span(1, 1, 0, order)]).await;
    let found = traces::find(&pool, trace_id(1), NEVER)
        .await
        .unwrap()
        .unwrap();
    assert!(found.detail.summary.end_time.is_some());
    assert_eq!(found.detail.summary.duration_ms, None);
    let page = spans::list_skeletons(&pool, found.located, None, 10)
        .await
        .unwrap();
    assert_eq!(page.items[0].duration_ms, None);
    let long = TraceFilter {
        min_duration_ns: Some(0),
        ..TraceFilter::default()
    };
    assert_eq!(listed(&pool, long).await, Vec::<u8>::new());
}

#[sqlx::test(migrations = "../../migrations")]
async fn spans_come_in_order_page_by_page_and_one_comes_whole(pool: PgPool) {
    let whole = json!({
        "span_kind": "AGENT", "agent_id": "a-1", "parent_span_id": span_id(9),
        "input_data": "in", "output_data": [1, 2], "attributes": { "k": 1 },
        "resource": { "host": "h" }, "parameters": { "temperature": 0.5 },
        "llm_calls": [{
            "model": "m", "messages": ["hi"], "response": "ho", "latency_ns": 2_000_000,
            "token_usage": { "input": 7, "output": 3 }, "cost_usd": 0.25,
        }],
        "tool_calls": [{ "tool_name": "t", "arguments": { "a": 1 }, "error": "no" }],
    });
    store(
        &pool,
        &[
            span(1, 3, 5, json!({})),
            span(1, 2, 5, json!({})),
            span(1, 1, 0, whole),
        ],
    )
    .await;
    let at = located(&pool, 1).await;
    let first = spans::list(&pool, at, None, 2).await.unwrap();
    let ids = |spans: &[telemetron_view::SpanView]| -> Vec<_> {
        spans.iter().map(|span| span.span_id).collect()
    };
    assert_eq!(ids(&first.items), [span_id(1), span_id(2)]);
    assert_eq!(
        (first.items[0].input_bytes, &first.items[0].input_data),
        (Some(4), &None)
    );
    let second = spans::list(&pool, at, first.next, 2).await.unwrap();
    assert_eq!((ids(&second.items), second.next), (vec![span_id(3)], None));

    let found = spans::find(&pool, at, span_id(1)).await.unwrap().unwrap();
    assert_eq!(found.span.input_data.unwrap().get(), "\"in\"");
    assert_eq!(found.span.output_data.unwrap().get(), "[1,2]");
    assert_eq!(found.span.attributes.unwrap().get(), r#"{"k": 1}"#);
    assert_eq!(found.span.resource.unwrap().host.as_deref(), Some("h"));
    assert_eq!(found.span.duration_ms, Some(10.0));
    let [call] = &found.llm_calls[..] else {
        panic!("{:?}", found.llm_calls)
    };
    assert_eq!(call.messages.as_ref().unwrap().get(), r#"["hi"]"#);
    assert_eq!(
        (call.latency_ms, call.token_usage.unwrap().total),
        (Some(2.0), 10)
    );
    let [call] = &found.tool_calls[..] else {
        panic!("{:?}", found.tool_calls)
    };
    assert_eq!(call.arguments.as_ref().unwrap().get(), r#"{"a":1}"#);
    assert_eq!(call.error.as_deref(), Some("no"));
    assert_eq!(spans::find(&pool, at, span_id(8)).await.unwrap(), None);
}

#[sqlx::test(migrations = "../../migrations")]
async fn sessions_are_listed_by_their_newest_trace(pool: PgPool) {
    let of = |session: &str| json!({ "session_id": session });
    store(
        &pool,
        &[
            trace(1, 0, of("old")),
            trace(2, 1000, of("long")),
            trace(3, 2000, of("other")),
            trace(
                4,
                3000,
                json!({ "session_id": "long", "user_id": "ann", "status": "FAILED" }),
            ),
            trace(5, 4000, json!({})),
        ],
    )
    .await;
    let filter = sessions::SessionFilter::default();
    let first = sessions::list(&pool, &filter, None, 2).await.unwrap();
    let ids: Vec<_> = first
        .items
        .iter()
        .map(|session| session.session_id.as_str())
        .collect();
    assert_eq!(ids, ["long", "other"]);
    let long = &first.items[0];
    assert_eq!((long.traces, long.failed_traces), (2, 1));
    assert_eq!(long.user_ids, ["ann"]);
    assert_eq!(long.start_time.0.nanos(), BEGAN_NS + 1_000_000_000);
    let second = sessions::list(&pool, &filter, first.next.as_ref(), 2)
        .await
        .unwrap();
    assert_eq!(
        (second.items[0].session_id.as_str(), &second.next),
        ("old", &None)
    );

    let ann = sessions::SessionFilter {
        user_id: Some("ann".into()),
        project: None,
    };
    assert_eq!(
        sessions::list(&pool, &ann, None, 9)
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    assert_eq!(
        sessions::find(&pool, "long").await.unwrap().as_ref(),
        Some(long)
    );
    assert_eq!(sessions::find(&pool, "none").await.unwrap(), None);
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_ledger_balances(pool: PgPool) {
    let record = trace(1, 0, json!({}));
    store(&pool, &[record.clone(), record]).await;
    let [row] = &ingest::progress(&pool, "").await.unwrap()[..] else {
        panic!("one partition")
    };
    assert_eq!((row.next_offset, row.partition), (2, 0));
    let ledger = row.ledger;
    assert_eq!(
        (ledger.received, ledger.stored, ledger.duplicate),
        (2, 1, 1)
    );
    assert!(ledger.balanced);
}

#[sqlx::test(migrations = "../../migrations")]
async fn dead_letters_are_listed_filtered_and_their_replay_is_noted(pool: PgPool) {
    sqlx::raw_sql(
        "INSERT INTO dead_letters (cluster_id, topic, partition, record_offset, dlq_partition,
             dlq_offset, broker_time_ns, code, reason, value_bytes, excerpt)
         SELECT 'c', 'agent-telemetry-spans', 0, n, 0, n + 100, 5,
                CASE WHEN n < 3 THEN 'malformed' ELSE 'too_large' END, 'why', 7, '{'
         FROM generate_series(1, 5) AS n ORDER BY n",
    )
    .execute(&pool)
    .await
    .unwrap();
    let all = dead_letters::DeadLetterFilter::default;
    let first = dead_letters::list(&pool, &all(), None, 3).await.unwrap();
    let offsets = |page: &[telemetron_view::DeadLetterView]| -> Vec<_> {
        page.iter().map(|letter| letter.offset).collect()
    };
    assert_eq!(offsets(&first.items), [5, 4, 3]);
    let second = dead_letters::list(&pool, &all(), first.next, 3)
        .await
        .unwrap();
    assert_eq!((offsets(&second.items), second.next), (vec![2, 1], None));

    let malformed = dead_letters::DeadLetterFilter {
        code: Some("malformed".into()),
        ..all()
    };
    let page = dead_letters::list(&pool, &malformed, None, 9)
        .await
        .unwrap();
    let id = page.items[0].id;
    assert_eq!(replay::note(&pool, id).await.unwrap(), Some(1));
    let replayed = dead_letters::DeadLetterFilter {
        replayed: Some(true),
        ..all()
    };
    let page = dead_letters::list(&pool, &replayed, None, 9).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert!(page.items[0].replayed_at.is_some());
    let found = dead_letters::find(&pool, id).await.unwrap().unwrap();
    assert_eq!((found.letter, found.file), (Some((0, 102)), None));
    assert_eq!(dead_letters::find(&pool, 999).await.unwrap(), None);
    assert_eq!(replay::note(&pool, 999).await.unwrap(), None);
}

//! What is answered when nothing is wrong.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use telemetron_model::record::Schema;
use telemetron_store::PgPool;
use telemetron_view::{
    AgentGraph, IngestReport, MetricsReport, Page, SessionDetail, SpanAnswer, SpanSkeleton,
    SpanView, TimelineEntry, TraceAnswer, TraceSummary,
};

use super::support::{TestApi, span, store, trace_id};

const TRACE: &str = "/api/v1/traces/01010101010101010101010101010101";

async fn small_trace(pool: &PgPool) {
    let time = 1_769_857_201_000_000_000_i64;
    let call = json!({
        "parent_span_id": "0101010101010101", "span_kind": "LLM", "model": "m",
        "agent_name": "coder", "input_data": ["hello"], "output_data": "world",
        "token_usage": { "input": 10, "output": 5 }, "cost_usd": 0.001,
    });
    let tool = json!({
        "parent_span_id": "0202020202020202", "span_kind": "TOOL", "tool_name": "search",
        "agent_name": "coder", "status": "FAILED", "error": { "type": "Timeout" },
    });
    let root = json!({ "session_id": "s", "input_data": { "question": "why?" } });
    let handoff = json!({
        "trace_id": trace_id(1), "handoff_id": "h", "source_agent_name": "planner",
        "target_agent_name": "coder", "timestamp": time, "reason": "go on",
    });
    let event = json!({
        "trace_id": trace_id(1), "event_id": "e", "event_name": "thought", "timestamp": time,
        "data": { "n": 1 },
    });
    let error = json!({
        "trace_id": trace_id(1), "error_id": "x", "error_type": "Timeout", "message": "slow",
        "timestamp": time,
    });
    store(
        pool,
        &[
            span(1, root),
            span(2, call),
            span(3, tool),
            (Schema::Handoff, handoff),
            (Schema::Event, event),
            (Schema::Error, error),
        ],
    )
    .await;
}

/// Asks and reads the answer as the CLI does.
async fn read<T: serde::de::DeserializeOwned>(api: &TestApi, path: &str) -> T {
    let answer = api.get(path).await;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status, StatusCode::OK, "{path}: {text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
}

#[sqlx::test(migrations = "../../migrations")]
async fn every_view_is_read_back_as_it_was_written(pool: PgPool) {
    small_trace(&pool).await;
    let api = TestApi::on(pool);
    let list: Page<TraceSummary> = read(&api, "/api/v1/traces?agent=coder").await;
    assert_eq!(list.items.len(), 1);
    assert!(list.freshness.as_of.is_some() && list.freshness.lag.is_some());
    let answer: TraceAnswer = read(&api, TRACE).await;
    assert_eq!(
        (
            answer.spans.len(),
            answer.events.len(),
            answer.handoffs.len()
        ),
        (3, 1, 1)
    );
    assert_eq!(answer.trace.summary, list.items[0]);
    let page: Page<SpanView> = read(&api, &format!("{TRACE}/spans")).await;
    assert_eq!(page.items, answer.spans);
    let page: Page<SpanSkeleton> = read(&api, &format!("{TRACE}/spans?fields=skeleton")).await;
    assert_eq!(page.items.len(), 3);
    let span: SpanAnswer = read(&api, &format!("{TRACE}/spans/0202020202020202")).await;
    assert_eq!(span.span.output_data.unwrap().get(), "\"world\"");
    let page: Page<TimelineEntry> = read(&api, &format!("{TRACE}/timeline")).await;
    assert_eq!(page.items.len(), 9);
    let graph: AgentGraph = read(&api, &format!("{TRACE}/graph")).await;
    assert_eq!((graph.nodes.len(), graph.edges.len()), (2, 1));
    let session: SessionDetail = read(&api, "/api/v1/sessions/s").await;
    assert_eq!(session.traces, list.items);
    let day = "/api/v1/metrics?from=2026-01-31T00:00:00Z&to=2026-02-01T00:00:00Z";
    let metrics: MetricsReport = read(&api, day).await;
    assert_eq!((metrics.traces.total, metrics.tokens.total), (1, 15));
    assert_eq!(metrics.tools[0].work.success_rate, Some(0.0));
    let ingest: IngestReport = read(&api, "/api/v1/ingest").await;
    assert!(ingest.ledger.balanced);
    assert_eq!(ingest.ledger.received, 6);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_trace_looks_as_it_was_agreed(pool: PgPool) {
    small_trace(&pool).await;
    let api = TestApi::on(pool);
    insta::assert_json_snapshot!(api.get(&format!("{TRACE}?include=payloads")).await.json());
    insta::assert_json_snapshot!(api.get(&format!("{TRACE}/graph")).await.json());
    insta::assert_json_snapshot!(api.get(&format!("{TRACE}/timeline?limit=4")).await.json(), {
        ".next" => "[cursor]"
    });
}

#[sqlx::test(migrations = "../../migrations")]
async fn payloads_come_only_when_asked_for(pool: PgPool) {
    small_trace(&pool).await;
    let api = TestApi::on(pool);
    let without = api.get(TRACE).await;
    let text = String::from_utf8_lossy(&without.body).into_owned();
    assert!(!text.contains("hello") && !text.contains("why?"), "{text}");
    let with = api.get(&format!("{TRACE}?include=payloads")).await.json();
    assert_eq!(
        with["trace"]["user_input"],
        json!({ "question": "why?" }),
        "by its root"
    );
    assert_eq!(with["spans"][1]["input_data"], json!(["hello"]));
    assert_eq!(with["payloads"]["omitted_spans"], 0);
}

#[sqlx::test(migrations = "../../migrations")]
async fn payloads_that_do_not_fit_are_left_out_and_counted(pool: PgPool) {
    let large = "x".repeat(3 * 1024 * 1024);
    let records: Vec<_> = (1..=3)
        .map(|n| span(n, json!({ "output_data": large, "input_data": n })))
        .collect();
    store(&pool, &records).await;
    let answer = TestApi::on(pool)
        .get(&format!("{TRACE}?include=payloads"))
        .await
        .json();
    let there = |place: usize| !answer["spans"][place]["output_data"].is_null();
    // The trace's own answer comes from its root, and counts too.
    assert!(there(0) && !there(1) && !there(2));
    assert!(!answer["trace"]["final_output"].is_null());
    let note = &answer["payloads"];
    assert_eq!(
        (&note["omitted_spans"], &note["limit_bytes"]),
        (&json!(2), &json!(8_388_608))
    );
    assert_eq!(answer["spans"][2]["output_bytes"], 3 * 1024 * 1024 + 2);
}

#[sqlx::test(migrations = "../../migrations")]
async fn pages_lead_through_a_whole_trace(pool: PgPool) {
    let records: Vec<_> = (1..=5).map(|n| span(n, json!({}))).collect();
    store(&pool, &records).await;
    let api = TestApi::on(pool);
    for list in [
        "/spans?limit=2",
        "/spans?fields=skeleton&limit=2",
        "/timeline?limit=3",
        "?limit=2",
    ] {
        let items = if list.starts_with('?') {
            "spans"
        } else {
            "items"
        };
        let (mut count, mut cursor) = (0, Value::Null);
        loop {
            let more = cursor
                .as_str()
                .map_or(String::new(), |c| format!("&cursor={c}"));
            let page = api.get(&format!("{TRACE}{list}{more}")).await.json();
            count += page[items].as_array().unwrap().len();
            cursor = page["next"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!(
            count,
            if list.contains("timeline") { 10 } else { 5 },
            "{list}"
        );
    }
    let first = api.get(&format!("{TRACE}?limit=2")).await.json();
    assert_eq!(first["omitted"]["spans"], 3);
}

#[sqlx::test(migrations = "../../migrations")]
async fn pages_of_events_handoffs_and_errors_hold_all_that_one_answer_leaves_out(pool: PgPool) {
    let large = "x".repeat(2 * 1024 * 1024);
    let mut records = vec![span(1, json!({}))];
    for n in 0..3 {
        let time = 1_769_857_201_000_000_000_i64 + n;
        let of_trace = |fields: Value| {
            let mut all = json!({ "trace_id": trace_id(1), "timestamp": time });
            let fields = fields.as_object().unwrap().clone();
            all.as_object_mut().unwrap().extend(fields);
            all
        };
        let event = json!({ "event_id": format!("e{n}"), "event_name": "x", "data": [large] });
        let handoff = json!({
            "handoff_id": format!("h{n}"), "source_agent_name": "planner",
            "target_agent_name": "coder", "context": { "task": large },
        });
        let error = json!({
            "error_id": format!("x{n}"), "error_type": "T", "message": "m", "stack": large,
        });
        records.push((Schema::Event, of_trace(event)));
        records.push((Schema::Handoff, of_trace(handoff)));
        records.push((Schema::Error, of_trace(error)));
    }
    store(&pool, &records).await;
    let api = TestApi::on(pool);
    let first = api.get(TRACE).await.json();
    assert!(
        first["events"][0]["data"].is_null(),
        "more than the answer holds"
    );
    for (list, id) in [
        ("events", "event_id"),
        ("handoffs", "handoff_id"),
        ("errors", "error_id"),
    ] {
        let carried = match list {
            "events" => "/data/0",
            "handoffs" => "/context/task",
            _ => "/stack",
        };
        let (mut ids, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let more = cursor.as_str().map(|cursor| format!("&cursor={cursor}"));
            let path = format!("{TRACE}/{list}?limit=2{}", more.unwrap_or_default());
            let page = api.get(&path).await.json();
            for item in page["items"].as_array().unwrap() {
                assert_eq!(item.pointer(carried), Some(&json!(large)), "{path}");
                ids.push(item[id].as_str().unwrap()[1..].to_owned());
            }
            cursor = page["next"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!(ids, ["0", "1", "2"], "{list}");
    }
    let spans = api.get(&format!("{TRACE}/spans?limit=1")).await.json();
    assert!(spans["next"].is_null());
    let foreign = api.get(&format!("{TRACE}/events?limit=1")).await.json();
    let foreign = foreign["next"].as_str().unwrap();
    let wrong = api.get(&format!("{TRACE}/errors?cursor={foreign}")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let absent = api.get(&format!("/api/v1/traces/{:032x}/events", 9)).await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_is_not_ready_is_named(pool: PgPool) {
    let api = TestApi::on(pool);
    let (kafka, postgres) = (
        api.health.register("kafka"),
        api.health.register("postgres"),
    );
    postgres.ready();
    kafka.not_ready("no answer");
    let answer = api.get("/ready").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let expected = json!({
        "ready": false,
        "components": {
            "kafka": { "ready": false, "reason": "no answer" }, "postgres": { "ready": true },
        },
    });
    assert_eq!(answer.json(), expected);
    kafka.ready();
    assert_eq!(api.get("/ready").await.status, StatusCode::OK);
    assert_eq!(api.get("/health").await.json(), json!({ "status": "ok" }));
    assert!(
        api.get("/metrics")
            .await
            .header("content-type")
            .unwrap()
            .contains("openmetrics")
    );
}

#[tokio::test]
async fn answers_are_compressed_and_pages_of_this_machine_may_read_them() {
    let api = TestApi::without_database();
    let request = Request::get("/api-docs/openapi.json")
        .header("accept-encoding", "gzip")
        .header("origin", "http://localhost:8081");
    let answer = api.ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let allowed = answer.header("access-control-allow-origin");
    assert_eq!(allowed, Some("http://localhost:8081"));
    let request = Request::get("/health").header("origin", "https://evil.example");
    let answer = api.ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

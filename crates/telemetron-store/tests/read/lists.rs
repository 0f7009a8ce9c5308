//! Lists of traces: what each filter keeps, pages, and what they cost.

use serde_json::json;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use telemetron_model::record::Status;
use telemetron_model::{NanoUsd, Timestamp};
use telemetron_store::read::traces::{self, TraceFilter, TraceKey};

use crate::NEVER;
use crate::support::{BEGAN_NS, span, store, trace};

/// The traces that a filter lets through, each by its byte, in the order of the list.
pub(crate) async fn listed(pool: &PgPool, filter: TraceFilter) -> Vec<u8> {
    let page = traces::list(pool, &filter, None, 100, NEVER).await.unwrap();
    page.items
        .iter()
        .map(|trace| trace.trace_id.as_bytes()[0])
        .collect()
}

async fn three_traces(pool: &PgPool) {
    let llm = json!({
        "span_kind": "LLM", "agent_name": "coder", "model": "gpt-x", "user_id": "ann",
        "token_usage": { "input": 100, "output": 20 }, "cost_usd": 0.5,
        "input_data": ["find the 100%_bug"],
    });
    let tool = json!({
        "span_kind": "TOOL", "tool_name": "search", "status": "FAILED", "session_id": "s-1",
        "error": { "type": "Timeout", "message": "too slow" },
    });
    store(
        pool,
        &[
            span(1, 1, 0, llm),
            span(2, 1, 1000, tool),
            trace(
                3,
                2000,
                json!({ "name": "third", "project": "p", "session_id": "s-1" }),
            ),
        ],
    )
    .await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn every_filter_keeps_what_it_names(pool: PgPool) {
    three_traces(&pool).await;
    let text = |text: &str| Some(text.to_owned());
    let at = |millis: i64| Some(Timestamp::from_nanos(BEGAN_NS + millis * 1_000_000));
    let all = TraceFilter::default;
    let cases = [
        (all(), vec![3, 2, 1]),
        (
            TraceFilter {
                status: Some(Status::Failed),
                ..all()
            },
            vec![2],
        ),
        (
            TraceFilter {
                agent: text("coder"),
                ..all()
            },
            vec![1],
        ),
        (
            TraceFilter {
                model: text("gpt-x"),
                ..all()
            },
            vec![1],
        ),
        (
            TraceFilter {
                tool: text("search"),
                ..all()
            },
            vec![2],
        ),
        (
            TraceFilter {
                session_id: text("s-1"),
                ..all()
            },
            vec![3, 2],
        ),
        (
            TraceFilter {
                user_id: text("ann"),
                ..all()
            },
            vec![1],
        ),
        (
            TraceFilter {
                project: text("p"),
                ..all()
            },
            vec![3],
        ),
        (
            TraceFilter {
                start_after: at(1000),
                ..all()
            },
            vec![3, 2],
        ),
        (
            TraceFilter {
                start_before: at(1000),
                ..all()
            },
            vec![1],
        ),
        (
            TraceFilter {
                min_duration_ns: Some(1_000_000_000),
                ..all()
            },
            vec![3],
        ),
        (
            TraceFilter {
                min_tokens: Some(120),
                ..all()
            },
            vec![1],
        ),
        (
            TraceFilter {
                min_cost: NanoUsd::from_usd(0.5),
                ..all()
            },
            vec![1],
        ),
        (
            TraceFilter {
                errors_only: true,
                ..all()
            },
            vec![2],
        ),
        (
            TraceFilter {
                text: text("THIRD"),
                ..all()
            },
            vec![3],
        ),
        (
            TraceFilter {
                text: text("100%_bug"),
                ..all()
            },
            vec![1],
        ),
        (
            TraceFilter {
                text: text("100__bug"),
                ..all()
            },
            vec![],
        ),
        (
            TraceFilter {
                session_id: text("s-1"),
                errors_only: true,
                ..all()
            },
            vec![2],
        ),
    ];
    for (filter, expected) in cases {
        let described = format!("{filter:?}");
        assert_eq!(listed(&pool, filter).await, expected, "{described}");
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn text_is_found_in_any_case_in_any_alphabet(pool: PgPool) {
    let said = json!({ "name": "Über die Straße", "user_input": "what does the README say?" });
    store(&pool, &[trace(1, 0, said)]).await;
    for text in ["readme", "README", "über", "ÜBER DIE", "die str"] {
        let filter = TraceFilter {
            text: Some(text.to_owned()),
            ..TraceFilter::default()
        };
        assert_eq!(listed(&pool, filter).await, [1], "{text}");
    }
}

/// Traces of three agents at work, one of which is rare.
const MANY: i64 = 3000;

/// Rows of traces that this connection has looked at.
async fn rows_read(pool: &PgPool) -> i64 {
    let flush = sqlx::query("SELECT pg_stat_force_next_flush()");
    flush.execute(pool).await.unwrap();
    let sql = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables
               WHERE relname = 'traces'";
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_rare_name_is_found_without_walking_through_all_traces(
    options: PgPoolOptions,
    connect: PgConnectOptions,
) {
    // One connection, so that its counts are those of all questions.
    let pool = options.max_connections(1).connect_with(connect).await;
    let pool = pool.unwrap();
    store(&pool, &[span(1, 1, 0, json!({ "agent_name": "common" }))]).await;
    let sql = "INSERT INTO traces (trace_id, day, first_seen_ns, last_seen_ns, truncated, status,
                start_ns, user_id, project, agents, models, tools, span_count, running_count,
                failed_count, llm_call_count, tool_call_count, event_count, handoff_count,
                error_count, input_tokens, output_tokens, total_tokens, cached_tokens,
                reasoning_tokens, cost)
         SELECT decode(md5(n::text), 'hex'), day, first_seen_ns - n, last_seen_ns, truncated,
                CASE WHEN n % 1000 = 1 THEN 1 ELSE 2 END, start_ns - n, 'u' || n % 1000,
                'p' || n % 1000, CASE WHEN n % 1000 = 1 THEN '{rare}' ELSE agents END,
                CASE WHEN n % 1000 = 1 THEN '{rare}' ELSE models END,
                CASE WHEN n % 1000 = 1 THEN '{rare}' ELSE tools END, span_count, running_count,
                CASE WHEN n % 1000 = 1 THEN 1 ELSE 0 END, llm_call_count, tool_call_count,
                event_count, handoff_count, error_count, input_tokens, output_tokens,
                total_tokens, cached_tokens, reasoning_tokens, cost
         FROM traces, generate_series(1, $1) AS n";
    sqlx::query(sql).bind(MANY).execute(&pool).await.unwrap();
    sqlx::raw_sql("VACUUM ANALYZE traces")
        .execute(&pool)
        .await
        .unwrap();
    let rare = || Some("rare".to_owned());
    let filters = [
        TraceFilter {
            agent: rare(),
            ..TraceFilter::default()
        },
        TraceFilter {
            model: rare(),
            ..TraceFilter::default()
        },
        TraceFilter {
            tool: rare(),
            ..TraceFilter::default()
        },
        TraceFilter {
            user_id: Some("u1".into()),
            ..TraceFilter::default()
        },
        TraceFilter {
            project: Some("p1".into()),
            ..TraceFilter::default()
        },
        TraceFilter {
            status: Some(Status::Running),
            ..TraceFilter::default()
        },
        TraceFilter {
            errors_only: true,
            ..TraceFilter::default()
        },
    ];
    let before = rows_read(&pool).await;
    for filter in filters {
        // As often as it takes Postgres to think of one plan for all.
        for _ in 0..7 {
            assert_eq!(listed(&pool, filter.clone()).await.len(), 3, "{filter:?}");
        }
    }
    let read = rows_read(&pool).await - before;
    assert!(read < MANY, "{read} rows were read");
}

#[sqlx::test(migrations = "../../migrations")]
async fn pages_show_every_trace_once_even_at_one_instant(pool: PgPool) {
    let records: Vec<_> = (1..=7).map(|n| trace(n, 0, json!({}))).collect();
    store(&pool, &records).await;
    let filter = TraceFilter::default();
    let mut seen = Vec::new();
    let mut after: Option<TraceKey> = None;
    loop {
        let page = traces::list(&pool, &filter, after, 3, NEVER).await.unwrap();
        assert!(page.items.len() <= 3);
        seen.extend(page.items.iter().map(|trace| trace.trace_id.as_bytes()[0]));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
}

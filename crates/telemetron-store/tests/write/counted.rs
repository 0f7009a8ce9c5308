//! What only the whole trace tells: whether it died, and which of several tellings of a call counts.

use sqlx::PgPool;

use super::support::{Feed, span_json};

/// A span of this kind with these times, below the span of this number if it is not 0.
fn span(id: u8, parent: u8, kind: &str, status: &str, (start, end): (i64, i64)) -> String {
    let above = match parent {
        0 => String::new(),
        parent => format!(
            r#","parent_span_id":"{}""#,
            format!("{parent:02x}").repeat(8)
        ),
    };
    let change = format!(
        r#"{{"span_kind":"{kind}","status":"{status}","start_time":{start},"end_time":{end}{above}}}"#
    );
    span_json(1, id, &change)
}

async fn status(pool: &PgPool) -> i16 {
    let status = sqlx::query_scalar("SELECT status FROM traces");
    status.fetch_one(pool).await.unwrap()
}

const COMPLETED: i16 = 2;
const FAILED: i16 = 3;

/// How a trace stands whose spans come one by one, forwards or backwards.
async fn stands(pool: &PgPool, spans: &[String], backwards: bool) -> i16 {
    sqlx::query("TRUNCATE traces, spans")
        .execute(pool)
        .await
        .unwrap();
    let mut feed = Feed::start(pool).await;
    let mut spans = spans.to_vec();
    if backwards {
        spans.reverse();
    }
    for span in spans {
        feed.send(&[span]).await.unwrap();
    }
    status(pool).await
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_run_that_died_is_failed_whatever_its_root_says(pool: PgPool) {
    let root = || span(1, 0, "CHAIN", "COMPLETED", (0, 90));
    let died = [
        root(),
        span(2, 1, "CHAIN", "COMPLETED", (1, 80)),
        span(3, 2, "AGENT", "FAILED", (2, 70)),
    ];
    let went_on = [
        root(),
        span(3, 1, "AGENT", "FAILED", (2, 70)),
        span(4, 1, "LLM", "COMPLETED", (75, 80)),
    ];
    let was_caught = [
        root(),
        span(2, 1, "AGENT", "COMPLETED", (1, 80)),
        span(3, 2, "AGENT", "FAILED", (2, 70)),
    ];
    let later_root = [root(), span(5, 0, "CHAIN", "FAILED", (95, 99))];
    let cases = [
        (&died[..], FAILED),
        (&went_on[..], COMPLETED),
        (&was_caught[..], COMPLETED),
        (&later_root[..], FAILED),
    ];
    for (spans, expected) in cases {
        for backwards in [false, true] {
            assert_eq!(stands(&pool, spans, backwards).await, expected, "{spans:?}");
        }
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_wrapper_that_comes_again_alone_counts_no_more_than_before(pool: PgPool) {
    let call = |id: u8, parent: u8| {
        let above = format!("{parent:02x}").repeat(8);
        let usage = r#""token_usage":{"input":5,"output":5}"#;
        span_json(1, id, &format!(r#"{{"parent_span_id":"{above}",{usage}}}"#))
    };
    let mut feed = Feed::start(&pool).await;
    for batch in [
        vec![call(3, 2)],
        vec![call(2, 1)],
        vec![call(2, 1)],
        vec![call(3, 2)],
        vec![call(2, 1)],
    ] {
        feed.send(&batch).await.unwrap();
        let sums = "SELECT llm_call_count, total_tokens FROM traces";
        let sums: (i64, i64) = sqlx::query_as(sums).fetch_one(&pool).await.unwrap();
        assert_eq!(sums, (1, 10));
    }
    let counts = "SELECT counts FROM spans ORDER BY span_id";
    let counts: Vec<bool> = sqlx::query_scalar(counts).fetch_all(&pool).await.unwrap();
    assert_eq!(counts, [false, true], "the inner one counts");
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_the_calls_of_an_agent_add_up_to_counts_until_they_are_told(pool: PgPool) {
    let call = |id: u8, parent: u8| {
        let above = format!("{parent:02x}").repeat(8);
        let usage = r#""token_usage":{"input":10,"output":2}"#;
        span_json(1, id, &format!(r#"{{"parent_span_id":"{above}",{usage}}}"#))
    };
    let step = || span(2, 1, "CHAIN", "COMPLETED", (1, 80));
    let sum = || {
        let calls = r#"[{"model":"m","token_usage":{"input":20,"output":5}}]"#;
        let scope = r#"{"otel.scope":{"name":"sums"}}"#;
        let fields = format!(r#"{{"span_kind":"AGENT","llm_calls":{calls},"attributes":{scope}}}"#);
        span_json(1, 1, &fields)
    };
    // Each record, and the calls and tokens of the trace from then on.
    let forwards = [
        (sum(), (1, 25)),
        (step(), (1, 25)),
        (call(3, 2), (1, 12)),
        (call(4, 1), (2, 24)),
        (sum(), (2, 24)),
    ];
    let backwards = [
        (call(4, 1), (1, 12)),
        (call(3, 2), (2, 24)),
        (step(), (2, 24)),
        (sum(), (2, 24)),
    ];
    for records in [&forwards[..], &backwards] {
        sqlx::query("TRUNCATE traces, spans, llm_calls, rollups")
            .execute(&pool)
            .await
            .unwrap();
        let mut feed = Feed::start(&pool).await;
        for (record, expected) in records {
            feed.send(std::slice::from_ref(record)).await.unwrap();
            let sums = "SELECT llm_call_count, total_tokens FROM traces";
            let sums: (i64, i64) = sqlx::query_as(sums).fetch_one(&pool).await.unwrap();
            assert_eq!(sums, *expected, "{record}");
            let rolled = "SELECT COALESCE(sum(total_tokens), 0)::bigint FROM rollups";
            let rolled: i64 = sqlx::query_scalar(rolled).fetch_one(&pool).await.unwrap();
            assert_eq!(rolled, expected.1, "{record}");
        }
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_step_below_a_covered_call_leaves_it_covered(pool: PgPool) {
    let usage = r#"{"token_usage":{"input":5,"output":5}}"#;
    let below = |parent: u8, kind: &str| {
        let above = format!("{parent:02x}").repeat(8);
        format!(
            r#"{{"parent_span_id":"{above}","span_kind":"{kind}","status":"FAILED","end_time":9}}"#
        )
    };
    let mut feed = Feed::start(&pool).await;
    for record in [
        span_json(1, 1, usage),
        span_json(1, 2, &below(1, "LLM")),
        // Who is at work in it is asked no further than the call right above it.
        span_json(1, 3, &below(2, "CHAIN")),
    ] {
        feed.send(&[record]).await.unwrap();
        let calls = "SELECT llm_call_count FROM traces";
        let calls: i64 = sqlx::query_scalar(calls).fetch_one(&pool).await.unwrap();
        assert_eq!(calls, 1);
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_is_only_made_or_sent_is_no_run(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    let names = [
        "create_agent writer",
        "workflow.build",
        "network.envelope ag2.packet",
    ];
    for (trace, name) in (1..).zip(names) {
        let noted = format!(r#"{{"name":"{name}","span_kind":"CHAIN"}}"#);
        feed.send(&[span_json(trace, 1, &noted)]).await.unwrap();
    }
    let runs = "SELECT COALESCE(sum(started), 0)::bigint FROM rollups WHERE kind = 0";
    let runs = || sqlx::query_scalar::<_, i64>(runs).fetch_one(&pool);
    assert_eq!(runs().await.unwrap(), 0);
    // Once more comes of the trace, it is one.
    let above = "01".repeat(8);
    let call = format!(r#"{{"parent_span_id":"{above}"}}"#);
    feed.send(&[span_json(1, 2, &call)]).await.unwrap();
    assert_eq!(runs().await.unwrap(), 1);
}

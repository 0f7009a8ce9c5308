//! Every way in which a request can be wrong, and what it is told.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use telemetron_store::PgPool;

use super::support::{Answer, TestApi, span, store};
use crate::config::ApiConfig;

const TRACE: &str = "/api/v1/traces/01010101010101010101010101010101";

/// The problem an answer states; its header says that it is one.
fn problem(answer: &Answer) -> Value {
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status.as_u16());
    problem
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_is_wrong_is_named_with_what_to_change(pool: PgPool) {
    store(&pool, &[span(1, json!({}))]).await;
    let api = TestApi::on(pool);
    let mut problems = Vec::new();
    for path in [
        "/api/v1/tracers",
        "/api/v1/traces/xyz",
        "/api/v1/traces/0a",
        "/api/v1/traces/00000000000000000000000000000000",
        "/api/v1/traces/ffffffffffffffffffffffffffffffff",
        &format!("{TRACE}/spans/ff"),
        &format!("{TRACE}/spans/ffffffffffffffff"),
        &format!("{TRACE}?include=everything"),
        &format!("{TRACE}/spans?fields=some"),
        &format!("{TRACE}/spans?limit=10001"),
        &format!("{TRACE}/timeline?cursor=abc"),
        &format!("{TRACE}/graph?deep=true"),
        "/api/v1/traces?limit=0",
        "/api/v1/traces?limit=1001",
        "/api/v1/traces?limit=ten",
        "/api/v1/traces?status=DONE",
        "/api/v1/traces?agnet=coder",
        "/api/v1/traces?agent=a&agent=b",
        "/api/v1/traces?q=",
        "/api/v1/traces?start_after=yesterday",
        "/api/v1/traces?start_after=2026-01-02T00:00:00Z&start_before=2026-01-01T00:00:00Z",
        "/api/v1/traces?agent=a%00b",
        "/api/v1/sessions/a%00b",
        "/api/v1/traces?min_cost_usd=-1",
        "/api/v1/traces?errors_only=maybe",
        "/api/v1/traces?cursor=bm90aGluZw",
        "/api/v1/sessions/none",
        "/api/v1/metrics?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
        "/api/v1/metrics?interval_s=90",
        "/api/v1/dead-letters/first",
        "/api/v1/dead-letters/7",
        "/api/v1/events/stream?kinds=robot",
        "/api/v1/events/stream?cursor=%25",
        "/ws/debug/me",
    ] {
        let answer = api.get(path).await;
        let mut problem = problem(&answer);
        problem["asked"] = json!(path);
        problems.push(problem);
    }
    insta::assert_json_snapshot!(problems);
}

/// What strangers try in every text: nothing of it is our fault.
const STRANGE: [&str; 8] = [
    "%00",
    "%FF%FE",
    "%F0%9F%98%80",
    "'%20OR%201=1--",
    "%25_%5C",
    "99999999999999999999",
    "-1",
    "{}",
];

#[sqlx::test(migrations = "../../migrations")]
async fn whatever_stands_in_a_parameter_the_fault_is_not_ours(pool: PgPool) {
    store(&pool, &[span(1, json!({}))]).await;
    let api = TestApi::on(pool);
    let document = api.get("/api-docs/openapi.json").await.json();
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        // Those answer for as long as somebody listens.
        if methods.get("get").is_none() || path.ends_with("/stream") || path.starts_with("/ws") {
            continue;
        }
        let parameters = methods["get"]["parameters"].as_array();
        for parameter in parameters.into_iter().flatten() {
            for strange in STRANGE {
                let path = with_strange(path, parameter, strange);
                let answer = api.get(&path).await;
                let status = answer.status.as_u16();
                assert!(matches!(status, 200 | 400 | 404), "{path}: {status}");
                if status != 200 {
                    assert!(problem(&answer)["detail"].is_string(), "{path}");
                }
                let documented = &methods["get"]["responses"][status.to_string()];
                assert!(documented.is_object(), "{path}: {status} is not documented");
                asked += 1;
            }
        }
    }
    assert!(asked > 500, "{asked}");
}

/// An address with something strange in one of its parameters and something usual in the others.
fn with_strange(path: &str, parameter: &Value, strange: &str) -> String {
    let name = parameter["name"].as_str().unwrap();
    let in_path = parameter["in"] == "path";
    let usual = [
        ("trace_id", "01010101010101010101010101010101"),
        ("span_id", "0101010101010101"),
        ("session_id", "s"),
        ("id", "1"),
    ];
    let filled = usual.iter().fold(path.to_owned(), |path, (known, value)| {
        let value = if in_path && *known == name {
            strange
        } else {
            value
        };
        path.replace(&format!("{{{known}}}"), value)
    });
    if in_path {
        return filled.replace(&format!("{{{name}}}"), strange);
    }
    format!("{filled}?{name}={strange}")
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_wrong_body_is_named_with_what_to_change(pool: PgPool) {
    let config = ApiConfig {
        max_body_bytes: 1000,
        ..ApiConfig::default()
    };
    let api = TestApi::with(pool, config);
    let (inject, simulate) = ("/api/v1/debug/inject-event", "/api/v1/debug/simulate-trace");
    let mut problems = Vec::new();
    for (path, body) in [
        (inject, json!({})),
        (inject, json!({ "event_name": "" })),
        (inject, json!({ "event_name": "x", "severity": "loud" })),
        (inject, json!({ "event_name": "x", "trace": "y" })),
        (inject, json!({ "event_name": "x", "trace_id": "y" })),
        (inject, json!([])),
        (inject, json!({ "event_name": "x".repeat(2000) })),
        (simulate, json!({ "steps": "two" })),
        (simulate, json!({ "steps": 100_000 })),
        (simulate, json!({ "agents": [] })),
    ] {
        problems.push(problem(&api.post(path, &body).await));
    }
    let text = Request::post(inject)
        .body(Body::from("event_name=x"))
        .unwrap();
    problems.push(problem(&api.ask(text).await));
    insta::assert_json_snapshot!(problems);
}

#[tokio::test]
async fn a_wrong_method_names_the_right_ones() {
    let api = TestApi::without_database();
    let answer = api.post("/api/v1/traces", &json!({})).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
    insta::assert_json_snapshot!(problem(&answer));
}

#[tokio::test]
async fn a_page_of_a_stranger_cannot_send_anything() {
    let api = TestApi::without_database();
    let request =
        Request::post("/api/v1/debug/simulate-trace").header("origin", "https://evil.example");
    let answer = api.ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    insta::assert_json_snapshot!(problem(&answer));
}

#[tokio::test]
async fn a_database_that_is_away_is_a_503_with_retry_after_and_no_cause() {
    let api = TestApi::without_database();
    for path in [
        "/api/v1/traces",
        TRACE,
        &format!("{TRACE}/spans"),
        &format!("{TRACE}/timeline"),
        &format!("{TRACE}/graph"),
        "/api/v1/sessions",
        "/api/v1/metrics",
        "/api/v1/ingest",
        "/api/v1/dead-letters",
    ] {
        let answer = api.get(path).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.header("retry-after"), Some("1"), "{path}");
        let problem = problem(&answer);
        let detail = problem["detail"].as_str().unwrap();
        assert!(
            detail.starts_with("the database is not available now"),
            "{detail}"
        );
        assert!(
            !detail.contains("127.0.0.1") && !detail.contains("pool"),
            "{detail}"
        );
    }
}

#[tokio::test]
async fn kafka_that_is_away_is_a_503_with_retry_after() {
    let api = TestApi::without_database();
    let answer = api
        .post("/api/v1/debug/inject-event", &json!({ "event_name": "x" }))
        .await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), Some("1"));
    insta::assert_json_snapshot!(problem(&answer));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_question_that_takes_too_long_is_cut_off(pool: PgPool) {
    store(&pool, &[span(1, json!({}))]).await;
    let mut lock = pool.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE traces IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *lock)
        .await
        .unwrap();
    let options = (*pool.connect_options())
        .clone()
        .options([("statement_timeout", "100ms")]);
    let bounded = sqlx::postgres::PgPoolOptions::new().connect_lazy_with(options);
    let answer = TestApi::on(bounded).get("/api/v1/traces").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(problem(&answer)["type"], "urn:telemetron:problem:too-slow");

    let config = ApiConfig {
        request_timeout_ms: std::time::Duration::from_millis(100),
        ..ApiConfig::default()
    };
    let answer = TestApi::with(pool, config).get("/api/v1/traces").await;
    assert_eq!(problem(&answer)["type"], "urn:telemetron:problem:too-slow");
}

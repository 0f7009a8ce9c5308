//! Why a trace failed and what differs, from rows to answer.

use serde_json::{Value, json};
use telemetron_model::Timestamp;
use telemetron_model::record::Schema;
use telemetron_store::PgPool;
use telemetron_store::memory::{Candidacy, Candidate, Snapshot};
use telemetron_view::{ComparisonAnswer, Confidence, DiagnosisAnswer, ErrorFate, FindingKind};

use super::support::{TestApi, span, store, trace_id};

const FAILED: &str = "/api/v1/traces/01010101010101010101010101010101/diagnosis";

/// The spans of a run: the same in both traces, but for what the last tool was given.
fn run(trace: u8, query: &str, outcome: Value) -> Vec<(Schema, Value)> {
    let of = |change: Value| {
        let mut change = change;
        change["trace_id"] = json!(trace_id(trace));
        change
    };
    let mut root = json!({ "name": "answer", "agent_name": "planner", "input_data": "why?" });
    root.as_object_mut()
        .unwrap()
        .extend(outcome.as_object().unwrap().clone());
    let call = json!({
        "parent_span_id": "0101010101010101", "span_kind": "LLM", "model": "m",
        "agent_name": "coder", "input_data": ["hello"], "output_data": "world",
        "token_usage": { "input": 10, "output": 5 },
    });
    let mut tool = json!({
        "parent_span_id": "0101010101010101", "span_kind": "TOOL", "tool_name": "search",
        "agent_name": "coder", "input_data": { "query": query },
    });
    tool.as_object_mut()
        .unwrap()
        .extend(outcome.as_object().unwrap().clone());
    vec![span(1, of(root)), span(2, of(call)), span(3, of(tool))]
}

async fn two_runs(pool: &PgPool) {
    store(pool, &of_two_runs()).await;
}

fn of_two_runs() -> Vec<(Schema, Value)> {
    let failed = json!({ "status": "FAILED", "error": { "type": "Timeout", "message": "slow" } });
    let mut records = run(2, "red", json!({}));
    records.extend(run(1, "blue", failed));
    let error = json!({
        "trace_id": trace_id(1), "error_id": "x", "error_type": "Timeout", "message": "slow",
        "timestamp": 1_769_857_203_000_000_000_i64,
    });
    let handoff = json!({
        "trace_id": trace_id(1), "handoff_id": "h", "source_agent_name": "planner",
        "target_agent_name": "coder", "timestamp": 1_769_857_202_000_000_000_i64, "reason": "find it",
    });
    records.push((Schema::Error, error));
    records.push((Schema::Handoff, handoff));
    records
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_failed_trace_is_diagnosed_from_its_rows(pool: PgPool) {
    two_runs(&pool).await;
    let api = TestApi::on(pool);
    let answer = api.get(FAILED).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let answer: DiagnosisAnswer = serde_json::from_slice(&answer.body).unwrap();
    let diagnosis = answer.diagnosis;
    let cause = &diagnosis.causes[0];
    assert_eq!(cause.span_id.unwrap().to_string(), "03".repeat(8));
    assert!(
        cause.sentence.contains("tool `search` of coder failed"),
        "{}",
        cause.sentence
    );
    let fates: Vec<_> = diagnosis.chain.iter().map(|link| link.fate).collect();
    assert_eq!(fates, [ErrorFate::Began, ErrorFate::Surfaced]);
    let handoff = diagnosis
        .findings
        .iter()
        .find(|f| f.kind == FindingKind::Handoff)
        .unwrap();
    assert!(
        handoff.sentence.contains("reason \"find it\""),
        "{}",
        handoff.sentence
    );
    assert!(diagnosis.critical_path.is_some() && answer.freshness.as_of.is_some());
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_last_good_run_is_found_and_compared(pool: PgPool) {
    two_runs(&pool).await;
    let api = TestApi::on(pool);
    let path = format!("/api/v1/traces/compare?a={}&b=last-good", trace_id(1));
    let answer = api.get(&path).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let answer: ComparisonAnswer = serde_json::from_slice(&answer.body).unwrap();
    let compared = answer.comparison;
    assert_eq!(compared.b.trace_id, trace_id(2));
    assert!(compared.chosen_because.is_some());
    let step = compared.first_difference.unwrap();
    assert_eq!(step.name, "search");
    let lines: Vec<_> = step.differences.iter().flat_map(|d| &d.lines).collect();
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with('-') && line.contains("blue")),
        "{lines:?}"
    );
    assert_eq!(compared.same_steps, 1);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_good_run_with_the_same_input_is_preferred_to_a_later_one(pool: PgPool) {
    let mut other = run(3, "red", json!({}));
    other[0].1["input_data"] = json!("why not?");
    store(&pool, &[of_two_runs(), other].concat()).await;
    let api = TestApi::on(pool);
    let compared_with = async |of: u8| {
        let path = format!("/api/v1/traces/compare?a={}", trace_id(of));
        let answer = api.get(&path).await;
        let answer: ComparisonAnswer = serde_json::from_slice(&answer.body).unwrap();
        answer.comparison
    };
    let compared = compared_with(1).await;
    assert_eq!(compared.b.trace_id, trace_id(2));
    let because = compared.chosen_because.unwrap();
    assert!(because.contains("the same input"), "{because}");
    // Nobody was given the input of the third: the latest is as good as any.
    let compared = compared_with(3).await;
    assert_eq!(compared.b.trace_id, trace_id(2));
    let because = compared.chosen_because.unwrap();
    assert!(!because.contains("the same input"), "{because}");
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_cannot_be_compared_is_answered_with_what_to_change(pool: PgPool) {
    store(&pool, &run(1, "blue", json!({}))).await;
    let api = TestApi::on(pool);
    let none = api
        .get(&format!("/api/v1/traces/compare?a={}", trace_id(1)))
        .await;
    assert_eq!(none.status, 404);
    assert!(
        none.json()["detail"]
            .as_str()
            .unwrap()
            .contains("name one as `b`")
    );
    let wrong = api.get("/api/v1/traces/compare?b=last-good").await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.json()["field"].as_str()),
        (400, Some("a"))
    );
    let unknown = api.get(&FAILED.replace("0101", "0909")).await;
    assert_eq!(unknown.status, 404);
}

/// What the Oracle would have stored: coder's only pod was killed while its tool ran.
fn a_killed_pod() -> Snapshot {
    let state = json!({
        "id": "1", "agents": [], "queues": [], "litellm": [],
        "sources": [{ "name": "kubernetes", "status": "fresh" },
                    { "name": "litellm", "status": "absent", "reason": "no proxy is named" }],
        "workload": [{
            "deployment_name": "coder", "max_pods": 1,
            "live": { "active_pods": 1, "updated_at": "2026-01-31T11:00:10Z" },
            "detail": { "kind": "Deployment", "namespace": "default", "wanted_pods": 1,
                        "updated_pods": 1 },
            "pods": [{
                "pod_id": "coder-7d9f", "cpu": 0.0, "memory": 0.0, "status": "Running",
                "detail": { "measured": false, "ready": true, "restarts": 1, "containers": [{
                    "name": "main", "restarts": 1,
                    "last_termination": { "reason": "OOMKilled", "exit_code": 137,
                                          "finished_at": "2026-01-31T11:00:03Z" },
                }] },
            }],
        }],
    });
    Snapshot {
        taken_at: Timestamp::parse_rfc3339("2026-01-31T11:00:03.500Z").unwrap(),
        shape: 1,
        state: serde_json::from_value(state).unwrap(),
        issues: Vec::new(),
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_oracles_memory_of_that_time_says_what_is_likely_behind_a_failure(pool: PgPool) {
    let failed = json!({
        "status": "FAILED", "agent_name": "coder", "parent_span_id": null,
        "error": { "type": "ConnectionError", "message": "connection reset" },
        "resource": { "pod": "coder-7d9f" },
    });
    store(&pool, &[span(3, failed)]).await;
    let candidate = Candidate::connect(&pool).await.unwrap();
    let Candidacy::Elected(mut writer) = candidate.stand().await.unwrap() else {
        panic!("nobody else writes here");
    };
    writer.keep(&a_killed_pod(), &[]).await.unwrap();
    let api = TestApi::on(pool);
    let answer = api.get(FAILED).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let answer: DiagnosisAnswer = serde_json::from_slice(&answer.body).unwrap();
    let diagnosis = answer.diagnosis;
    let behind = &diagnosis.causes[1];
    let sentence = "Pod `coder-7d9f` of deployment `coder`, in which the span ran, restarted 1.0 s \
                    before the failure (OOMKilled, exit code 137, 1 restart so far).";
    assert_eq!(behind.sentence, sentence);
    assert_eq!(behind.confidence, Confidence::Likely);
    let absent = "the limits of models are not known: the LiteLLM proxy did not tell then (no \
                  proxy is named)";
    assert_eq!(diagnosis.limits, [absent]);

    let path = behind.next.strip_prefix("GET ").unwrap();
    let state = api.get(path).await;
    assert_eq!(state.status, 200, "{}", state.json());
    assert_eq!(
        state.json()["workload"][0]["pods"][0]["pod_id"],
        "coder-7d9f"
    );
}

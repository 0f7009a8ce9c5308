//! The Oracle on a real database: what is stored is told, judged, remembered and compared.

use std::time::Duration;

use serde_json::{Value, json};
use telemetron_model::Timestamp;
use telemetron_model::record::Schema;
use telemetron_store::PgPool;

use super::support::{TestApi, store_at, trace_id};

const PATIENCE: Duration = Duration::from_secs(60);

/// A task that was submitted so many seconds ago.
fn task(id: &str, seconds: i64, change: &Value) -> (Schema, Value) {
    let at = Timestamp::now()
        .plus_nanos(-seconds * 1_000_000_000)
        .nanos();
    let mut fields = json!({
        "task_id": id, "queue": "reviews", "status": "submitted", "priority": "normal",
        "prompt": "look at it", "args": {"file": "a.rs"}, "submitted_at": at, "timestamp": at,
    });
    let change = change.as_object().unwrap().clone();
    fields.as_object_mut().unwrap().extend(change);
    (Schema::Task, fields)
}

fn agent(name: &str) -> (Schema, Value) {
    let now = Timestamp::now().nanos();
    let fields = json!({
        "agent_id": format!("{name}-1"), "name": name, "description": "reviews code",
        "models": ["small"], "max_parallel_invocations": 2, "deployment_name": "reviewers",
        "status": "healthy", "registered_at": now, "timestamp": now,
    });
    (Schema::Agent, fields)
}

/// Asks until the answer is as wanted.
async fn eventually(api: &TestApi, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let seen = api.get(path).await.json();
        if wanted(&seen) {
            return seen;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "{path} never was as wanted: {seen}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_is_stored_is_told_in_the_published_schema(pool: PgPool) {
    let started = Timestamp::now().plus_nanos(-5_000_000_000).nanos();
    let at_work = json!({"status": "running", "agent_name": "reviewer", "started_at": started});
    let records = [
        agent("reviewer"),
        task("t-1", 10, &at_work),
        task(
            "t-2",
            10,
            &json!({"priority": "high", "invoked_by": "planner"}),
        ),
    ];
    store_at(&pool, &records, Timestamp::now()).await;
    let mut api = TestApi::on(pool);
    api.run_oracle();
    let state = eventually(&api, "/system/state", |state| !state["agents"][0].is_null()).await;
    let reviewer = &state["agents"][0];
    assert_eq!(reviewer["name"], "reviewer");
    assert_eq!(reviewer["deployment_name"], "reviewers");
    assert_eq!(reviewer["activity"]["active_task_ids"][0]["id"], "t-1");
    let queue = &state["queues"][0];
    assert_eq!(
        (&queue["name"], &queue["tasks"][0]["id"]),
        (&json!("reviews"), &json!("t-2"))
    );
    assert_eq!(queue["tasks"][0]["args"], json!({"file": "a.rs"}));
    assert!(state.get("sources").is_none(), "{state}");
    let verdict = api.get("/api/v1/oracle/validate").await.json();
    assert_eq!(verdict, json!({"valid": true, "errors": []}));
    let bad = api
        .post("/api/v1/oracle/validate", &json!({"id": 7}))
        .await
        .json();
    assert_eq!(bad["valid"], false);

    let section = api.get("/api/v1/oracle/agents").await.json();
    assert_eq!(
        section["items"][0]["detail"]["origins"],
        json!(["registered"])
    );
    let log = api.get("/api/v1/oracle/state?format=log").await;
    let log = log.json()["log"].as_str().unwrap().to_owned();
    assert!(
        log.contains("- reviewer in reviewers: 1/2 at work"),
        "{log}"
    );
    let issues = api.get("/api/v1/oracle/issues").await.json();
    assert_eq!(
        issues["issues"],
        json!([]),
        "a healthy system has no issues"
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_absent_source_is_told_with_its_reason(pool: PgPool) {
    let mut api = TestApi::on(pool);
    api.run_oracle();
    let litellm_absent = |state: &Value| {
        let sources = state["sources"].as_array().cloned().unwrap_or_default();
        sources
            .iter()
            .any(|source| source["name"] == "litellm" && source["status"] == "absent")
    };
    let state = eventually(&api, "/api/v1/oracle/state", litellm_absent).await;
    let sources = state["sources"].as_array().unwrap();
    let litellm = sources.iter().find(|source| source["name"] == "litellm");
    let reason = &litellm.unwrap()["reason"];
    assert_eq!(reason, "no proxy is named; LITELLM_BASE_URL names one");
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_issue_opens_is_remembered_and_closes(pool: PgPool) {
    let trace = trace_id(1).to_string();
    let failed = json!({"status": "failed", "agent_name": "coder", "trace_id": trace,
                        "error": "no disk", "ended_at": Timestamp::now().nanos()});
    let blocker = task("t-0", 30, &failed);
    let blocked = task("t-1", 20, &json!({"blocked_by": "t-0"}));
    store_at(&pool, &[blocker, blocked], Timestamp::now()).await;
    let mut api = TestApi::on(pool.clone());
    api.run_oracle();
    let two = |answer: &Value| {
        answer["issues"]
            .as_array()
            .is_some_and(|all| all.len() == 2)
    };
    let report = eventually(&api, "/api/v1/oracle/issues", two).await;
    assert_eq!(report["status"], "critical");
    let issues = report["issues"].as_array().unwrap();
    let failed = issues
        .iter()
        .find(|issue| issue["kind"] == "failed_task")
        .unwrap();
    assert!(
        failed["summary"]
            .as_str()
            .unwrap()
            .contains("by coder: no disk"),
        "{failed}"
    );
    assert_eq!(
        failed["next"]["call"],
        format!("/api/v1/traces/{trace}/diagnosis")
    );

    let opened = |answer: &Value| answer.as_array().is_some_and(|all| all.len() == 2);
    eventually(&api, "/api/v1/oracle/timeline", opened).await;
    // The blocked task ends: its issue is resolved, and the memory tells the way.
    sqlx::query("UPDATE tasks SET status = 4, blocked_by = NULL WHERE task_id = 't-1'")
        .execute(&pool)
        .await
        .unwrap();
    let path = "/api/v1/oracle/timeline?issue=blocked_task:t-1";
    let resolved = |answer: &Value| answer.as_array().is_some_and(|all| all.len() == 2);
    let life = eventually(&api, path, resolved).await;
    assert_eq!(
        (&life[0]["change"], &life[1]["change"]),
        (&json!("opened"), &json!("resolved"))
    );

    let then = life[0]["at"].as_str().unwrap();
    let was = api
        .get(&format!("/api/v1/oracle/issues?at={then}"))
        .await
        .json();
    assert_eq!(was["issues"].as_array().unwrap().len(), 2, "{was}");
    let history = api.get("/api/v1/oracle/history").await.json();
    assert!(history["items"].as_array().unwrap().len() >= 2, "{history}");
    let diff = api
        .get(&format!("/api/v1/oracle/diff?from={then}&format=log"))
        .await;
    let diff = String::from_utf8(diff.body).unwrap();
    assert!(diff.contains("resolved error blocked_task:t-1"), "{diff}");
    assert!(diff.contains("- queues/reviews"), "{diff}");
    let long_ago = api
        .get("/api/v1/oracle/state?at=2020-01-01T00:00:00Z")
        .await;
    assert_eq!(long_ago.status, 404);
}

/// When what an API answers was put together.
async fn taken_at(api: &TestApi) -> Value {
    api.get("/api/v1/oracle/issues").await.json()["generated_at"].clone()
}

#[sqlx::test(migrations = "../../migrations")]
async fn one_process_collects_the_others_show_what_it_knows_and_one_of_them_takes_over(
    pool: PgPool,
) {
    let warm = |issues: &Value| {
        let sources = issues["sources"].as_array().unwrap();
        sources.iter().all(|source| source["status"] != "starting")
    };
    let path = "/api/v1/oracle/issues";
    let mut first = TestApi::on(pool.clone());
    first.run_oracle();
    eventually(&first, path, warm).await;

    let mut second = TestApi::on(pool);
    second.run_oracle();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        // Only what another process made has its moment to the nanosecond.
        let (there, here) = (taken_at(&first).await, taken_at(&second).await);
        if there == here {
            break;
        }
        let now = tokio::time::Instant::now();
        assert!(
            now < deadline,
            "{here} is not what the first knew at {there}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let last = taken_at(&second).await;
    first.shutdown.cancel();
    drop(first);
    // What the first one knew stands until the second has asked everybody itself.
    let newer = |issues: &Value| {
        assert!(warm(issues), "nothing is forgotten meanwhile: {issues}");
        issues["generated_at"].as_str() > last.as_str()
            && issues["sources"].as_array().unwrap().iter().any(|source| {
                source["name"] == "telemetry" && source["updated_at"].as_str() > last.as_str()
            })
    };
    eventually(&second, path, newer).await;
}

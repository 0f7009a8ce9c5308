//! The Oracle on the whole platform: each fault that is injected opens exactly its issue, and what
//! ends closes it; a system without faults has none.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use telemetron_kafka::{Headers, KafkaConfig, Outgoing, Producer, ProducerOptions};
use telemetron_model::Timestamp;
use telemetron_model::record::{Agent, AgentStatus, Priority, Record, Task, TaskStatus};
use telemetron_sdk::{Collector, TokenUsage};

use crate::platform::Platform;

const ISSUES: &str = "/api/v1/oracle/issues";

fn before(seconds: i64) -> Timestamp {
    Timestamp::now().plus_nanos(-seconds * 1_000_000_000)
}

fn task(id: &str, seconds: i64) -> Task {
    Task {
        task_id: id.to_owned(),
        queue: "reviews".to_owned(),
        status: TaskStatus::Running,
        priority: Priority::Normal,
        agent_id: None,
        agent_name: Some("reviewer".to_owned()),
        trace_id: None,
        invoked_by: None,
        blocked_by: None,
        prompt: None,
        args: None,
        submitted_at: before(seconds),
        started_at: Some(before(seconds)),
        ended_at: None,
        error: None,
        timestamp: before(seconds),
    }
}

fn silent_agent() -> Agent {
    Agent {
        agent_id: "reviewer-1".to_owned(),
        name: "reviewer".to_owned(),
        description: None,
        capabilities: Vec::new(),
        models: Vec::new(),
        max_parallel_invocations: Some(4),
        deployment_name: None,
        instance: Some("host:7".to_owned()),
        status: AgentStatus::Healthy,
        reason: None,
        registered_at: before(600),
        timestamp: before(600),
        vitals: None,
    }
}

/// The ids of the issues, without what changes from run to run.
fn kinds(answer: &Value) -> BTreeSet<String> {
    let issues = answer["issues"].as_array().cloned().unwrap_or_default();
    let kinds = issues.iter().filter_map(|issue| issue["kind"].as_str());
    kinds.map(str::to_owned).collect()
}

fn is(expected: &'static [&'static str]) -> impl Fn(&Value) -> bool {
    let expected: BTreeSet<_> = expected.iter().map(|kind| (*kind).to_owned()).collect();
    move |answer| kinds(answer) == expected
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_opens_exactly_its_issue_and_its_end_closes_it() {
    let Some(platform) = Platform::start().await else {
        return;
    };
    let telemetry = Collector::builder()
        .bootstrap_servers(platform.bootstrap_servers())
        .start()
        .unwrap();
    without_faults(&platform, &telemetry).await;

    let kafka = KafkaConfig::new(platform.bootstrap_servers());
    let producer = Producer::new(&kafka, &ProducerOptions::default()).unwrap();
    let stuck = task("t-stuck", 3600);
    producer.send(&Record::from(stuck.clone())).await.unwrap();
    producer.send(&Record::from(silent_agent())).await.unwrap();
    let opened = platform
        .eventually(ISSUES, is(&["stuck_task", "silent_agent"]))
        .await;
    assert_eq!(opened["status"], "critical");
    explained(&opened);

    let done = Task {
        status: TaskStatus::Completed,
        ended_at: Some(before(0)),
        timestamp: before(0),
        ..stuck
    };
    producer.send(&Record::from(done)).await.unwrap();
    let goodbye = Agent {
        status: AgentStatus::Unregistered,
        timestamp: before(0),
        ..silent_agent()
    };
    producer.send(&Record::from(goodbye)).await.unwrap();
    platform.eventually(ISSUES, is(&[])).await;

    loops(&platform, &telemetry).await;
    poison(&platform, &kafka, &producer).await;
    let resolved = |answer: &Value| {
        let items = answer.as_array().cloned().unwrap_or_default();
        let resolved = items.iter().filter(|item| item["change"] == "resolved");
        resolved.count() == 2 && items.len() >= 8
    };
    let life = platform
        .eventually("/api/v1/oracle/timeline", resolved)
        .await;
    assert!(life.as_array().unwrap().len() >= 8, "{life}");
    telemetry.shutdown(Duration::from_secs(5)).await;
}

/// Healthy work opens nothing, and is in the state.
async fn without_faults(platform: &Platform, telemetry: &Collector) {
    let trace = telemetry.trace("plan").start();
    let agent = trace.agent("planner");
    let call = agent.llm("small");
    call.tokens(TokenUsage::new(100, 10));
    call.complete();
    agent.complete();
    trace.complete("done");
    let known = |answer: &Value| answer["agents"][0]["name"] == "planner";
    platform.eventually("/system/state", known).await;
    platform.eventually(ISSUES, is(&[])).await;
    let verdict = platform
        .eventually("/api/v1/oracle/validate", |_| true)
        .await;
    assert_eq!(verdict["valid"], true, "{verdict}");
}

/// A tool loop, a ping-pong and refused calls, in one trace.
async fn loops(platform: &Platform, telemetry: &Collector) {
    let trace = telemetry.trace("in circles").start();
    let coder = trace.agent("coder");
    for _ in 0..6 {
        let tool = coder.tool("search");
        tool.input("the same");
        tool.complete();
    }
    coder.llm("large").fail("Error 429: rate limit reached");
    coder.complete();
    for _ in 0..3 {
        trace
            .handoff("coder", "reviewer")
            .reason("look again")
            .send();
        trace.handoff("reviewer", "coder").reason("not good").send();
    }
    trace.complete("gave up");
    let expected = &["tool_loop", "handoff_loop", "rate_limited"];
    let opened = platform.eventually(ISSUES, is(expected)).await;
    explained(&opened);
}

/// A record that nobody can read.
async fn poison(platform: &Platform, kafka: &KafkaConfig, producer: &Producer) {
    let topics = kafka.topics();
    let spans = topics.of(telemetron_model::topic::Topic::Spans).to_owned();
    let headers = Headers::default();
    let raw = |topic, payload| Outgoing {
        topic,
        partition: None,
        key: None,
        headers: &headers,
        payload: Some(payload),
    };
    producer.send_raw(&raw(&spans, b"no json")).await.unwrap();
    let loops = [
        "tool_loop",
        "handoff_loop",
        "rate_limited",
        "poison_records",
    ];
    let all: BTreeSet<_> = loops.map(str::to_owned).into();
    let opened = platform
        .eventually(ISSUES, move |answer| kinds(answer) == all)
        .await;
    explained(&opened);
}

/// Every issue says what is wrong, what to follow, and what to ask next.
fn explained(answer: &Value) {
    for issue in answer["issues"].as_array().unwrap() {
        let said = issue["summary"].as_str().unwrap();
        assert!(
            said.chars().any(|c| c.is_ascii_digit()),
            "no number: {said}"
        );
        assert_ne!(issue["evidence"].as_array().unwrap().len(), 0, "{issue}");
        assert!(
            !issue["next"]["call"].as_str().unwrap().is_empty(),
            "{issue}"
        );
    }
}

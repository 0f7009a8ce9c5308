//! Which handoffs stand, whenever the spans that decide it come.

use serde_json::{Value, json};
use sqlx::PgPool;
use telemetron_store::read::notes::{self, Budget};
use telemetron_store::read::timeline;
use telemetron_store::read::traces::{find, locate};

use super::support::{Feed, span_json, trace_id};

const SECOND: i64 = 1_000_000_000;

fn agent(span: u8, parent: u8, name: &str, from: i64, until: i64) -> String {
    let parent = (parent > 0).then(|| format!("{parent:02x}").repeat(8));
    let change = json!({
        "span_kind": "AGENT", "agent_name": name, "parent_span_id": parent,
        "start_time": from * SECOND, "end_time": until * SECOND,
    });
    span_json(1, span, &change.to_string())
}

/// A tool call that names no agent.
fn tool(span: u8, parent: u8, from: i64, until: i64) -> String {
    let change = json!({
        "span_kind": "TOOL", "parent_span_id": format!("{parent:02x}").repeat(8),
        "start_time": from * SECOND, "end_time": until * SECOND,
    });
    span_json(1, span, &change.to_string())
}

/// A hint without a source, which points to a span.
fn hint(rule: &str, span: u8, target: &str, from: i64, until: i64) -> String {
    json!({
        "handoff_id": format!("{rule}-{span}-{from}"), "trace_id": trace_id(1), "rule": rule,
        "span_id": format!("{span:02x}").repeat(8), "target_agent_name": target,
        "timestamp": from * SECOND, "until": until * SECOND,
    })
    .to_string()
}

/// What readers are told: rule, source and target of each, after every reader has agreed.
async fn told(pool: &PgPool) -> Vec<(Option<String>, String, String)> {
    let at = locate(pool, trace_id(1)).await.unwrap().unwrap();
    let plenty = Budget {
        items: 99,
        bytes: 99,
    };
    let handoffs = notes::handoffs(pool, at, plenty).await.unwrap();
    let never = telemetron_model::Timestamp::from_nanos(i64::MIN);
    let trace = find(pool, trace_id(1), never).await.unwrap().unwrap();
    let count = i64::try_from(handoffs.len()).unwrap();
    assert_eq!(trace.detail.summary.counts.handoffs, count);
    let lines = timeline::list(pool, at, None, 99).await.unwrap().items;
    let lines = lines.into_iter().filter(|line| line.target_agent.is_some());
    let told = handoffs.into_iter().map(|handoff| {
        let (source, target) = (handoff.source_agent_name, handoff.target_agent_name);
        (handoff.rule, source, target)
    });
    let told: Vec<_> = told.collect();
    let pairs = told
        .iter()
        .map(|(_, source, target)| (source.clone(), target.clone()));
    let lines = lines.map(|line| (line.agent.unwrap(), line.target_agent.unwrap()));
    assert!(lines.eq(pairs), "the timeline tells the same");
    told
}

fn is(rule: &str, source: &str, target: &str) -> (Option<String>, String, String) {
    (Some(rule.to_owned()), source.to_owned(), target.to_owned())
}

/// A planner that calls `transfer_to_coder_agent`, and the agent below that call.
fn transfer() -> Vec<String> {
    vec![
        agent(1, 0, "planner", 0, 20),
        tool(2, 1, 1, 9),
        agent(3, 2, "Coder Agent", 2, 8),
        hint("handoff_tool", 2, "coder_agent", 1, 9),
        hint("nested_agent", 2, "Coder Agent", 2, 8),
    ]
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_stronger_of_two_hints_stands_in_one_batch(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    feed.send(&transfer()).await.unwrap();
    assert_eq!(
        told(&pool).await,
        [is("handoff_tool", "planner", "Coder Agent")]
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_hint_stands_once_the_agent_above_it_has_come(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    let mut records = transfer();
    records.reverse();
    for (step, record) in records.iter().enumerate() {
        feed.send(std::slice::from_ref(record)).await.unwrap();
        let expected = usize::from(step == 4);
        assert_eq!(told(&pool).await.len(), expected, "after {record}");
    }
    assert_eq!(
        told(&pool).await,
        [is("handoff_tool", "planner", "Coder Agent")]
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn siblings_hand_on_to_each_other_and_a_late_one_comes_between(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    let root = span_json(1, 1, r#"{"span_kind":"CHAIN","start_time":0}"#);
    let first = [
        root,
        agent(2, 1, "a", 1, 2),
        hint("sibling_agents", 2, "a", 1, 2),
        agent(4, 1, "c", 5, 6),
        hint("sibling_agents", 4, "c", 5, 6),
    ];
    feed.send(&first).await.unwrap();
    assert_eq!(told(&pool).await, [is("sibling_agents", "a", "c")]);
    let late = [agent(3, 1, "b", 3, 4), hint("sibling_agents", 3, "b", 3, 4)];
    feed.send(&late).await.unwrap();
    let expected = [
        is("sibling_agents", "a", "b"),
        is("sibling_agents", "b", "c"),
    ];
    assert_eq!(told(&pool).await, expected);
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_is_said_outright_counts_at_once_and_outdoes_hints(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    let said = |id: &str| -> Value {
        json!({
            "handoff_id": id, "trace_id": trace_id(1), "source_agent_name": "planner",
            "target_agent_name": "Coder Agent", "timestamp": 3 * SECOND,
        })
    };
    feed.send(&[said("x").to_string()]).await.unwrap();
    feed.send(&[said("x").to_string(), said("y").to_string()])
        .await
        .unwrap();
    assert_eq!(told(&pool).await.len(), 2);
    feed.send(&transfer()).await.unwrap();
    assert_eq!(told(&pool).await.len(), 2);
    assert!(told(&pool).await.iter().all(|(rule, ..)| rule.is_none()));
}

/// Only traces with hints are ever looked through: the others keep the count they were given.
#[sqlx::test(migrations = "../../migrations")]
async fn a_trace_without_hints_is_not_looked_through(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    feed.send(&[agent(1, 0, "planner", 0, 9)]).await.unwrap();
    let set = "UPDATE traces SET handoff_count = 7";
    sqlx::query(set).execute(&pool).await.unwrap();
    feed.send(&[tool(2, 1, 1, 2)]).await.unwrap();
    let count = "SELECT handoff_count FROM traces";
    let count: i64 = sqlx::query_scalar(count).fetch_one(&pool).await.unwrap();
    assert_eq!(count, 7);
}

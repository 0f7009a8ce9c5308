//! Who is at work in a span that names no agent, whenever the spans above it come.

use sqlx::PgPool;

use super::support::{Feed, span_json, wrong_agents};

/// A call that names no agent, below the span of this number.
fn call(span: u8, parent: u8) -> String {
    let parent = format!("{parent:02x}").repeat(8);
    let usage = r#""token_usage":{"input":5,"output":5}"#;
    span_json(
        1,
        span,
        &format!(r#"{{"parent_span_id":"{parent}",{usage}}}"#),
    )
}

/// An agent span, below the span of this number if it is not 0.
fn agent(span: u8, parent: u8, name: &str) -> String {
    let mut change = format!(r#"{{"span_kind":"AGENT","agent_name":"{name}""#);
    if parent > 0 {
        change += &format!(
            r#","parent_span_id":"{}""#,
            format!("{parent:02x}").repeat(8)
        );
    }
    span_json(1, span, &(change + "}"))
}

async fn at_work(pool: &PgPool, span: u8) -> Option<String> {
    let agent =
        "SELECT COALESCE(agent_name, agent_id, inherited_agent) FROM spans WHERE span_id = $1";
    let agent = sqlx::query_scalar(agent).bind(vec![span; 8]);
    agent.fetch_one(pool).await.unwrap()
}

/// Tokens of the roll-ups by agent.
async fn spent(pool: &PgPool) -> Vec<(String, i64)> {
    let spent = "SELECT agent, sum(total_tokens)::bigint FROM rollups
                 GROUP BY agent HAVING sum(total_tokens) <> 0 ORDER BY agent";
    sqlx::query_as(spent).fetch_all(pool).await.unwrap()
}

fn under(agents: &[(&str, i64)]) -> Vec<(String, i64)> {
    let owned = agents
        .iter()
        .map(|(agent, tokens)| ((*agent).to_owned(), *tokens));
    owned.collect()
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_call_belongs_to_the_agent_whose_span_ends_after_it(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    feed.send(&[call(4, 3)]).await.unwrap();
    assert_eq!(at_work(&pool, 4).await, None);
    assert_eq!(spent(&pool).await, under(&[("", 10)]));
    let step = span_json(
        1,
        3,
        r#"{"span_kind":"CHAIN","parent_span_id":"0202020202020202"}"#,
    );
    feed.send(&[step]).await.unwrap();
    assert_eq!(at_work(&pool, 4).await, None);
    feed.send(&[agent(2, 1, "coder")]).await.unwrap();
    feed.send(&[agent(1, 0, "planner")]).await.unwrap();
    assert_eq!(at_work(&pool, 4).await.as_deref(), Some("coder"));
    assert_eq!(at_work(&pool, 3).await.as_deref(), Some("coder"));
    assert_eq!(spent(&pool).await, under(&[("coder", 10)]));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_call_below_stored_spans_finds_its_agent_however_deep_it_is(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    feed.send(&[agent(1, 0, "planner")]).await.unwrap();
    for span in 2..40 {
        feed.send(&[call(span, span - 1)]).await.unwrap();
    }
    assert_eq!(at_work(&pool, 39).await.as_deref(), Some("planner"));
    assert_eq!(wrong_agents(&pool).await, Vec::<String>::new());
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_agent_that_is_named_at_the_end_takes_what_is_below_it(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    let start = r#"{"span_kind":"AGENT","status":"RUNNING","parent_span_id":"0101010101010101"}"#;
    let records = [
        agent(1, 0, "planner"),
        span_json(1, 2, start),
        call(3, 2),
        agent(5, 2, "tester"),
        call(6, 5),
    ];
    feed.send(&records).await.unwrap();
    assert_eq!(
        spent(&pool).await,
        under(&[("planner", 10), ("tester", 10)])
    );
    feed.send(&[agent(2, 1, "coder")]).await.unwrap();
    assert_eq!(spent(&pool).await, under(&[("coder", 10), ("tester", 10)]));
    assert_eq!(at_work(&pool, 6).await.as_deref(), Some("tester"));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_span_that_names_its_agent_stores_no_other(pool: PgPool) {
    let mut feed = Feed::start(&pool).await;
    let records = [agent(1, 0, "planner"), agent(2, 1, "coder"), call(3, 2)];
    feed.send(&records).await.unwrap();
    let inherits = "SELECT count(*) FROM spans WHERE inherited_agent IS NOT NULL";
    let inherits: i64 = sqlx::query_scalar(inherits).fetch_one(&pool).await.unwrap();
    assert_eq!(inherits, 1);
}

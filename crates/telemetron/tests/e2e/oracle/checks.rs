//! What is asked of every issue: it explains itself, leads on, and is told wherever issues are.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ISSUES;
use super::stage::Stage;

/// An issue that has just opened is told in full, by every way there is.
pub(super) async fn told(stage: &Stage, issue: &Value) {
    explained(issue);
    let next = issue["next"]["call"].as_str().unwrap();
    followed(stage, next, issue).await;
    for evidence in issue["evidence"].as_array().unwrap() {
        if let Some(path) = path_of(evidence) {
            followed(stage, &path, issue).await;
        }
    }
    in_the_log(stage, issue).await;
    on_the_command_line(stage, issue);
    let id = issue["id"].as_str().unwrap();
    let opened = |items: &Value| items[0]["change"] == "opened";
    stage.api.eventually(&life_of(id), opened).await;
}

/// One sentence with numbers, since when, and ids to follow.
fn explained(issue: &Value) {
    let said = issue["summary"].as_str().unwrap();
    let has_number = said.chars().any(|letter| letter.is_ascii_digit());
    assert!(has_number, "no number: {said}");
    assert!(!said.ends_with('.') && !said.contains('\n'), "{said}");
    let evidence = issue["evidence"].as_array().unwrap();
    assert_ne!(evidence.len(), 0, "{issue}");
    assert_ne!(issue["next"]["why"].as_str().unwrap(), "", "{issue}");
    let at = |field: &str| issue[field].as_str().unwrap().to_owned();
    assert!(at("since") <= at("last_seen"), "{issue}");
    assert!(at("first_seen") <= at("last_seen"), "{issue}");
}

/// Where an id of the evidence is to be found, for the sorts that have a page of their own.
fn path_of(evidence: &Value) -> Option<String> {
    let id = evidence["id"].as_str().unwrap();
    match evidence["kind"].as_str().unwrap() {
        "trace" => Some(format!("/api/v1/traces/{id}")),
        "span" => {
            let (trace, span) = id.split_once('/').unwrap();
            Some(format!("/api/v1/traces/{trace}/spans/{span}"))
        }
        "tool" => Some(format!("/api/v1/traces?tool={id}")),
        "dead_letter" => Some(format!("/api/v1/dead-letters/{id}")),
        _ => None,
    }
}

async fn followed(stage: &Stage, path: &str, issue: &Value) {
    let answer = reqwest::get(stage.api.url(path)).await.unwrap();
    assert_eq!(answer.status(), 200, "{path} of {issue}");
    let body: Value = answer.json().await.unwrap();
    let is_empty = body["items"].as_array().is_some_and(Vec::is_empty);
    assert!(!is_empty, "{path} of {issue} leads to nothing");
}

/// The state as a text names it, with its sentence and its next call.
async fn in_the_log(stage: &Stage, issue: &Value) {
    let log = log(stage).await;
    let id = issue["id"].as_str().unwrap();
    let line = log.lines().find(|line| line.contains(id));
    let line = line.unwrap_or_else(|| panic!("{id} is not in the log:\n{log}"));
    assert!(line.starts_with(&format!("[{}] ", issue["severity"].as_str().unwrap())));
    assert!(
        line.ends_with(issue["next"]["call"].as_str().unwrap()),
        "{line}"
    );
}

async fn log(stage: &Stage) -> String {
    let url = stage.api.url("/api/v1/oracle/state?format=log");
    let asked = reqwest::Client::new().get(url);
    let answer = asked.header("accept", "text/plain").send().await;
    answer.unwrap().text().await.unwrap()
}

/// `telemetron oracle issues` has it, for machines and for people.
fn on_the_command_line(stage: &Stage, issue: &Value) {
    let asked = stage.ask(&["oracle", "issues", "--json"]);
    assert!(asked.status.success(), "{asked:?}");
    let report: Value = serde_json::from_slice(&asked.stdout).unwrap();
    let told = |known: &Value| known["id"] == issue["id"] && known["evidence"] == issue["evidence"];
    assert!(
        report["issues"].as_array().unwrap().iter().any(told),
        "{report}"
    );
    let shown = stage.ask(&["oracle", "issues"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    let kind = issue["kind"].as_str().unwrap();
    let next = issue["next"]["call"].as_str().unwrap();
    assert!(shown.contains(kind) && shown.contains(next), "{shown}");
    // The command below the call, where there is one, can be run as it stands.
    let (_, below) = shown.split_once(next).unwrap();
    let below = below.lines().nth(1).unwrap_or_default().trim_start();
    if let Some(words) = below.strip_prefix("or: telemetron ") {
        let words: Vec<_> = words.split_whitespace().collect();
        let done = stage.ask(&words);
        assert!(
            done.status.success() && !done.stdout.is_empty(),
            "{words:?}: {done:?}"
        );
    }
}

/// An issue has closed: no answer has it, and its life is remembered.
pub(super) async fn closed(stage: &Stage, id: &str) {
    let is_gone = |answer: &Value| {
        let issues = answer["issues"].as_array();
        issues.is_some_and(|issues| issues.iter().all(|issue| issue["id"] != id))
    };
    stage.api.eventually(ISSUES, is_gone).await;
    let log = log(stage).await;
    assert!(!log.contains(&format!("] {id} ")), "{log}");
    let resolved = |items: &Value| {
        let last = items.as_array().and_then(|items| items.last());
        last.is_some_and(|last| last["change"] == "resolved")
    };
    stage.api.eventually(&life_of(id), resolved).await;
}

/// The path that tells the life of an issue.
pub(super) fn life_of(id: &str) -> String {
    let query = [("issue", id)];
    let url = reqwest::Url::parse_with_params("http://h/api/v1/oracle/timeline", query).unwrap();
    format!("{}?{}", url.path(), url.query().unwrap())
}

/// Nothing is wrong any more, and nothing ever opened but what the faults opened, each once.
pub(super) async fn all_closed(stage: &Stage) {
    for id in stage.opened() {
        closed(stage, id).await;
    }
    let healthy = |answer: &Value| answer["status"] == "healthy";
    stage.api.eventually(ISSUES, healthy).await;
    let life = stage.api.get("/api/v1/oracle/timeline?limit=1000").await;
    let life = life.unwrap();
    let mut turns: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for item in life.as_array().unwrap() {
        let change = item["change"].as_str().unwrap();
        let id = item["issue"]["id"].as_str().unwrap();
        if change != "changed" {
            turns.entry(id).or_default().push(change);
        }
    }
    let ids: Vec<_> = turns.keys().copied().collect();
    let expected: Vec<_> = stage.opened().iter().map(String::as_str).collect();
    assert_eq!(ids, expected, "something else opened: {life}");
    for (id, turns) in turns {
        assert_eq!(turns, ["opened", "resolved"], "{id}");
    }
}

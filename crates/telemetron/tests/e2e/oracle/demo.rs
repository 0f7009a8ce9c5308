//! The demonstration: without faults the Oracle has nothing to say, with faults it says what the
//! script promises, and nothing else.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use super::ISSUES;
use crate::api::Api;
use crate::platform::{Platform, Variables};

/// A quarter of a minute instead of five: no healthy step of the demonstration takes that long.
/// All other thresholds are the defaults.
const SETTINGS: Variables<'static> = &[
    ("ORACLE_INTERVAL_MS", "500"),
    ("ORACLE_STUCK_SPAN_SECONDS", "15"),
    ("ORACLE_STUCK_SPAN_UNKNOWN_SECONDS", "15"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_opens_what_it_promises_and_nothing_without_faults() {
    let Some(platform) = Platform::start_with(SETTINGS).await else {
        return;
    };
    let healthy = played(&platform, &["--no-faults"]);
    assert!(healthy.len() >= 3, "{healthy:?}");
    let none = BTreeSet::new();
    assert!(
        healthy.iter().all(|request| request.opens == none),
        "{healthy:?}"
    );
    stored(platform.api(), &healthy, &none).await;
    for _look in 0..2 {
        looked_again(platform.api()).await;
    }
    let life = platform.api().get("/api/v1/oracle/timeline").await.unwrap();
    assert_eq!(life, json!([]), "something opened");
    let report = platform.api().get(ISSUES).await.unwrap();
    assert_eq!(report["status"], "healthy");

    let faulty = played(&platform, &["--faults"]);
    let promised: BTreeSet<_> = faulty
        .iter()
        .flat_map(|request| request.opens.clone())
        .collect();
    assert!(promised.len() >= 3, "{promised:?}");
    stored(platform.api(), &faulty, &promised).await;
    let all = |answer: &Value| kinds(answer) == promised;
    platform.eventually(ISSUES, all).await;
    looked_again(platform.api()).await;
    let report = platform.api().get(ISSUES).await.unwrap();
    assert_eq!(kinds(&report), promised, "{report}");
}

/// A request of the demonstration: its trace, and the issues that it is to open.
#[derive(Debug)]
struct Played {
    trace_id: String,
    opens: BTreeSet<String>,
}

/// Plays one round to its end; what the demonstration says of each request.
fn played(platform: &Platform, words: &[&str]) -> Vec<Played> {
    let output = Command::new(env!("CARGO_BIN_EXE_telemetron"))
        .args(["demo", "--once"])
        .args(words)
        .env("KAFKA_BOOTSTRAP_SERVERS", platform.bootstrap_servers())
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let request = |line: &str| {
        let (trace_id, story) = line.split_once("  ").unwrap();
        let opens = story.split_once(" → ").map_or("", |(_, opens)| opens);
        let opens = opens.split(", ").filter(|kind| !kind.is_empty());
        Played {
            trace_id: trace_id.to_owned(),
            opens: opens.map(str::to_owned).collect(),
        }
    };
    said.lines().map(request).collect()
}

/// Waits until every request is stored as it ended; meanwhile nothing opens but what may.
async fn stored(api: &Api, requests: &[Played], may_open: &BTreeSet<String>) {
    for request in requests {
        let path = format!("/api/v1/traces/{}", request.trace_id);
        let runs_on = request.opens.contains("stuck_span");
        let is_stored = |answer: &Value| runs_on || answer["trace"]["status"] != "RUNNING";
        api.eventually(&path, |answer| {
            answer["trace"].is_object() && is_stored(answer)
        })
        .await;
        let report = api.get(ISSUES).await.unwrap();
        assert!(kinds(&report).is_subset(may_open), "{report}");
    }
    let drained = |answer: &Value| {
        let topics = answer["topics"].as_array();
        topics.is_some_and(|topics| topics.iter().all(|topic| topic["lag"] == 0))
    };
    api.eventually("/api/v1/ingest", drained).await;
}

/// Waits until each source that tells of agents, tasks, traces and Kafka has been asked anew.
async fn looked_again(api: &Api) {
    let before = moments(&api.get(ISSUES).await.unwrap());
    assert_eq!(before.len(), 3, "{before:?}");
    let later = |answer: &Value| {
        let now = moments(answer);
        before.iter().all(|moment| !now.contains(moment))
    };
    api.eventually(ISSUES, later).await;
}

/// When the sources told last.
fn moments(report: &Value) -> Vec<String> {
    let sources = report["sources"].as_array().unwrap();
    let ours = ["telemetry", "traces", "kafka"];
    let told = sources
        .iter()
        .filter(|source| ours.iter().any(|name| source["name"] == *name));
    told.map(|source| source["updated_at"].as_str().unwrap().to_owned())
        .collect()
}

fn kinds(report: &Value) -> BTreeSet<String> {
    let issues = report["issues"].as_array().cloned().unwrap_or_default();
    let kinds = issues.iter().filter_map(|issue| issue["kind"].as_str());
    kinds.map(str::to_owned).collect()
}

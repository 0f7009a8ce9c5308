//! Recorded exports of many frameworks, sent as they are: no span is lost without a reason.

mod documents;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::Response;
use serde_json::Value;

use crate::imports::archive;
use crate::platform::{PATIENCE, Platform};
use documents::{Document, Identity};

/// Sets of recordings with OTLP in them.
const SETS: [&str; 3] = [
    "otlp_agent_runs",
    "otlp_conformance",
    "otlp_inline_payloads",
];

/// What became of all requests.
#[derive(Debug, Default)]
struct Tally {
    requests: usize,
    refused: usize,
    rejected: usize,
    /// Of them, those that leave open which spans of their request were taken.
    unknown: usize,
    wanted: BTreeSet<Identity>,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recorded_span_is_stored_or_rejected_with_a_reason() {
    let archives: Vec<_> = SETS.iter().filter_map(|set| archive(set)).collect();
    if archives.is_empty() {
        return;
    }
    let Some(platform) = Platform::start().await else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    for archive in archives {
        let mut tar = Command::new("tar");
        let tar = tar.arg("-xzf").arg(archive).arg("-C").arg(dir.path());
        assert!(tar.status().unwrap().success());
    }
    let mut tally = Tally::default();
    for document in documents::below(dir.path()) {
        tally.send(&platform, &document).await;
    }
    let missing = missing_after_a_while(&platform, &tally.wanted).await;
    let Tally {
        requests,
        refused,
        rejected,
        unknown,
        wanted,
    } = tally;
    let spans = wanted.len();
    println!(
        "{requests} requests, {spans} spans stored, {rejected} rejected ({unknown} unclear), {refused} refused"
    );
    assert!(
        requests > 300 && spans > 200,
        "{requests} requests, {spans} spans"
    );
    assert!(unknown < 20, "{unknown} spans were rejected that look well");
    assert_eq!(missing, BTreeSet::new());
}

impl Tally {
    /// Sends a document, and notes what must be stored of it.
    async fn send(&mut self, platform: &Platform, document: &Document) {
        self.requests += 1;
        let answer = post(platform, document).await;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap();
        if status == 400 {
            self.refused += 1;
            // As a whole: it says where it is no OTLP.
            let answer: Value = serde_json::from_slice(&bytes).unwrap();
            assert!(
                answer["message"].as_str().unwrap().contains(" at `"),
                "{answer}"
            );
            return;
        }
        assert_eq!(status, 200, "{bytes:?}");
        let rejected = rejected(document, &bytes);
        self.rejected += rejected;
        // Others may be understood too: ids as numbers, for one.
        let questionable = document.spans - document.valid.len();
        if rejected <= questionable {
            self.wanted.extend(document.valid.iter().cloned());
        } else {
            self.unknown += rejected;
        }
    }
}

async fn post(platform: &Platform, document: &Document) -> Response {
    let url = format!("{}/v1/traces", platform.otlp_http());
    let request = reqwest::Client::new().post(url);
    let request = request.header("content-type", document.content_type);
    request.body(document.body.clone()).send().await.unwrap()
}

/// How many spans an answer says were rejected; each time with a reason.
fn rejected(document: &Document, answer: &[u8]) -> usize {
    if answer.is_empty() {
        return 0;
    }
    assert_eq!(
        document.content_type,
        documents::JSON,
        "a span in protobuf was rejected"
    );
    let answer: Value = serde_json::from_slice(answer).unwrap();
    let partial = &answer["partialSuccess"];
    let count = partial["rejectedSpans"].as_str();
    assert_eq!(
        count.is_some(),
        partial["errorMessage"].is_string(),
        "{answer}"
    );
    count.map_or(0, |count| count.parse().unwrap())
}

async fn missing_after_a_while(
    platform: &Platform,
    wanted: &BTreeSet<Identity>,
) -> BTreeSet<Identity> {
    let pool = platform.database();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let all = sqlx::query_as("SELECT trace_id, span_id FROM spans").fetch_all(&pool);
        let stored: BTreeSet<Identity> = all.await.unwrap().into_iter().collect();
        let missing: BTreeSet<_> = wanted.difference(&stored).cloned().collect();
        if missing.is_empty() || Instant::now() > deadline {
            return missing;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

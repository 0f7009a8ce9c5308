//! Recorded runs of other people, from the file to the store.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use telemetron_kafka::{KafkaConfig, Producer, ProducerOptions};
use telemetron_model::record::{Record, Span, SpanKind, Status};
use telemetron_model::{SpanId, Timestamp, TraceId};

use crate::platform::Platform;

/// 131 Who&When logs: a trace each, a span a turn; a second import changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn who_and_when_logs_arrive_whole_and_only_once() {
    let Some(archive) = archive("whowhen") else {
        return;
    };
    let Some(platform) = Platform::start().await else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    assert!(
        Command::new("tar")
            .arg("-xzf")
            .arg(archive)
            .arg("-C")
            .arg(dir.path())
            .status()
            .unwrap()
            .success()
    );
    let logs = logs(dir.path());
    let turns: usize = logs.iter().map(|log| turns_of(log)).sum();
    assert_eq!(logs.len(), 131);

    let (records, changes) = import(&platform, dir.path());
    assert_eq!(changes["new"], 131, "{changes}");
    let ledger = settled(&platform, records).await;
    assert_eq!(
        (&ledger["duplicate"], &ledger["rejected"]),
        (&0.into(), &0.into())
    );
    let pool = platform.database();
    let count = "SELECT count(*), (SELECT count(*) FROM spans WHERE kind = 1) FROM traces";
    let (traces, agents): (i64, i64) = sqlx::query_as(count).fetch_one(&pool).await.unwrap();
    assert_eq!(
        (traces, agents),
        (131, i64::try_from(turns + 131).unwrap()),
        "traces; a root and a span a turn"
    );

    let (again, changes) = import(&platform, dir.path());
    assert_eq!(again, records);
    assert_eq!(
        (&changes["new"], &changes["unchanged"]),
        (&0.into(), &131.into())
    );
    let again = settled(&platform, records * 2).await;
    assert_eq!(
        (&again["stored"], &again["duplicate"]),
        (&records.into(), &records.into())
    );
}

/// A bulk of spans is sent no faster than it is stored: who comes in the middle of it does not wait for
/// its end.
#[tokio::test(flavor = "multi_thread")]
async fn a_live_trace_does_not_wait_for_the_end_of_an_import() {
    const SPANS: u64 = 40_000;
    let Some(platform) = Platform::start().await else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let bulk = dir.path().join("bulk.jsonl");
    std::fs::write(&bulk, otlp_lines(SPANS)).unwrap();
    let mut import = platform.command(&["import"]);
    let mut import = import.arg(&bulk).stdout(Stdio::null()).spawn().unwrap();

    let received = |answer: &Value| answer["ledger"]["received"].as_u64().unwrap_or_default();
    let begun = |answer: &Value| received(answer) >= 4_000;
    platform.eventually("/api/v1/ingest", begun).await;
    let kafka = KafkaConfig::new(platform.bootstrap_servers());
    let producer = Producer::new(&kafka, &ProducerOptions::default()).unwrap();
    let (trace, spans) = live_trace();
    let mut batch = producer.batch();
    for span in spans {
        batch.send(&span).await.unwrap();
    }
    batch.delivered().await.unwrap();
    let whole = |answer: &Value| answer["trace"]["counts"]["spans"] == 2;
    let trace = format!("/api/v1/traces/{trace}");
    platform.eventually(&trace, whole).await;
    let seen = received(&platform.eventually("/api/v1/ingest", |_| true).await);
    let goes_on = import.try_wait().unwrap().is_none();
    assert!(
        goes_on && seen < SPANS * 3 / 4,
        "the live trace came after {seen} of {SPANS} records; the import goes on: {goes_on}"
    );
    assert!(import.wait().unwrap().success());
    settled(&platform, SPANS + 2).await;
}

/// OTLP as JSON, a hundred spans a line, ten a trace.
fn otlp_lines(spans: u64) -> String {
    let span = |n: u64| {
        json!({
            "traceId": format!("{:032x}", 0xb0_0000 + n / 10), "spanId": format!("{:016x}", n + 1), "name": "step",
            "startTimeUnixNano": (1_700_000_000_000_000_000 + n * 1_000).to_string(),
            "endTimeUnixNano": (1_700_000_000_000_000_900 + n * 1_000).to_string(),
        })
    };
    let line = |first: u64| {
        let spans: Vec<_> = (first..first + 100).map(span).collect();
        json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] }).to_string() + "\n"
    };
    (0..spans).step_by(100).map(line).collect()
}

/// A trace of two spans.
fn live_trace() -> (TraceId, [Record; 2]) {
    let trace = TraceId::from_bytes([0xee; 16]).unwrap();
    let span = |n: u8| {
        let id = SpanId::from_slice(&[n; 8]).unwrap();
        let mut span = Span::started(trace, id, "live", SpanKind::Chain, Timestamp::now());
        span.status = Status::Completed;
        span.end_time = Some(span.start_time);
        Record::from(span)
    };
    (trace, [span(1), span(2)])
}

/// Imports a folder; returns how many records were sent, and what of the traces was there before.
fn import(platform: &Platform, folder: &Path) -> (u64, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_telemetron"))
        .args(["import", "--json"])
        .arg(folder)
        .env("KAFKA_BOOTSTRAP_SERVERS", platform.bootstrap_servers())
        .env("TELEMETRON_API_URL", platform.url(""))
        .output()
        .unwrap();
    let summary: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let kinds = ["traces", "spans", "handoffs", "events"];
    let records = kinds.iter().map(|kind| summary[kind].as_u64().unwrap());
    (records.sum(), summary["changes"].clone())
}

/// The ledger, once so many records were received.
async fn settled(platform: &Platform, records: u64) -> Value {
    let settled = |answer: &Value| answer["ledger"]["received"] == records;
    platform.eventually("/api/v1/ingest", settled).await["ledger"].clone()
}

/// An archive of recorded runs; `None`, with a line that says so, when it is not beside the project.
pub(crate) fn archive(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/traces");
    let folder = std::env::var_os("TELEMETRON_TRACES").map_or(beside, PathBuf::from);
    let archive = folder.join(format!("{name}.tar.gz"));
    if archive.exists() {
        return Some(archive);
    }
    println!(
        "skipped: {} is not there; TELEMETRON_TRACES may name its folder",
        archive.display()
    );
    None
}

/// The log files below a folder.
fn logs(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if path.extension().is_some_and(|ending| ending == "json") {
            found.push(path);
        }
    }
    found
}

fn turns_of(log: &Path) -> usize {
    let log: Value = serde_json::from_slice(&std::fs::read(log).unwrap()).unwrap();
    log["history"].as_array().unwrap().len()
}

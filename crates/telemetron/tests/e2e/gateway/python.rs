//! The exporters and instrumentations that people use in Python, as they come from PyPI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::trace_with;
use crate::platform::Platform;

/// What is installed, once for all runs.
const PACKAGES: [&str; 5] = [
    "opentelemetry-sdk",
    "opentelemetry-exporter-otlp",
    "openinference-instrumentation-openai",
    "opentelemetry-instrumentation-openai",
    "openai",
];

#[tokio::test(flavor = "multi_thread")]
async fn python_exporters_and_instrumentations_arrive_as_what_they_are() {
    let Some(python) = python() else {
        return;
    };
    let Some(platform) = Platform::start().await else {
        return;
    };
    for (way, endpoint) in [
        ("grpc", platform.otlp_grpc()),
        ("http", platform.otlp_http()),
    ] {
        for (instrumentation, spans) in [("none", 1), ("openinference", 2), ("openllmetry", 2)] {
            let trace_id = export(&python, way, &endpoint, instrumentation);
            let answer = trace_with(&platform, &trace_id, spans).await;
            check(&answer, &format!("{instrumentation} over {way}"));
        }
    }
}

fn check(answer: &Value, what: &str) {
    let spans = answer["spans"].as_array().unwrap();
    let of = |kind: &str| spans.iter().find(|span| span["span_kind"] == kind);
    let agent = of("AGENT").unwrap();
    assert_eq!(agent["agent_name"], "planner", "{what}");
    assert_eq!(agent["status"], "COMPLETED", "{what}");
    let Some(call) = of("LLM") else {
        assert_eq!(spans.len(), 1, "{what}: {spans:?}");
        return;
    };
    assert_eq!(call["parent_span_id"], agent["span_id"], "{what}");
    assert_eq!(call["model"], "gpt-4o-2024-08-06", "{what}");
    let tokens = &answer["trace"]["tokens"];
    assert_eq!(
        (&tokens["input"], &tokens["output"]),
        (&json!(11), &json!(7)),
        "{what}"
    );
}

/// Runs the agent; returns the id of its trace.
fn export(python: &Path, way: &str, endpoint: &str, instrumentation: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/gateway/exporter.py");
    let mut command = Command::new(python);
    let command = command.arg(script).args([way, endpoint, instrumentation]);
    let output = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{instrumentation} over {way}: {complaint}"
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A Python that has the packages; `None`, with a line that says why, when it cannot be had.
fn python() -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-exporters");
    let (python, done) = (home.join("bin/python"), home.join("installed"));
    let wanted = PACKAGES.join(" ");
    if fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        return Some(python);
    }
    let ran = |command: &mut Command| {
        let output = command.output();
        output.is_ok_and(|output| output.status.success())
    };
    if !ran(Command::new("python3").args(["-m", "venv"]).arg(&home)) {
        println!("skipped: no python3 with venv is here");
        return None;
    }
    if !ran(Command::new(home.join("bin/pip"))
        .args(["install", "--quiet"])
        .args(PACKAGES))
    {
        println!("skipped: pip cannot install {wanted}");
        return None;
    }
    fs::write(done, wanted).unwrap();
    Some(python)
}

//! MCP, asked by the official Python client over both transports.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::platform::Platform;

/// The client as PyPI has it.
const CLIENT: &str = "mcp>=2,<3";

/// A Python with the client in it; `None`, with a line that says why, where it cannot be had.
fn python() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mcp-client");
    let python = venv.join("bin/python");
    let has_client = || {
        let imported = Command::new(&python)
            .args(["-c", "from mcp import Client"])
            .output();
        imported.is_ok_and(|imported| imported.status.success())
    };
    if has_client() {
        return Some(python);
    }
    let made = Command::new("python3")
        .args(["-m", "venv"])
        .arg(&venv)
        .output();
    let installed = Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", CLIENT])
        .output();
    if made.is_ok() && installed.is_ok() && has_client() {
        return Some(python);
    }
    println!("skipped: the Python client of MCP cannot be installed from PyPI ({installed:?})");
    None
}

/// What the client sees of a server.
fn seen(python: &Path, mode: &str, server: &[&str]) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/mcp_client.py");
    let output = Command::new(python)
        .arg(script)
        .args(server)
        .env("MCP_MODE", mode)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_str(&said)
        .unwrap_or_else(|error| panic!("{mode}: {error}: {said}\n{complaint}"))
}

fn check(seen: &Value, of: &str) {
    let tools = seen["tools"].as_array().unwrap();
    assert_eq!(tools.len(), 11, "{of}: {tools:?}");
    assert_eq!(seen["prompts"].as_array().unwrap().len(), 3, "{of}");
    assert!(seen["instructions"].as_str().unwrap().len() < 2_048, "{of}");
    assert!(
        seen["prompt"].as_str().unwrap().contains("`diagnose`"),
        "{of}"
    );
    let said = |tool: &str| {
        let answer = &seen[tool];
        assert_eq!(answer["error"], false, "{of} {tool}: {answer}");
        answer["text"].as_str().unwrap().to_owned()
    };
    assert!(said("find").contains("FAILED"), "{of}");
    assert!(said("summary").contains("# Trace "), "{of}");
    assert_eq!(
        seen["resource"].as_str().unwrap().lines().next(),
        said("summary").lines().next(),
        "{of}"
    );
    assert!(said("diagnose").contains("verdict: "), "{of}");
    assert!(said("issues").contains("issue"), "{of}");
    assert!(said("state").contains("# System is "), "{of}");
    assert!(said("metrics").contains("success"), "{of}");
    assert!(said("tail").lines().count() > 0, "{of}");
    let wrong = &seen["wrong"];
    assert_eq!(wrong["error"], true, "{of}: {wrong}");
    assert!(
        wrong["text"].as_str().unwrap().contains("`xyz`"),
        "{of}: {wrong}"
    );
}

/// A trace whose tool fails, sent through the platform's own front door.
async fn a_failed_trace(platform: &Platform) {
    let made = reqwest::Client::new()
        .post(platform.url("/api/v1/debug/simulate-trace"))
        .json(&json!({ "failure": true }))
        .send()
        .await
        .unwrap();
    assert!(made.status().is_success(), "{}", made.text().await.unwrap());
    let failed = "/api/v1/traces?status=FAILED";
    platform
        .eventually(failed, |page| {
            page["items"]
                .as_array()
                .is_some_and(|items| !items.is_empty())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_client_finds_the_cause_over_both_transports() {
    let Some(python) = python() else { return };
    let Some(platform) = Platform::start().await else {
        return;
    };
    a_failed_trace(&platform).await;
    let binary = env!("CARGO_BIN_EXE_telemetron");
    let api = platform.url("");
    // `auto` takes the newest revision that both speak, `legacy` the handshake of those before.
    for mode in ["auto", "legacy"] {
        let http = seen(&python, mode, &["http", &platform.url("/mcp")]);
        check(&http, &format!("{mode} over HTTP"));
        let stdio = seen(&python, mode, &["stdio", binary, "mcp", "--api-url", &api]);
        check(&stdio, &format!("{mode} over stdio"));
        assert_eq!(
            http["summary"], stdio["summary"],
            "{mode}: both say the same"
        );
        assert_eq!(http["protocol"], stdio["protocol"], "{mode}");
        println!("{mode}: {}", http["protocol"]);
    }
}

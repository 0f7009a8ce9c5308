//! The real Claude Code, against a Messages API that plays scripts (`anthropic.py`).
//!
//! Runs where `TELEMETRON_CLAUDE` names the program: it is no open source, and not on every machine.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::platform::Platform;

/// Tokens of each answer of the API: input with what was cached, and output.
const EACH: (u64, u64) = (130, 7);

#[tokio::test(flavor = "multi_thread")]
async fn a_real_session_has_its_sub_agents_and_its_failures_and_counts_each_token_once() {
    let Some((claude, platform)) = start().await else {
        return;
    };
    // Two reviewers below main; a command of the second one fails.
    let (session, told) = claude.play(&platform, "waits", &[]);
    let trace = traced(&platform, &session, 1).await.remove(0);
    let all = |counts: &Value| {
        let (calls, tools) = (&counts["llm_calls"], &counts["tool_calls"]);
        (calls, tools, &counts["errors"]) == (&json!(6), &json!(4), &json!(1))
    };
    let trace = whole(&platform, &trace, all).await;
    tokens(&trace, 6, told);
    assert_eq!(trace["trace"]["session_id"], json!(session));
    assert_eq!(trace["trace"]["agents"], json!(["main", "reviewer"]));
    let calls: Vec<_> = spans(&trace, "tool_name", "Agent").collect();
    let runs: Vec<_> = spans(&trace, "agent_name", "reviewer").collect();
    assert_eq!((calls.len(), runs.len()), (2, 2));
    for run in runs {
        assert_eq!(run["span_kind"], "AGENT");
        let above = calls
            .iter()
            .any(|call| call["span_id"] == run["parent_span_id"]);
        assert!(
            above,
            "a reviewer works below the call that started it: {run}"
        );
    }
    for command in spans(&trace, "tool_name", "Bash") {
        assert_eq!(command["acting_agent"], "reviewer");
    }
    let failed: Vec<_> = spans(&trace, "status", "FAILED").collect();
    assert_eq!(failed.len(), 2, "the command and its execution: {failed:?}");
    assert_eq!(trace["handoffs"].as_array().unwrap().len(), 2);
    assert_eq!(trace["errors"].as_array().unwrap().len(), 1);
    graph(&platform, &trace).await;
    spent(&platform).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn telemetry_hooks_and_transcript_of_a_real_session_are_one_trace_that_counts_once() {
    let Some((claude, platform)) = start().await else {
        return;
    };
    let hooks = hooks(&platform);
    let (session, told) = claude.play(&platform, "waits", &["--settings", &hooks]);
    let counted = |counts: &Value| counts["llm_calls"] == 6 && counts["tool_calls"] == 4;
    let trace = traced(&platform, &session, 1).await.remove(0);
    let before = whole(&platform, &trace, counted).await;
    tokens(&before, 6, told);
    story(&before);
    graph(&platform, &before).await;
    let received = |answer: &Value| answer["ledger"]["received"].as_u64().unwrap();
    let by_then = received(&platform.eventually("/api/v1/ingest", |_| true).await);
    let sent = claude.import(&platform);
    let read = |answer: &Value| received(answer) >= by_then + sent;
    platform.eventually("/api/v1/ingest", read).await;
    let after = whole(&platform, &trace, counted).await;
    tokens(&after, 6, told);
    story(&after);
    assert_eq!(after["trace"]["counts"]["llm_calls"], 6);
    assert_eq!(after["trace"]["counts"]["tool_calls"], 4);
    assert_eq!(after["trace"]["name"], "PLAY:waits");
    assert_eq!(after["trace"]["project"], "work");
    traced(&platform, &session, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_the_api_refuses_has_failed_and_says_why() {
    let Some((claude, platform)) = start().await else {
        return;
    };
    let (session, _) = claude.play(&platform, "refused", &[]);
    let trace = traced(&platform, &session, 1).await.remove(0);
    let trace = whole(&platform, &trace, |counts| counts["errors"] == 1).await;
    assert_eq!(trace["trace"]["status"], "FAILED");
    assert_eq!(trace["errors"][0]["message"], "not now (status 400)");
}

/// What every telling of the play has.
fn story(trace: &Value) {
    let handoffs = trace["handoffs"].as_array().unwrap();
    let passed = |handoff: &Value| {
        handoff["source_agent_name"] == "main" && handoff["target_agent_name"] == "reviewer"
    };
    assert_eq!(handoffs.len(), 2, "{handoffs:?}");
    assert!(handoffs.iter().all(passed), "{handoffs:?}");
    let commands: Vec<_> = spans(trace, "tool_name", "Bash").collect();
    assert_eq!(commands.len(), 2);
    assert!(
        commands
            .iter()
            .all(|span| span["acting_agent"] == "reviewer")
    );
    let failed = commands.iter().filter(|span| span["status"] == "FAILED");
    assert_eq!(failed.count(), 1);
}

fn tokens(trace: &Value, answers: u64, told: f64) {
    let tokens = &trace["trace"]["tokens"];
    let expected = (json!(answers * EACH.0), json!(answers * EACH.1));
    assert_eq!(
        (&tokens["input"], &tokens["output"]),
        (&expected.0, &expected.1)
    );
    let cost = trace["trace"]["cost_usd"].as_f64().unwrap();
    assert!((cost - told).abs() < 1e-9, "{cost} instead of {told}");
}

/// A node for each run of an agent, and work that was handed to each.
async fn graph(platform: &Platform, trace: &Value) {
    let id = trace["trace"]["trace_id"].as_str().unwrap();
    let path = format!("/api/v1/traces/{id}/graph");
    let graph = platform
        .eventually(&path, |graph| graph["nodes"].is_array())
        .await;
    let names: Vec<_> = graph["nodes"].as_array().unwrap().iter().collect();
    let mut names: Vec<_> = names.iter().map(|node| node["name"].as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [Some("main"), Some("reviewer"), Some("reviewer")],
        "{graph}"
    );
    let edges = graph["edges"].as_array().unwrap();
    assert!(edges.iter().all(|edge| edge["source"] == "main"), "{graph}");
    let handed = edges.iter().filter(|edge| edge["kind"] == "handoff");
    let handed: u64 = handed.map(|edge| edge["count"].as_u64().unwrap()).sum();
    assert_eq!(handed, 2, "{graph}");
}

/// Waits for the metrics: what the program counts itself is what its spans say.
async fn spent(platform: &Platform) {
    let pool = platform.database();
    let sql = "SELECT COALESCE(sum(p.value), 0) FROM metric_points p JOIN metric_series m
        USING (series_id) WHERE m.name = 'claude_code.token.usage'";
    let deadline = std::time::Instant::now() + crate::platform::PATIENCE;
    let expected = f64::from(u32::try_from(6 * (EACH.0 + EACH.1)).unwrap());
    loop {
        let (tokens,): (f64,) = sqlx::query_as(sql).fetch_one(&pool).await.unwrap();
        if (tokens - expected).abs() < f64::EPSILON {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{tokens} tokens");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

fn spans<'a>(trace: &'a Value, field: &'a str, value: &'a str) -> impl Iterator<Item = &'a Value> {
    let spans = trace["spans"].as_array().unwrap().iter();
    spans.filter(move |span| span[field] == value)
}

/// The traces of a session, once there are so many.
async fn traced(platform: &Platform, session: &str, wanted: usize) -> Vec<String> {
    let path = format!("/api/v1/traces?session_id={session}");
    let all = |answer: &Value| {
        answer["items"]
            .as_array()
            .is_some_and(|all| all.len() == wanted)
    };
    let answer = platform.eventually(&path, all).await;
    let ids = answer["items"].as_array().unwrap().iter();
    ids.map(|trace| trace["trace_id"].as_str().unwrap().to_owned())
        .collect()
}

async fn whole(platform: &Platform, trace: &str, done: impl Fn(&Value) -> bool) -> Value {
    let settled = |answer: &Value| {
        let counts = &answer["trace"]["counts"];
        // Handoffs and errors may come after the spans.
        done(counts) && counts["running_spans"] == 0
    };
    platform
        .eventually(&format!("/api/v1/traces/{trace}"), settled)
        .await
}

/// The settings with the hooks of our plugin, at the platform's own port.
fn hooks(platform: &Platform) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../claude-plugin/hooks/hooks.json");
    let text = fs::read_to_string(file).unwrap();
    let text = text.replace("http://127.0.0.1:4318", &platform.otlp_http());
    let hooks: Value = serde_json::from_str(&text).unwrap();
    json!({"hooks": hooks["hooks"]}).to_string()
}

/// The program, with a home of its own and an API that plays. Dropping it stops the API.
struct Claude {
    program: PathBuf,
    home: tempfile::TempDir,
    api: Child,
    port: String,
}

impl Drop for Claude {
    fn drop(&mut self) {
        self.api.kill().unwrap();
        self.api.wait().unwrap();
    }
}

async fn start() -> Option<(Claude, Platform)> {
    let Some(program) = std::env::var_os("TELEMETRON_CLAUDE").map(PathBuf::from) else {
        println!("skipped: TELEMETRON_CLAUDE does not name the program of Claude Code");
        return None;
    };
    let platform = Platform::start().await?;
    Some((Claude::new(program), platform))
}

impl Claude {
    fn new(program: PathBuf) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/gateway/anthropic.py");
        let mut api = Command::new("python3")
            .args(["-u".as_ref(), script.as_os_str()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        let mut said = BufReader::new(api.stdout.take().unwrap());
        said.read_line(&mut port).unwrap();
        let home = tempfile::tempdir().unwrap();
        let agents = home.path().join("work/.claude/agents");
        fs::create_dir_all(&agents).unwrap();
        let reviewer = "---\nname: reviewer\ndescription: Reviews\n---\nYou review.\n";
        fs::write(agents.join("reviewer.md"), reviewer).unwrap();
        let port = port.trim().to_owned();
        Self {
            program,
            home,
            api,
            port,
        }
    }

    /// Plays a session with the settings of docs/CLAUDE_CODE.md; returns its id, and what the program
    /// says that it cost.
    fn play(&self, platform: &Platform, play: &str, more: &[&str]) -> (String, f64) {
        let output = Command::new(&self.program)
            .args(["-p", &format!("PLAY:{play}"), "--output-format", "json"])
            .args(["--dangerously-skip-permissions"])
            .args(more)
            .current_dir(self.home.path().join("work"))
            .env("HOME", self.home.path())
            .env("CLAUDE_CONFIG_DIR", self.config())
            .env(
                "ANTHROPIC_BASE_URL",
                format!("http://127.0.0.1:{}", self.port),
            )
            .env("ANTHROPIC_API_KEY", "none")
            .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
            .env("DISABLE_AUTOUPDATER", "1")
            // It refuses to skip permissions as root otherwise.
            .env("IS_SANDBOX", "1")
            .envs(TELEMETRY.iter().copied())
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", platform.otlp_http())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        let result: Value = serde_json::from_str(said.trim())
            .unwrap_or_else(|error| panic!("{error}: {said}\n{complaint}"));
        let session = result["session_id"].as_str().unwrap().to_owned();
        (session, result["total_cost_usd"].as_f64().unwrap())
    }

    fn config(&self) -> PathBuf {
        self.home.path().join(".claude")
    }

    /// Imports the transcripts; returns how many spans they have.
    fn import(&self, platform: &Platform) -> u64 {
        let output = Command::new(env!("CARGO_BIN_EXE_telemetron"))
            .args(["import", "claude-code", "--json"])
            .env("CLAUDE_CONFIG_DIR", self.config())
            .env("KAFKA_BOOTSTRAP_SERVERS", platform.bootstrap_servers())
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        summary["spans"].as_u64().unwrap()
    }
}

/// What docs/CLAUDE_CODE.md tells to set, beside the endpoint.
const TELEMETRY: [(&str, &str); 10] = [
    ("CLAUDE_CODE_ENABLE_TELEMETRY", "1"),
    ("CLAUDE_CODE_ENHANCED_TELEMETRY_BETA", "1"),
    ("OTEL_TRACES_EXPORTER", "otlp"),
    ("OTEL_LOGS_EXPORTER", "otlp"),
    ("OTEL_METRICS_EXPORTER", "otlp"),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
    ("OTEL_LOG_USER_PROMPTS", "1"),
    ("OTEL_LOG_ASSISTANT_RESPONSES", "1"),
    ("OTEL_LOG_TOOL_DETAILS", "1"),
    ("OTEL_LOG_TOOL_CONTENT", "1"),
];

//! The built binary from the outside: help, wrong settings, and an import that sends nothing.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;
use std::process::{Command, Output};

/// Runs the binary with nothing of this environment but the path.
fn telemetron(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_telemetron"));
    command
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complaint(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn write(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_help_introduces_every_command() {
    insta::assert_snapshot!(out(&telemetron(&["--help"])));
}

#[test]
fn a_data_directory_that_is_named_and_runs_nothing_is_not_answered_by_another_place() {
    let dir = tempfile::tempdir().unwrap();
    let named = dir.path().to_str().unwrap();
    let none = write(dir.path(), "none.jsonl", "");
    for command in [
        &["topics", "list"][..],
        &["demo"],
        &["import", &none],
        &["traces", "list"],
    ] {
        let output = telemetron(&[&["--data-dir", named], command].concat());
        let said = complaint(&output);
        assert_eq!(output.status.code(), Some(1), "{command:?}: {said}");
        assert!(
            said.contains(named) && said.contains("telemetron up"),
            "{command:?}: {said}"
        );
    }
}

#[test]
fn a_log_level_that_is_none_stops_the_start() {
    let said = complaint(
        &command(&["topics", "list"])
            .env("LOG_LEVEL", "loud")
            .output()
            .unwrap(),
    );
    assert!(said.contains("`loud` is no log level"), "{said}");
}

#[test]
fn every_command_has_help_with_its_options() {
    let commands: [&[&str]; 20] = [
        &["up"],
        &["demo"],
        &["traces"],
        &["traces", "list"],
        &["traces", "show"],
        &["oracle"],
        &["oracle", "issues"],
        &["oracle", "diff"],
        &["oracle", "watch"],
        &["mcp"],
        &["import"],
        &["dlq"],
        &["dlq", "list"],
        &["dlq", "show"],
        &["dlq", "replay"],
        &["gateway"],
        &["api"],
        &["consumer"],
        &["migrate"],
        &["topics"],
    ];
    for command in commands {
        let help = telemetron(&[command, &["--help"]].concat());
        assert!(help.status.success(), "{command:?}");
        assert!(out(&help).contains("Usage: telemetron"), "{command:?}");
        assert!(out(&help).contains("--data-dir"), "{command:?}");
    }
}

#[test]
fn long_help_has_examples() {
    for command in [
        "up", "demo", "traces", "oracle", "mcp", "import", "dlq", "gateway", "api", "consumer",
        "migrate", "topics",
    ] {
        let help = out(&telemetron(&[command, "--help"]));
        assert!(help.contains("Examples:"), "{command}");
    }
}

#[test]
fn a_wrong_value_stops_the_start_and_is_named() {
    let complaint = complaint(&telemetron(&["consumer", "--batch-max-wait", "soon"]));
    assert!(complaint.contains("--batch-max-wait"), "{complaint}");
    assert!(complaint.contains("such as 250ms or 5s"), "{complaint}");
}

#[test]
fn a_wrong_variable_stops_the_start_and_is_named() {
    let output = command(&["api"])
        .env("SERVER_PORT", "eighty")
        .output()
        .unwrap();
    let complaint = complaint(&output);
    assert!(
        complaint.contains("'eighty'") && complaint.contains("--server-port"),
        "{complaint}"
    );
}

#[test]
fn an_unknown_key_in_the_file_is_named_with_the_nearest_one() {
    let dir = tempfile::tempdir().unwrap();
    let file = write(dir.path(), "telemetron.toml", "server_prot = 9000\n");
    let complaint = complaint(&telemetron(&["api", "--config", &file]));
    assert!(
        complaint.contains("did you mean server_port?"),
        "{complaint}"
    );
}

#[test]
fn the_settings_in_effect_are_printed_without_secrets() {
    let dir = tempfile::tempdir().unwrap();
    let file = write(
        dir.path(),
        "telemetron.toml",
        "server_port = 9000\nkafka_partitions = 12\n",
    );
    let output = command(&["up", "--check-config", "--config", &file])
        .env("DATABASE_URL", "postgres://user:hunter2@host/db")
        .env("CONSUMER_GROUP", "mine")
        .output()
        .unwrap();
    let settings = out(&output);
    for line in [
        &format!("server_port = 9000  # {file}"),
        &format!("kafka_partitions = 12  # {file}"),
        "consumer_group = \"mine\"  # environment",
        "batch_max_wait = \"100ms\"  # default",
        "# kafka_bootstrap_servers is not set: one of our own is started",
        "# database_url is set and not shown  # environment",
    ] {
        assert!(settings.lines().any(|told| told == line), "{settings}");
    }
    assert!(!settings.contains("hunter2"), "{settings}");
}

#[test]
fn what_is_printed_as_settings_can_be_read_as_a_file() {
    /// What is set, without where it came from.
    fn set(told: &str) -> Vec<&str> {
        let lines = told.lines().filter(|line| !line.starts_with('#'));
        lines
            .filter_map(|line| Some(line.rsplit_once("  # ")?.0))
            .collect()
    }
    for role in ["up", "api", "consumer", "gateway"] {
        let dir = tempfile::tempdir().unwrap();
        let settings = out(&telemetron(&[role, "--check-config"]));
        let file = write(dir.path(), "telemetron.toml", &settings);
        let again = telemetron(&[role, "--check-config", "--config", &file]);
        assert_eq!(set(&out(&again)), set(&settings), "{again:?}");
        assert!(set(&settings).len() > 10, "{settings}");
    }
}

#[test]
fn without_a_platform_the_sentence_says_how_to_start_one() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().to_str().unwrap();
    let complaint = complaint(&telemetron(&["traces", "list", "--data-dir", data_dir]));
    assert!(
        complaint.contains("start one with `telemetron up`"),
        "{complaint}"
    );
}

#[test]
fn a_taken_port_is_one_sentence_with_the_flag_that_helps() {
    let dir = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let data_dir = dir.path().join("data");
    let output = telemetron(&[
        "up",
        "--data-dir",
        data_dir.to_str().unwrap(),
        "--port",
        &port,
    ]);
    let expected = format!(
        "error: port {port} on 127.0.0.1 is taken; stop what uses it or choose another with --port\n"
    );
    assert_eq!(complaint(&output), expected);
}

#[test]
fn a_dry_import_counts_and_names_what_it_does_not_know() {
    let dir = tempfile::tempdir().unwrap();
    let run = r#"{"question": "q", "history": [{"role": "a", "content": "1"}, {"role": "b", "content": "2"}]}"#;
    write(dir.path(), "a.json", run);
    write(dir.path(), "copy.json", run);
    write(dir.path(), "notes.md", "# Notes");
    let path = dir.path().to_str().unwrap();

    let output = telemetron(&["import", "--dry-run", "--json", path]);

    assert!(output.status.success(), "{output:?}");
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["traces"], 1, "{summary}");
    assert_eq!(summary["repeated"], 1, "{summary}");
    assert_eq!(summary["spans"], 3, "{summary}");
    assert_eq!(summary["handoffs"], 1, "{summary}");
    assert_eq!(summary["formats"]["who-and-when"]["traces"], 1, "{summary}");
    let file = summary["skipped"][0]["file"].as_str().unwrap();
    assert!(file.ends_with("notes.md"), "{summary}");
}

#[test]
fn an_import_of_nothing_fails() {
    let dir = tempfile::tempdir().unwrap();
    let file = write(dir.path(), "notes.md", "# Notes");
    let output = telemetron(&["import", "--dry-run", &file]);
    assert!(complaint(&output).contains("nothing could be imported"));
    assert!(out(&output).contains("not JSON"));
}

#[test]
fn shells_and_man_are_told_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = out(&telemetron(&["completions", shell]));
        assert!(script.contains("oracle"), "{shell}: {script}");
    }
    let page = out(&telemetron(&["man"]));
    assert!(page.contains(".TH telemetron 1"), "{page}");
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().to_str().unwrap();
    out(&telemetron(&["man", "--output-dir", folder]));
    for name in ["telemetron.1", "telemetron-traces-list.1"] {
        assert!(dir.path().join(name).exists(), "{name}");
    }
}

#[test]
fn help_is_a_command_too() {
    let asked = out(&telemetron(&["help", "traces", "list"]));
    assert_eq!(asked, out(&telemetron(&["traces", "list", "--help"])));
}

#[test]
fn an_api_that_nobody_named_is_looked_for_at_the_usual_place() {
    // A home without a platform, so that nothing runs which could be found.
    let home = tempfile::tempdir().unwrap();
    let output = command(&["traces", "list"])
        .env("HOME", home.path())
        .env_remove("XDG_DATA_HOME")
        .output()
        .unwrap();
    // One may listen there by chance; if none does, the sentence says where it was looked for.
    if !output.status.success() {
        let complaint = complaint(&output);
        assert!(
            complaint.contains("http://127.0.0.1:8080") && complaint.contains("telemetron up"),
            "{complaint}"
        );
    }
}

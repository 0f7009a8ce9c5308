//! The Claude Code plugin: what Claude Code demands of its files, and that they fit the platform.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Where hooks go.
const GATEWAY: &str = "http://127.0.0.1:4318/hooks/claude-code";

/// Longest description that Claude Code shows to the model, `when_to_use` included.
const MOST_DESCRIPTION: usize = 1_536;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn plugin() -> PathBuf {
    root().join("claude-plugin")
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The fields between the two lines of dashes, and what stands below.
fn front_matter(path: &Path) -> (Vec<(String, String)>, String) {
    let text = fs::read_to_string(path).unwrap();
    let rest = text
        .strip_prefix("---\n")
        .unwrap_or_else(|| panic!("{}", path.display()));
    let (head, body) = rest.split_once("\n---\n").unwrap();
    let field = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.trim_matches('"').to_owned())
    };
    (head.lines().map(field).collect(), body.to_owned())
}

#[test]
fn the_marketplace_of_the_repository_offers_the_plugin() {
    let marketplace = json(&root().join(".claude-plugin/marketplace.json"));
    assert!(marketplace["owner"]["name"].is_string());
    let offered = &marketplace["plugins"][0];
    let source = offered["source"].as_str().unwrap();
    assert!(source.starts_with("./"), "{source}");
    let manifest = json(&root().join(source).join(".claude-plugin/plugin.json"));
    assert_eq!(manifest["name"], offered["name"]);
    for name in [&manifest["name"], &marketplace["name"]] {
        let name = name.as_str().unwrap();
        assert!(
            name.chars()
                .all(|letter| letter.is_ascii_lowercase() || letter == '-'),
            "{name}"
        );
    }
}

#[test]
fn nothing_but_the_manifest_stands_beside_the_manifest() {
    let files = fs::read_dir(plugin().join(".claude-plugin")).unwrap();
    let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["plugin.json"]);
}

#[test]
fn the_server_is_named_with_its_transport() {
    let servers = json(&plugin().join(".mcp.json"));
    let server = &servers["mcpServers"]["telemetron"];
    // Claude Code refuses a `url` without a `type`.
    assert_eq!(server["type"], "http");
    let url = server["url"].as_str().unwrap();
    assert_eq!(url, "${TELEMETRON_API_URL:-http://127.0.0.1:8080}/mcp");
}

#[test]
fn hooks_go_to_the_gateway_and_hold_nobody_up() {
    let hooks = json(&plugin().join("hooks/hooks.json"));
    let hooks = hooks["hooks"].as_object().unwrap();
    for needed in [
        "UserPromptSubmit",
        "PreToolUse",
        "PostToolUse",
        "SubagentStop",
        "Stop",
        "SessionEnd",
    ] {
        assert!(hooks.contains_key(needed), "{needed}");
    }
    for (name, groups) in hooks {
        for hook in groups
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|group| group["hooks"].as_array().unwrap())
        {
            assert!(hook["timeout"].as_u64().unwrap() <= 5, "{name}");
            // Of all hooks, a failure of this one is printed when the program ends.
            if name == "SessionEnd" {
                let command = hook["command"].as_str().unwrap();
                assert!(command.contains(GATEWAY), "{command}");
                assert!(command.ends_with(">/dev/null 2>&1 || true"), "{command}");
                continue;
            }
            assert_eq!(hook["type"], "http", "{name}");
            assert_eq!(hook["url"], GATEWAY, "{name}");
        }
    }
}

#[test]
fn the_skill_says_when_to_use_it_within_what_is_shown() {
    let (fields, body) = front_matter(&plugin().join("skills/telemetron/SKILL.md"));
    let of = |name: &str| {
        let found = fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.clone()).unwrap()
    };
    assert_eq!(of("name"), "telemetron");
    let size = of("description").len() + of("when_to_use").len();
    assert!((100..MOST_DESCRIPTION).contains(&size), "{size}");
    assert!(body.lines().count() < 500);
    for tool in [
        "diagnose",
        "span_detail",
        "compare",
        "issues",
        "system_state",
        "find_traces",
        "metrics",
        "trace_summary",
        "tail",
        "timeline",
    ] {
        assert!(body.contains(&format!("`{tool}`")), "{tool}");
    }
}

#[test]
fn there_are_the_six_commands() {
    for name in ["status", "metrics", "export", "query", "traces", "stats"] {
        let (fields, body) = front_matter(&plugin().join(format!("commands/{name}.md")));
        let described = fields
            .iter()
            .any(|(field, value)| field == "description" && !value.is_empty());
        assert!(described, "{name}");
        assert!(body.contains("$ARGUMENTS"), "{name}");
    }
    assert_eq!(fs::read_dir(plugin().join("commands")).unwrap().count(), 6);
}

//! The invariants of docs/ARCHITECTURE.md that can be checked: on `cargo metadata` and on sources.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// All dependencies of a crate that end up in its users, through every level.
fn reachable(graph: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![from.to_owned()];
    while let Some(name) = waiting.pop() {
        for dependency in graph.get(&name).into_iter().flatten() {
            if found.insert(dependency.clone()) {
                waiting.push(dependency.clone());
            }
        }
    }
    found
}

/// Normal dependencies of every package, by name.
fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .exec()
        .unwrap();
    let names: BTreeMap<_, _> = metadata
        .packages
        .iter()
        .map(|package| (package.id.clone(), package.name.to_string()))
        .collect();
    let mut graph = BTreeMap::new();
    for node in metadata.resolve.unwrap().nodes {
        let normal = node.deps.iter().filter(|dep| {
            dep.dep_kinds
                .iter()
                .any(|kind| kind.kind == DependencyKind::Normal)
        });
        let entry: &mut BTreeSet<String> = graph.entry(names[&node.id].clone()).or_default();
        entry.extend(normal.map(|dep| names[&dep.pkg].clone()));
    }
    graph
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn ours(graph: &BTreeMap<String, BTreeSet<String>>, of: &str) -> BTreeSet<String> {
    graph[of]
        .iter()
        .filter(|name| name.starts_with("telemetron-"))
        .cloned()
        .collect()
}

#[test]
fn the_model_does_no_io_and_depends_on_none_of_ours() {
    let graph = graph();
    let all = reachable(&graph, "telemetron-model");
    for forbidden in [
        "tokio", "sqlx", "rdkafka", "reqwest", "axum", "hyper", "mio",
    ] {
        assert!(
            !all.contains(forbidden),
            "telemetron-model reaches {forbidden}"
        );
    }
    assert_eq!(ours(&graph, "telemetron-model"), BTreeSet::new());
}

#[test]
fn the_sdk_never_compiles_the_database_or_the_server() {
    let all = reachable(&graph(), "telemetron-sdk");
    for forbidden in [
        "sqlx",
        "axum",
        "telemetron-store",
        "telemetron-runtime",
        "telemetron-api",
    ] {
        assert!(
            !all.contains(forbidden),
            "telemetron-sdk reaches {forbidden}"
        );
    }
}

#[test]
fn crates_use_only_those_they_may() {
    let graph = graph();
    let allowed: [(&str, &[&str]); 10] = [
        ("telemetron-topic-ids", &[]),
        (
            "telemetron-kafka",
            &["telemetron-model", "telemetron-topic-ids"],
        ),
        ("telemetron-store", &["telemetron-model"]),
        ("telemetron-runtime", &[]),
        ("telemetron-local", &[]),
        ("telemetron-sdk", &["telemetron-model", "telemetron-kafka"]),
        ("telemetron-otlp", &["telemetron-model"]),
        (
            "telemetron-gateway",
            &[
                "telemetron-model",
                "telemetron-kafka",
                "telemetron-otlp",
                "telemetron-runtime",
            ],
        ),
        (
            "telemetron-consumer",
            &[
                "telemetron-model",
                "telemetron-kafka",
                "telemetron-store",
                "telemetron-runtime",
            ],
        ),
        (
            "telemetron-api",
            &[
                "telemetron-model",
                "telemetron-kafka",
                "telemetron-store",
                "telemetron-runtime",
                "telemetron-oracle",
            ],
        ),
    ];
    for (name, allowed) in allowed {
        let allowed: BTreeSet<_> = allowed.iter().map(|name| (*name).to_owned()).collect();
        let extra: Vec<_> = ours(&graph, name).difference(&allowed).cloned().collect();
        assert_eq!(extra, Vec::<String>::new(), "{name} uses what it may not");
    }
}

/// Rust sources of a crate that are not tests.
fn sources(name: &str) -> Vec<(PathBuf, String)> {
    let mut waiting = vec![root().join("crates").join(name).join("src")];
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.file_stem().is_some_and(|name| name == "tests") {
            continue;
        }
        if path.is_dir() {
            waiting.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text
                .split("#[cfg(test)]")
                .next()
                .unwrap_or_default()
                .to_owned();
            found.push((path, code));
        }
    }
    found
}

#[test]
fn sql_stands_in_the_store_alone() {
    for name in [
        "telemetron-api",
        "telemetron-consumer",
        "telemetron",
        "telemetron-kafka",
        "telemetron-sdk",
        "telemetron-otlp",
        "telemetron-gateway",
    ] {
        for (path, text) in sources(name) {
            let speaks = ["sqlx::query", "use sqlx"]
                .iter()
                .any(|words| text.contains(words));
            assert!(!speaks, "{} speaks SQL", path.display());
        }
    }
}

#[test]
fn only_the_consumer_writes() {
    for name in [
        "telemetron-api",
        "telemetron",
        "telemetron-sdk",
        "telemetron-gateway",
    ] {
        for (path, text) in sources(name) {
            assert!(
                !text.contains("telemetron_store::write"),
                "{} writes",
                path.display()
            );
        }
    }
}

#[test]
fn every_port_is_served_by_the_doors() {
    for name in [
        "telemetron-api",
        "telemetron-consumer",
        "telemetron",
        "telemetron-gateway",
    ] {
        for (path, text) in sources(name) {
            let serves = ["axum::serve", "serve_connection"]
                .iter()
                .any(|words| text.contains(words));
            assert!(!serves, "{} serves a port by itself", path.display());
        }
    }
}

#[test]
fn paths_that_the_documents_name_exist() {
    for document in ["docs/ARCHITECTURE.md", "docs/BAD_INPUT.md", "README.md"] {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        let named = text.split('`').filter(|word| {
            word.starts_with("crates/") || word.starts_with("scripts/") || word.starts_with("docs/")
        });
        for path in named {
            let path = path.split_whitespace().next().unwrap_or_default();
            assert!(
                root().join(path).exists(),
                "{document} names {path}, which does not exist"
            );
        }
    }
}

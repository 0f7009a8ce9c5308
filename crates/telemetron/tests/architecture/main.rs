//! The invariants of docs/ARCHITECTURE.md that can be checked: on `cargo metadata` and on sources.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod modules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

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

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .exec()
        .unwrap()
}

/// Normal dependencies of every package, by name.
fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
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
fn model_and_view_do_no_io() {
    let graph = graph();
    for name in ["telemetron-model", "telemetron-view"] {
        let all = reachable(&graph, name);
        for forbidden in [
            "tokio", "sqlx", "rdkafka", "reqwest", "axum", "hyper", "mio",
        ] {
            assert!(!all.contains(forbidden), "{name} reaches {forbidden}");
        }
    }
}

#[test]
fn who_sends_records_links_no_answers() {
    let graph = graph();
    for name in ["telemetron-sdk", "telemetron-otlp", "telemetron-gateway"] {
        let all = reachable(&graph, name);
        assert!(!all.contains("telemetron-view"), "{name} reaches the view");
    }
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

/// What each crate may use of ours. A crate that is not here has no place yet.
const MAY_USE: [(&str, &[&str]); 18] = [
    ("telemetron-topic-ids", &[]),
    ("telemetron-model", &[]),
    ("telemetron-view", &["model"]),
    ("telemetron-runtime", &[]),
    ("telemetron-local", &[]),
    ("telemetron-otlp", &["model"]),
    ("telemetron-import", &["model", "view", "otlp"]),
    ("telemetron-store", &["model", "view"]),
    ("telemetron-kafka", &["model", "topic-ids"]),
    ("telemetron-sdk", &["model", "kafka"]),
    (
        "telemetron-demo",
        &["model", "view", "kafka", "sdk", "runtime"],
    ),
    ("telemetron-diagnosis", &["model", "view", "store"]),
    ("telemetron-oracle", &["model", "view", "kafka", "store"]),
    ("telemetron-gateway", &["model", "kafka", "otlp", "runtime"]),
    (
        "telemetron-consumer",
        &["model", "kafka", "store", "runtime"],
    ),
    (
        "telemetron-api",
        &[
            "model",
            "view",
            "kafka",
            "store",
            "runtime",
            "diagnosis",
            "oracle",
        ],
    ),
    // The binary carries everything; so does what measures it.
    (
        "telemetron",
        &[
            "model", "view", "kafka", "store", "runtime", "otlp", "local", "sdk", "gateway",
            "consumer", "api", "import", "demo",
        ],
    ),
    (
        "telemetron-bench",
        &[
            "model",
            "kafka",
            "store",
            "runtime",
            "diagnosis",
            "otlp",
            "local",
            "sdk",
            "consumer",
        ],
    ),
];

/// The crates of this workspace.
fn members() -> BTreeSet<String> {
    let metadata = metadata();
    let packages = metadata.workspace_packages();
    packages.iter().map(|p| p.name.to_string()).collect()
}

#[test]
fn crates_use_only_those_they_may() {
    let graph = graph();
    let ruled: BTreeMap<_, _> = MAY_USE.into_iter().collect();
    for name in members() {
        let Some(allowed) = ruled.get(name.as_str()) else {
            panic!("{name} is no crate of MAY_USE; say there what it may use");
        };
        let allowed = allowed.iter().map(|name| format!("telemetron-{name}"));
        let allowed: BTreeSet<_> = allowed.collect();
        let extra: Vec<_> = ours(&graph, &name).difference(&allowed).cloned().collect();
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
    let graph = graph();
    // What measures the store compares it with plain statements.
    let may = ["telemetron-store", "telemetron-bench"];
    for name in members()
        .iter()
        .filter(|name| !may.contains(&name.as_str()))
    {
        assert!(!graph[name].contains("sqlx"), "{name} depends on sqlx");
    }
}

#[test]
fn only_the_consumer_writes() {
    let may = [
        "telemetron-store",
        "telemetron-consumer",
        "telemetron-bench",
    ];
    for name in members()
        .iter()
        .filter(|name| !may.contains(&name.as_str()))
    {
        for (path, text) in sources(name) {
            let writes = ["telemetron_store::write", "store::write::"]
                .iter()
                .any(|words| text.contains(words));
            assert!(!writes, "{} writes", path.display());
        }
    }
}

#[test]
fn who_reads_changes_nothing() {
    let changes = ["INSERT INTO ", "UPDATE ", "DELETE FROM ", "TRUNCATE "];
    for (path, text) in sources("telemetron-store") {
        if path.components().any(|part| part.as_os_str() == "read") {
            let code = text.lines().filter(|line| !line.trim().starts_with("//"));
            for line in code {
                let changes = changes.iter().any(|words| line.contains(words));
                assert!(!changes, "{} changes rows: {line}", path.display());
            }
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
    let rooms = [
        "crates/",
        "scripts/",
        "docs/",
        "dashboard/",
        "migrations/",
        ".ci/",
    ];
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        let named = text.split('`').filter_map(|words| {
            let path = words.split_whitespace().next()?;
            rooms
                .iter()
                .any(|room| path.starts_with(room))
                .then_some(path)
        });
        for path in named {
            // Patterns, placeholders and what a build makes are no paths of the sources.
            let made = path.contains(['*', '<', '{', '…'])
                || path.contains("NAME")
                || path.starts_with("dashboard/dist");
            let there = made || root().join(path).exists();
            assert!(
                there,
                "{} names {path}, which does not exist",
                document.display()
            );
        }
    }
}

/// Every document: those in `docs`, those beside the sources, and those of the whole.
fn documents() -> Vec<PathBuf> {
    let root = root();
    let mut waiting: Vec<_> = ["docs", "crates", "scripts"].map(|d| root.join(d)).into();
    let mut found: Vec<_> = ["README.md", "CONTRIBUTING.md"]
        .map(|d| root.join(d))
        .into();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                found.push(path);
            }
        }
    }
    found
}

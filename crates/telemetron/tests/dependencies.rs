//! What may enter the dependency tree, by `deny.toml`, and that all of it is used. `cargo deny check`
//! tells the same of licences and sources, and advisories and duplicates as well; it takes longer to
//! build than the whole of this.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, Package};
use toml::{Table, Value};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn metadata() -> Metadata {
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml"));
    command.exec().unwrap()
}

/// A list in a section of `deny.toml`.
fn listed(section: &str, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    let rules: Table = text.parse().unwrap();
    let list = rules[section][name].as_array().unwrap();
    let texts = list.iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

#[test]
fn every_dependency_is_licensed_for_us() {
    let allowed = listed("licenses", "allow");
    for package in metadata().packages {
        let Package { name, license, .. } = &package;
        let text = license.as_deref().unwrap_or_default();
        let parsed = spdx::Expression::parse_mode(text, spdx::ParseMode::LAX);
        let Ok(expression) = parsed else {
            panic!("{name} does not say in SPDX's words how it is licensed: {text:?}");
        };
        let may = expression.evaluate(|wanted| allowed.contains(&wanted.to_string()));
        assert!(
            may,
            "{name} is licensed as {text}, which deny.toml does not allow"
        );
    }
}

#[test]
fn every_dependency_comes_from_a_registry_that_is_allowed() {
    let allowed = listed("sources", "allow-registry");
    for package in metadata().packages {
        let Some(source) = package.source else {
            continue; // Our own.
        };
        let registry = source.repr.strip_prefix("registry+");
        let may = registry.is_some_and(|url| allowed.iter().any(|allowed| allowed == url));
        assert!(may, "{} comes from {source}", package.name);
    }
}

/// Rust sources in a folder and below.
fn sources(folder: &Path, found: &mut String) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

/// Whether a word stands in a text as a whole.
fn names(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[test]
fn every_dependency_is_used() {
    for package in metadata().workspace_packages() {
        let folder = package.manifest_path.parent().unwrap();
        let mut text = String::new();
        sources(folder.as_std_path(), &mut text);
        for dependency in &package.dependencies {
            let known_as = dependency.rename.as_ref().unwrap_or(&dependency.name);
            let used = names(&text, &known_as.replace('-', "_"));
            assert!(used, "{} does not use {known_as}", package.name);
        }
    }
}

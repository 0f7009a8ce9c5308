//! How modules hang together, and where their files lie.

use std::collections::{BTreeMap, BTreeSet};

use super::{members, reachable, root, sources};

/// Crates whose modules form no circle.
const WITHOUT_CIRCLES: [&str; 8] = [
    "telemetron-view",
    "telemetron-diagnosis",
    "telemetron-import",
    "telemetron-oracle",
    "telemetron-sdk",
    "telemetron-consumer",
    "telemetron-runtime",
    "telemetron-topic-ids",
];

type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn modules_form_no_circle() {
    for name in WITHOUT_CIRCLES {
        let graph = modules(name);
        for module in graph.keys() {
            let all = reachable(&graph, module);
            assert!(
                !all.contains(module),
                "{name}: {module} uses itself: {all:?}"
            );
        }
    }
}

/// One style of module files: a module that has files of its own is the `mod.rs` among them.
#[test]
fn a_module_lies_in_the_folder_of_its_files() {
    for name in members() {
        for (path, _) in sources(&name) {
            let folder = path.with_extension("");
            assert!(
                !folder.is_dir(),
                "{} belongs into its folder, as mod.rs",
                path.display()
            );
        }
    }
}

/// What each module at the top of a crate uses of the others.
fn modules(name: &str) -> Graph {
    let src = root().join("crates").join(name).join("src");
    let mut code: BTreeMap<String, String> = BTreeMap::new();
    for (path, text) in sources(name) {
        let top = path.strip_prefix(&src).unwrap().iter().next().unwrap();
        let module = top.to_str().unwrap().trim_end_matches(".rs").to_owned();
        let lines = text.lines().filter(|line| !line.trim().starts_with("//"));
        let code = code.entry(module).or_default();
        lines.for_each(|line| *code += line);
    }
    code.remove("lib");
    let front = std::fs::read_to_string(src.join("lib.rs")).unwrap();
    let shown = shown_by(&front);
    let known = |word: &String| {
        let module = if code.contains_key(word) {
            Some(word)
        } else {
            shown.get(word)
        };
        module.filter(|module| code.contains_key(*module)).cloned()
    };
    let uses = |(module, text): (&String, &String)| {
        let mut used: BTreeSet<_> = used_in(text).iter().filter_map(known).collect();
        used.remove(module);
        (module.clone(), used)
    };
    code.iter().map(uses).collect()
}

/// The names that the front of a crate shows, with their modules.
fn shown_by(front: &str) -> BTreeMap<String, String> {
    let mut shown = BTreeMap::new();
    let lines = front.lines().filter(|line| !line.starts_with("//"));
    for statement in lines.collect::<String>().split(';') {
        let Some((_, path)) = statement.split_once(" use ") else {
            continue;
        };
        let mut words = words(path).into_iter().filter(|word| word != "crate");
        let module = words.next().unwrap_or_default();
        shown.extend(words.map(|word| (word, module.clone())));
    }
    shown
}

/// What stands first in each path from the crate's root on.
fn used_in(code: &str) -> Vec<String> {
    let mut used = Vec::new();
    for path in code.split("crate::").skip(1) {
        let Some(list) = path.strip_prefix('{') else {
            used.extend(words(path).into_iter().next());
            continue;
        };
        let mut depth = 0;
        let mut names = String::new();
        for letter in list.chars() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                other if depth == 0 => names.push(other),
                _ => {}
            }
        }
        let first = names
            .split(',')
            .filter_map(|path| words(path).into_iter().next());
        used.extend(first);
    }
    used
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

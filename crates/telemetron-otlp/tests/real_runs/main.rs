//! Recorded runs of other people's agents, mapped, against what a reader of the files expects.
//!
//! `expected.tsv` has a line a file: spans, kinds, failures, tokens that count, agents, models,
//! tools, handoffs that stand. It was written from the files, not by the code under test. Names of
//! attributes are all that is looked at here: recordings that are no OTLP (spans as some SDK printed
//! them) are turned into spans first; the wire forms have tests of their own.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and says what it skips"
)]

#[path = "../archive/mod.rs"]
mod archive;
mod outcome;
mod prices;
mod spans;

use std::collections::BTreeMap;
use std::path::Path;

use telemetron_otlp::{Prices, traces};

use outcome::Outcome;

const EXPECTED: &str = include_str!("expected.tsv");

#[test]
fn runs_of_agents_are_read_as_a_person_reads_them() {
    check("otlp_agent_runs");
}

#[test]
fn payloads_that_others_test_with_are_read_as_a_person_reads_them() {
    check("otlp_inline_payloads");
}

/// Maps every file of a set and compares; all differences are told together.
fn check(set: &str) {
    let Some(folder) = archive::unpacked(set) else {
        return;
    };
    let expected = expected(set);
    assert!(!expected.is_empty());
    let mut wrong = Vec::new();
    for (file, expected) in &expected {
        let found = outcome(&folder.path().join(file));
        if found.to_string() != *expected {
            wrong.push(format!("{file}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn outcome(file: &Path) -> Outcome {
    let request = spans::request(file);
    let mapped = traces::map(&request, &Prices::default());
    assert_eq!(mapped.rejected, [], "{}", file.display());
    Outcome::of(mapped.records)
}

/// The lines of a set, by file.
fn expected(set: &str) -> BTreeMap<&'static str, &'static str> {
    let lines = EXPECTED.lines().filter(|line| !line.starts_with('#'));
    let split = lines.filter_map(|line| line.split_once('\t'));
    split.filter(|(file, _)| file.starts_with(set)).collect()
}

//! The real archives, which are not part of this repository.
//!
//! They are looked for in the folder that `TELEMETRON_TRACES` names, else in `../shared/traces`
//! beside the workspace; a folder with `unpack.sh`, or one that is unpacked already.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::value::RawValue;
use telemetron_model::decode::{Decoded, RawRecord, decode};
use telemetron_model::record::Record;

use super::Run;
use crate::files::{self, Input};
use crate::{Document, Documents, Reading, read};

/// A folder with the unpacked sets; removed when dropped, unless it was unpacked before.
struct Archives {
    root: PathBuf,
    _scratch: Option<tempfile::TempDir>,
}

impl Archives {
    fn find() -> Option<Self> {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/traces");
        let named = std::env::var_os("TELEMETRON_TRACES").map(PathBuf::from);
        let root = named.unwrap_or(beside);
        if root.join("whowhen").is_dir() {
            return Some(Self {
                root,
                _scratch: None,
            });
        }
        if !root.join("unpack.sh").is_file() {
            eprintln!("skipped: no trace archives in {}", root.display());
            return None;
        }
        let scratch = tempfile::tempdir().unwrap();
        let unpacked = Command::new(root.join("unpack.sh"))
            .arg(scratch.path())
            .args(["whowhen", "mast"])
            .output()
            .unwrap();
        assert!(unpacked.status.success(), "{unpacked:?}");
        Some(Self {
            root: scratch.path().to_owned(),
            _scratch: Some(scratch),
        })
    }

    /// Calls back with every file of a set.
    fn each(&self, set: &str, mut look: impl FnMut(&Input, &[u8])) {
        for input in files::find(&[self.root.join(set)]).unwrap() {
            look(&input, &files::read(&input).unwrap());
        }
    }
}

fn is_about_the_set(input: &Input) -> bool {
    let name = input.to_string();
    name.ends_with("README.md") || name.ends_with("index.jsonl")
}

#[test]
fn every_who_and_when_log_has_a_span_for_each_of_its_turns() {
    let Some(archives) = Archives::find() else {
        return;
    };
    let mut traces = BTreeSet::new();
    archives.each("whowhen", |input, bytes| {
        if is_about_the_set(input) {
            return;
        }
        let value: &RawValue = serde_json::from_slice(bytes).unwrap();
        let run = Run::of(value);
        let log: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        let turns = log["history"].as_array().unwrap().len();
        assert_eq!(run.turns().len(), turns, "{input}");
        assert_eq!(run.bytes(), Run::of(value).bytes(), "{input}");
        traces.insert(run.trace().trace_id);
    });
    assert_eq!(traces.len(), 131);
}

#[test]
fn every_mast_file_is_imported_or_named_with_a_reason() {
    let Some(archives) = Archives::find() else {
        return;
    };
    let (mut traces, mut skipped) = (BTreeSet::new(), Vec::new());
    archives.each("mast", |input, bytes| {
        for value in Documents::of(bytes) {
            match value.map(|value| read(&Document::of(value))) {
                Ok(Reading::Run { run, .. }) => {
                    traces.extend(run.records.iter().filter_map(Record::trace_id));
                }
                Ok(Reading::Skipped(reason)) | Err(reason) => {
                    skipped.push((input.to_string(), reason));
                }
            }
        }
    });
    assert_eq!(traces.len(), 789);
    for (file, reason) in skipped {
        let about = file.ends_with("README.md") || file.ends_with("index.jsonl");
        assert!(about, "{file} was skipped: {reason}");
    }
}

#[test]
fn every_imported_record_is_one_that_the_consumer_takes() {
    let Some(archives) = Archives::find() else {
        return;
    };
    for set in ["whowhen", "mast"] {
        archives.each(set, |input, bytes| {
            for value in Documents::of(bytes).flatten() {
                if let Reading::Run { run, .. } = read(&Document::of(value)) {
                    for record in &run.records {
                        assert_taken(record, input);
                    }
                }
            }
        });
    }
}

fn assert_taken(record: &Record, input: &Input) {
    let (payload, key) = (record.to_json().unwrap(), record.key());
    let decoded = decode(RawRecord {
        topic: record.schema().topic(),
        schema: Some(record.schema().header().as_bytes()),
        key: Some(key.as_bytes()),
        value: Some(&payload),
    });
    assert!(
        matches!(decoded, Decoded::Fold { .. }),
        "{input}: {decoded:?}"
    );
}

//! Multi-agent tree of thoughts, as MAST holds it: a `trajectory` of the lines of its log.
//!
//! ```text
//! ########## Round 1 ##########
//! ***** Reasoner 1 output: *****
//! …
//! **************************************************
//! Reasoner 1: Answer: 12, Verified: False
//! Verifier response:
//! …
//! **************************************************
//! No agreement among verified answers. Continuing to next round.
//! ```
//!
//! The answer (`other_data`) and labels (`note`) are left out.

use serde::Deserialize;
use serde_json::Map;

use super::text::Text;
use crate::conversation::{Conversation, Entry, Turn, note};
use crate::{Document, Format, Run, records};

/// The form of these logs.
pub(crate) struct MaTot;

#[derive(Deserialize)]
struct Log {
    instance_id: Option<String>,
    problem_statement: Option<Text>,
    trajectory: Vec<String>,
}

impl Format for MaTot {
    fn name(&self) -> &'static str {
        "ma-tot"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let lines = document.field("trajectory");
        let first = lines.trim_start_matches('[').trim_start();
        first.starts_with('"') && lines.contains("***** Reasoner ")
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let log: Log = document.parse()?;
        Ok(records::of(document, &conversation(log, self.name())).into())
    }
}

fn conversation(log: Log, format: &'static str) -> Conversation {
    let mut metadata = Map::new();
    if let Some(id) = log.instance_id {
        metadata.insert("instance_id".to_owned(), id.into());
    }
    let mut reader = Reader::default();
    for line in &log.trajectory {
        reader.line(line);
    }
    reader.close();
    Conversation {
        format,
        name: "multi-agent tree of thoughts",
        question: log.problem_statement.map(Text::whole),
        metadata,
        entries: reader.entries,
        ..Conversation::default()
    }
}

#[derive(Default)]
struct Reader<'a> {
    entries: Vec<Entry>,
    speaker: Option<&'a str>,
    lines: Vec<&'a str>,
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str) {
        let text = line.trim();
        if let Some(reasoner) = reasoner(text) {
            self.open(reasoner);
        } else if is_verdict(text) {
            self.open("Verifier");
            self.lines.push(line);
        } else if text.len() > 10 && text.bytes().all(|byte| byte == b'*') {
            self.close();
        } else if self.speaker.is_some() {
            self.lines.push(line);
        } else if !text.is_empty() {
            self.entries.push(note(text.trim_matches(['#', ' '])));
        }
    }

    fn open(&mut self, speaker: &'a str) {
        self.close();
        self.speaker = Some(speaker);
    }

    fn close(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        if let Some(speaker) = self.speaker.take() {
            let turn = Turn::new(speaker, lines.join("\n").trim());
            self.entries.push(turn.into());
        }
    }
}

/// `***** Reasoner 1 output: *****`
fn reasoner(text: &str) -> Option<&str> {
    let name = text
        .strip_prefix("***** ")?
        .strip_suffix(" output: *****")?;
    Some(name.trim())
}

/// `Reasoner 1: Answer: 12, Verified: False`
fn is_verdict(text: &str) -> bool {
    text.starts_with("Reasoner ") && text.contains(": Answer: ") && text.contains(", Verified: ")
}

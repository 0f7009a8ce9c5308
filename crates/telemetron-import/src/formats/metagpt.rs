//! MetaGPT's log of a software team, as MAST holds it: one text with the lines of the log.
//!
//! ```text
//! 2025-01-12 14:37:42.009 | INFO     | metagpt.roles.role:_act:391 - Alice(Coder): to do Write(Write)
//! the code that Alice wrote, over many lines
//! 2025-01-12 14:38:04.829 | INFO     | __main__:_act:85 - Bob(Tester): to do WriteTest(WriteTest)
//! ```
//!
//! A line says when a turn began and in which order, not when it ended; its zone is not named and
//! is read as UTC.

use chrono::{NaiveDateTime, TimeZone as _, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use telemetron_model::{NanoUsd, Timestamp};

use crate::conversation::{Conversation, Entry, Turn, note};
use crate::{Document, Format, Run, records};

/// The form of MetaGPT's logs.
pub(crate) struct MetaGpt;

#[derive(Deserialize)]
struct Log {
    run_id: Option<Value>,
    prompt: Option<String>,
    content: String,
    cost: Option<f64>,
}

impl Format for MetaGpt {
    fn name(&self) -> &'static str {
        "metagpt"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.has(&["prompt", "content"]) && document.field("content").contains("metagpt.")
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let log: Log = document.parse()?;
        Ok(records::of(document, &conversation(log, self.name())).into())
    }
}

fn conversation(log: Log, format: &'static str) -> Conversation {
    let mut metadata = Map::new();
    if let Some(id) = log.run_id {
        metadata.insert("run_id".to_owned(), id);
    }
    Conversation {
        format,
        name: "metagpt",
        question: log.prompt,
        metadata,
        cost: log.cost.and_then(NanoUsd::from_usd),
        entries: entries(&log.content),
        ..Conversation::default()
    }
}

/// Lines without a head go on with the entry before them.
fn entries(log: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut open: Option<(Head<'_>, Vec<&str>)> = None;
    for line in log.lines() {
        match (head(line), &mut open) {
            (Some(head), open) => {
                entries.extend(open.take().map(|(head, lines)| entry(&head, &lines)));
                *open = Some((head, Vec::new()));
            }
            (None, Some((_, lines))) => lines.push(line),
            (None, None) if !line.trim().is_empty() => entries.push(note(line)),
            (None, None) => {}
        }
    }
    entries.extend(open.map(|(head, lines)| entry(&head, &lines)));
    entries
}

/// What stands at the beginning of an entry.
struct Head<'a> {
    time: Timestamp,
    message: &'a str,
}

fn head(line: &str) -> Option<Head<'_>> {
    let mut parts = line.splitn(3, " | ");
    let (time, _level, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let time = NaiveDateTime::parse_from_str(time.trim(), "%Y-%m-%d %H:%M:%S%.f").ok()?;
    let (_place, message) = rest.split_once(" - ")?;
    Some(Head {
        time: Utc.from_utc_datetime(&time).into(),
        message,
    })
}

fn entry(head: &Head<'_>, lines: &[&str]) -> Entry {
    let content = lines.join("\n");
    let Some((agent, role, action)) = actor(head.message) else {
        return note(format!("{}\n{content}", head.message).trim());
    };
    let turn = Turn {
        time: Some(head.time),
        ..Turn::new(agent, content.trim())
    };
    turn.with("role", role).with("action", action).into()
}

/// `Alice(Coder): to do Write(Write)` as Alice, Coder, Write.
fn actor(message: &str) -> Option<(&str, &str, &str)> {
    let (who, what) = message.split_once(": to do ")?;
    let (agent, role) = who.split_once('(')?;
    let action = what.split_once('(').map_or(what, |(action, _)| action);
    Some((agent, role.trim_end_matches(')'), action.trim()))
}

//! AG2 (AutoGen) chats as MAST holds them: a `trajectory` of named messages.
//!
//! ```json
//! {"instance_id": "…", "problem_statement": ["…"],
//!  "trajectory": [{"role": "user", "name": "assistant", "content": ["line", "line"]}],
//!  "other_data": {"correct": false}, "note": {}}
//! ```
//!
//! Labels and solutions (`other_data`, `note`) are left out.

use serde::Deserialize;
use serde_json::Map;
use telemetron_model::record::ToolCall;

use super::text::Text;
use crate::code::{self, Outcome};
use crate::conversation::{Conversation, Entry, Turn};
use crate::{Document, Format, Run, records};

/// The form of AG2 chats.
pub(crate) struct Ag2;

/// The agent that answers with what running the code of the message before gave.
const MATH_PROXY: &str = "mathproxyagent";

#[derive(Deserialize)]
struct Log {
    instance_id: Option<String>,
    problem_statement: Option<Text>,
    trajectory: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    content: Text,
    role: Option<String>,
    name: String,
}

impl Format for Ag2 {
    fn name(&self) -> &'static str {
        "ag2"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let messages = document
            .field("trajectory")
            .trim_start_matches('[')
            .trim_start();
        messages.starts_with('{') && document.field("trajectory").starts_with('[')
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
    let mut entries: Vec<Entry> = Vec::with_capacity(log.trajectory.len());
    for message in log.trajectory {
        let mut turn = Turn::new(message.name, message.content.whole());
        if let Some(role) = message.role {
            turn = turn.with("role", role);
        }
        turn.calls = execution(&turn, &entries).into_iter().collect();
        entries.push(turn.into());
    }
    Conversation {
        format,
        name: "ag2 chat",
        question: log.problem_statement.map(Text::whole),
        metadata,
        entries,
        ..Conversation::default()
    }
}

fn execution(turn: &Turn, before: &[Entry]) -> Option<ToolCall> {
    let reported = code::outcome(&turn.content);
    let outcome = reported.or_else(|| math_proxy_outcome(turn, before))?;
    Some(code::execution(&outcome, before))
}

/// The proxy runs the code of the message before it and answers with nothing but the output;
/// where there was no code, it asks to continue.
fn math_proxy_outcome<'a>(turn: &'a Turn, before: &[Entry]) -> Option<Outcome<'a>> {
    let Some(Entry::Turn(asked)) = before.last() else {
        return None;
    };
    if turn.agent != MATH_PROXY || code::blocks(&asked.content).is_empty() {
        return None;
    }
    let failed = turn.content.starts_with("Error:");
    let first_line = turn.content.lines().next().unwrap_or_default();
    Some(Outcome {
        output: turn.content.trim(),
        error: failed.then(|| first_line.to_owned()),
    })
}

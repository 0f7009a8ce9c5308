//! Who&When: failed runs of CaptainAgent teams (AG2), whose messages have a `name`, and of
//! Magentic-One, whose `role` is the speaker: `Orchestrator (-> WebSurfer)`.
//!
//! ```json
//! {"question": "…", "question_ID": "…", "history": [{"role": "…", "name": "…", "content": "…"}],
//!  "system_prompt": {"Coder": "…"}, "mistake_agent": "…", "mistake_step": "3"}
//! ```
//!
//! Labels (`mistake_*`, `ground_truth`, `is_correct`, `level`) are left out.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Map;

use crate::conversation::{Conversation, Entry, Turn};
use crate::{Document, Format, Run, code, records};

/// The form of Who&When.
pub(crate) struct WhoAndWhen;

#[derive(Deserialize)]
struct Log {
    question: String,
    #[serde(rename = "question_ID")]
    question_id: Option<String>,
    history: Vec<Message>,
    #[serde(default)]
    system_prompt: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Message {
    content: String,
    role: String,
    name: Option<String>,
}

impl Format for WhoAndWhen {
    fn name(&self) -> &'static str {
        "who-and-when"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.has(&["question", "history"]) && document.field("history").starts_with('[')
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let log: Log = document.parse()?;
        Ok(records::of(document, &conversation(log, self.name())).into())
    }
}

fn conversation(log: Log, format: &'static str) -> Conversation {
    let named = log.history.iter().any(|message| message.name.is_some());
    let mut metadata = Map::new();
    if let Some(id) = log.question_id {
        metadata.insert("question_id".to_owned(), id.into());
    }
    let mut prompts = log.system_prompt;
    let mut entries: Vec<Entry> = Vec::with_capacity(log.history.len());
    for message in log.history {
        let mut turn = turn(message);
        if let Some(prompt) = prompts.remove(&turn.agent) {
            turn = turn.with("system_prompt", prompt);
        }
        if let Some(outcome) = code::outcome(&turn.content) {
            turn.calls = vec![code::execution(&outcome, &entries)];
        }
        entries.push(turn.into());
    }
    Conversation {
        format,
        name: if named {
            "captain agent"
        } else {
            "magentic-one"
        },
        question: Some(log.question),
        metadata,
        entries,
        ..Conversation::default()
    }
}

fn turn(message: Message) -> Turn {
    match message.name {
        Some(name) => Turn::new(name, message.content).with("role", message.role),
        None => spoken(&message.role, message.content),
    }
}

/// `Orchestrator (thought)` and `Orchestrator (-> WebSurfer)` are the Orchestrator.
fn spoken(role: &str, content: String) -> Turn {
    let Some((agent, aside)) = role.split_once(" (") else {
        return Turn::new(role, content);
    };
    let aside = aside.trim_end_matches(')');
    match aside.strip_prefix("-> ") {
        Some(target) => Turn {
            request: Some(content.clone()),
            ..Turn::new(agent, content).with("addressed_to", target)
        },
        None => Turn::new(agent, content).with("aside", aside),
    }
}

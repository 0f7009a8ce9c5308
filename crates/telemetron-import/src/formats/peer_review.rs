//! Multi-agent peer review, as MAST holds it: a dialogue with each agent, by its number.
//!
//! ```json
//! {"problem_statement": ["…"], "trajectory": {
//!   "0": [{"role": "user", "content": "solve …"}, {"role": "assistant", "content": "…"}],
//!   "1": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}}
//! ```
//!
//! What an agent says is its turn, what it was told just before went in. The protocol goes in
//! rounds: every agent solves, every agent reviews, and so on. Work was passed where an agent is
//! told another's very words. The answer (`other_data`) and labels (`note`) are left out.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Map;

use super::text::Text;
use crate::conversation::{Conversation, Entry, Passed, Turn};
use crate::{Document, Format, Run, records};

/// The form of these logs.
pub(crate) struct PeerReview;

/// Words that are quoted by chance are shorter.
const QUOTE_CHARS: usize = 40;

#[derive(Deserialize)]
struct Log {
    instance_id: Option<String>,
    problem_statement: Option<Text>,
    trajectory: BTreeMap<String, Vec<Message>>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: String,
}

impl Format for PeerReview {
    fn name(&self) -> &'static str {
        "peer-review"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.field("trajectory").starts_with('{')
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
    let turns = by_rounds(log.trajectory);
    let handoffs = Some(quotes(&turns));
    Conversation {
        format,
        name: "multi-agent peer review",
        question: log.problem_statement.map(Text::whole),
        metadata,
        entries: turns.into_iter().map(Entry::from).collect(),
        handoffs,
        ..Conversation::default()
    }
}

/// The first turn of every agent, then the second of every agent, …
fn by_rounds(dialogues: BTreeMap<String, Vec<Message>>) -> Vec<Turn> {
    let mut rounds: Vec<Vec<Turn>> = Vec::new();
    for (number, messages) in dialogues {
        for (round, turn) in turns(&number, messages).into_iter().enumerate() {
            if rounds.len() == round {
                rounds.push(Vec::new());
            }
            if let Some(round) = rounds.get_mut(round) {
                round.push(turn);
            }
        }
    }
    rounds.into_iter().flatten().collect()
}

fn turns(number: &str, messages: Vec<Message>) -> Vec<Turn> {
    let mut told: Vec<String> = Vec::new();
    let mut turns = Vec::new();
    for message in messages {
        if message.role == "assistant" {
            let input = std::mem::take(&mut told).join("\n\n");
            turns.push(Turn {
                input: Some(input),
                ..Turn::new(format!("Agent {number}"), message.content)
            });
        } else {
            told.push(message.content);
        }
    }
    turns
}

/// Where an agent is told what another had said before.
fn quotes(turns: &[Turn]) -> Vec<Passed> {
    let mut quotes = Vec::new();
    for (to, turn) in turns.iter().enumerate() {
        let told = turn.input.as_deref().unwrap_or_default();
        let earlier = turns.iter().take(to).enumerate();
        quotes.extend(
            earlier
                .filter(|(_, said)| said.agent != turn.agent && is_quoted(&said.content, told))
                .map(|(from, _)| Passed {
                    from,
                    to,
                    rule: "quoted",
                }),
        );
    }
    quotes
}

fn is_quoted(said: &str, told: &str) -> bool {
    let said = said.trim();
    said.chars().count() >= QUOTE_CHARS && told.contains(said)
}

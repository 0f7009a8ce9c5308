//! AgentErrorBench: one agent, whose every turn is followed by what it observed.

use serde_json::Value;
use telemetron_model::record::Status;

use super::{Conversation, field, items};
use crate::diagnosis::runs::Turn;

/// Stands before an observation in the message that asks for the next turn.
const OBSERVED: &str = "Current Observation:";
const ENDS: &str = "\n\nInstructions:";

pub(super) fn read(run: &Value) -> Conversation {
    let mut turns: Vec<Turn> = Vec::new();
    for message in items(&run["messages"]) {
        let text = field(message, "content");
        if field(message, "role") == "assistant" {
            let (agent, text) = ("agent".to_owned(), text.to_owned());
            turns.push(Turn {
                agent,
                text,
                ..Turn::default()
            });
        } else if let Some(last) = turns.last_mut() {
            let observed = observation(text).map(str::to_owned);
            last.calls.push(("observe".to_owned(), None, observed));
        }
    }
    (Status::Completed, turns)
}

fn observation(prompt: &str) -> Option<&str> {
    let (_, rest) = prompt.rsplit_once(OBSERVED)?;
    Some(rest.split(ENDS).next().unwrap_or(rest).trim())
}

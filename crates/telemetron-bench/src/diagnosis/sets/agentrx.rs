//! AgentRx: Magentic-One logs, and tau-bench dialogues with their tool calls.

use serde_json::Value;
use telemetron_model::record::Status;

use super::{Conversation, field, items, speaker};
use crate::diagnosis::runs::Turn;

/// A list of messages whose role is the speaker.
pub(super) fn magentic(run: &Value) -> Conversation {
    let turns = items(run).iter().map(|message| Turn {
        agent: speaker(field(message, "role")),
        text: field(message, "content").to_owned(),
        ..Turn::default()
    });
    (Status::Completed, turns.collect())
}

/// A dialogue of assistant, user and tools.
pub(super) fn tau(run: &Value) -> Conversation {
    let turns = items(&run["traj"]).iter().map(|message| {
        let calls = items(&message["tool_calls"]).iter().map(|call| {
            let function = &call["function"];
            let arguments = field(function, "arguments").to_owned();
            (field(function, "name").to_owned(), Some(arguments), None)
        });
        let role = field(message, "role");
        Turn {
            agent: role.to_owned(),
            text: field(message, "content").to_owned(),
            tool: (role == "tool").then(|| field(message, "name").to_owned()),
            calls: calls.collect(),
            error: None,
        }
    });
    (Status::Completed, turns.collect())
}

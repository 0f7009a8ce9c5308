//! SWE-agent's trajectories: what the agent thought, ran and saw, step by step.
//!
//! ```json
//! {"environment": "…", "trajectory": [{"thought": "…", "action": "ls", "observation": "…"}],
//!  "history": [ … ], "info": {"exit_status": "submitted"}}
//! ```

use serde::Deserialize;
use serde_json::{Map, Value, json};
use telemetron_model::record::ToolCall;

use super::chat;
use crate::conversation::{Conversation, Entry, Turn};
use crate::{Document, Format, Run, payload, records};

/// The form of SWE-agent.
pub(crate) struct SweAgent;

#[derive(Deserialize)]
struct Log {
    #[serde(default)]
    environment: Option<Value>,
    trajectory: Vec<Step>,
    #[serde(default)]
    history: Vec<Map<String, Value>>,
    #[serde(default)]
    info: Map<String, Value>,
}

#[derive(Deserialize)]
struct Step {
    #[serde(default)]
    action: String,
    #[serde(default)]
    observation: String,
    #[serde(default)]
    thought: Option<String>,
    #[serde(default)]
    response: Option<String>,
}

impl Format for SweAgent {
    fn name(&self) -> &'static str {
        "swe-agent"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let steps = document.field("trajectory");
        steps.starts_with('[') && steps.contains("\"action\"") && steps.contains("\"observation\"")
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let log: Log = document.parse()?;
        let question = log
            .history
            .iter()
            .find(|message| message.get("role").is_some_and(|role| role == "user"));
        let mut metadata = Map::new();
        metadata.extend(
            log.environment
                .map(|place| ("environment".to_owned(), place)),
        );
        let status = log
            .info
            .get("exit_status")
            .filter(|status| !status.is_null());
        metadata.extend(status.map(|status| ("exit_status".to_owned(), status.clone())));
        let conversation = Conversation {
            format: self.name(),
            name: "swe-agent",
            question: question.and_then(|said| Some(said.get("content")?.as_str()?.to_owned())),
            metadata,
            handoffs: Some(Vec::new()),
            entries: log.trajectory.into_iter().map(turn).collect(),
            ..Conversation::default()
        };
        Ok(records::of(document, &conversation).into())
    }
}

fn turn(step: Step) -> Entry {
    let said = step.thought.filter(|thought| !thought.trim().is_empty());
    let said = said.or(step.response).unwrap_or_default();
    let mut turn = Turn::new("swe-agent", said);
    let action = step.action.trim();
    if !action.is_empty() {
        let name = action.split_whitespace().next().unwrap_or("run");
        turn.calls.push(ToolCall {
            tool_name: name.chars().take(64).collect(),
            call_id: None,
            arguments: payload::payload(&json!({"command": action})),
            result: payload::text(&step.observation),
            duration_ns: None,
            error: chat::failure(&step.observation),
        });
    }
    turn.into()
}

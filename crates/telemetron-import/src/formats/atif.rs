//! ATIF, the trajectories that Harbor writes: steps of user and agent, with calls and what they gave.
//!
//! ```json
//! {"schema_version": "ATIF-v1.4", "session_id": "…", "agent": {"name": "…", "model_name": "…"},
//!  "steps": [{"timestamp": "…", "source": "agent", "message": "…", "tool_calls": [ … ],
//!             "observation": {"results": [{"source_call_id": "…", "content": "…"}]}}]}
//! ```

use serde::Deserialize;
use serde_json::{Map, Value};
use telemetron_model::Timestamp;
use telemetron_model::record::ToolCall;

use super::chat;
use crate::conversation::{Conversation, Entry, Turn, note};
use crate::{Document, Format, Run, payload, records};

/// The form of ATIF.
pub(crate) struct Atif;

#[derive(Deserialize)]
struct Log {
    schema_version: String,
    #[serde(default)]
    session_id: Option<String>,
    agent: Agent,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Agent {
    name: String,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    model_name: Option<String>,
}

#[derive(Deserialize)]
struct Step {
    source: String,
    #[serde(default)]
    timestamp: Option<String>,
    #[serde(default)]
    message: Value,
    #[serde(default)]
    tool_calls: Vec<Call>,
    #[serde(default)]
    observation: Option<Observation>,
    #[serde(default)]
    metrics: Option<Value>,
    #[serde(default)]
    model_name: Option<String>,
}

#[derive(Deserialize)]
struct Call {
    #[serde(default)]
    tool_call_id: Option<String>,
    function_name: String,
    #[serde(default)]
    arguments: Value,
}

#[derive(Deserialize)]
struct Observation {
    #[serde(default)]
    results: Vec<Given>,
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    source_call_id: Option<String>,
    #[serde(default)]
    content: Value,
}

impl Format for Atif {
    fn name(&self) -> &'static str {
        "atif"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.field("schema_version").starts_with("\"ATIF") && document.has(&["agent", "steps"])
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let log: Log = document.parse()?;
        let mut metadata = Map::new();
        metadata.insert("schema_version".to_owned(), log.schema_version.into());
        let told = [
            ("session_id", log.session_id),
            ("agent_version", log.agent.version),
            ("model", log.agent.model_name),
        ];
        metadata.extend(
            told.into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?.into()))),
        );
        let mut conversation = Conversation {
            format: self.name(),
            name: "atif",
            metadata,
            handoffs: Some(Vec::new()),
            ..Conversation::default()
        };
        let mut heard = None;
        for step in log.steps {
            let text = said(&step.message);
            match step.source.as_str() {
                "user" => {
                    conversation.question.get_or_insert_with(|| text.clone());
                    heard = Some(text);
                }
                "agent" => {
                    let entry = turn(&log.agent.name, step, text, heard.take());
                    conversation.entries.push(entry);
                }
                _ => conversation.entries.push(note(text)),
            }
        }
        Ok(records::of(document, &conversation).into())
    }
}

fn turn(agent: &str, step: Step, text: String, heard: Option<String>) -> Entry {
    let mut turn = Turn::new(agent, text);
    turn.input = heard;
    turn.time = step
        .timestamp
        .and_then(|at| Timestamp::parse_rfc3339(&at).ok());
    turn.calls = step.tool_calls.into_iter().map(call).collect();
    for given in step.observation.into_iter().flat_map(|seen| seen.results) {
        let text = said(&given.content);
        let id = given.source_call_id;
        let call = turn.calls.iter_mut().find(|call| match &id {
            Some(id) => call.call_id.as_ref() == Some(id),
            None => call.result.is_none(),
        });
        if let Some(call) = call {
            call.result = payload::text(&text);
            call.error = chat::failure(&text);
        }
    }
    let told = [
        ("model", step.model_name.map(Value::from)),
        ("metrics", step.metrics),
    ];
    for (name, value) in told {
        if let Some(value) = value {
            turn = turn.with(name, value);
        }
    }
    turn.into()
}

fn call(call: Call) -> ToolCall {
    ToolCall {
        tool_name: call.function_name,
        call_id: call.tool_call_id,
        arguments: chat::arguments(&call.arguments),
        result: None,
        duration_ns: None,
        error: None,
    }
}

/// A text, or the texts of its parts.
fn said(message: &Value) -> String {
    match message {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part["text"].as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

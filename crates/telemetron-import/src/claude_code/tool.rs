//! A call of a tool, and the sub-agent that it may spawn.

use serde_json::{Value, json};
use telemetron_model::record::{Handoff, HandoffMode, HandoffRule, Span, SpanKind, Status};
use telemetron_model::{RawJson, SpanId, Timestamp};
use telemetron_otlp::claude_hooks::ids;

use super::scene::{Scene, failure};
use crate::payload;

/// Tools that spawn a sub-agent, by today's name and the one before.
const SPAWNING: [&str; 2] = ["Agent", "Task"];

/// A call of a tool.
pub(super) struct Tool {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) input: Value,
    pub(super) start: Timestamp,
    pub(super) end: Option<Timestamp>,
    pub(super) output: Value,
    pub(super) failed: bool,
    /// The sub-agent that it spawned.
    pub(super) spawned: Option<String>,
}

impl Tool {
    /// The call in a block of an answer, if it is one.
    pub(super) fn of(block: &Value, start: Timestamp) -> Option<Self> {
        (block["type"] == "tool_use").then_some(())?;
        Some(Self {
            id: block["id"].as_str()?.to_owned(),
            name: block["name"].as_str()?.to_owned(),
            input: block["input"].clone(),
            start,
            end: None,
            output: Value::Null,
            failed: false,
            spawned: None,
        })
    }

    /// Its span, below that of its agent.
    pub(super) fn span(&self, scene: &Scene, agent: SpanId) -> Span {
        let (status, error) = match (self.end, self.failed) {
            // How it ended may be told elsewhere; a failure here would outlast that.
            (None, _) if scene.is_last => (Status::Completed, None),
            (None, _) => {
                let message = "the turn ended without a result of this tool".to_owned();
                (Status::Failed, Some(failure("interrupted", message)))
            }
            (Some(_), true) => (
                Status::Failed,
                Some(failure("tool_error", said(&self.output))),
            ),
            (Some(_), false) => (Status::Completed, None),
        };
        let id = ids::tool(scene.trace_id, &self.id);
        Span {
            status,
            end_time: Some(self.end.unwrap_or(self.start)),
            finish_reason: self.end.is_none().then(|| "broke_off".to_owned()),
            tool_name: Some(self.name.clone()),
            tool_call_id: Some(self.id.clone()),
            input_data: payload::payload(&self.input),
            output_data: (!self.output.is_null())
                .then(|| payload::payload(&self.output))
                .flatten(),
            error,
            ..scene.span(id, Some(agent), &self.name, SpanKind::Tool, self.start)
        }
    }

    /// Whether it spawns a sub-agent.
    pub(super) fn spawns(&self) -> bool {
        SPAWNING.contains(&self.name.as_str())
    }

    /// Who is spawned.
    pub(super) fn target(&self) -> &str {
        self.input["subagent_type"]
            .as_str()
            .unwrap_or("general-purpose")
    }

    /// What passes to the sub-agent.
    pub(super) fn handoff(
        &self,
        scene: &Scene,
        source: &str,
        source_id: Option<&str>,
        span: SpanId,
    ) -> Handoff {
        let text = |name: &str| self.input[name].as_str();
        Handoff {
            handoff_id: span.to_string(),
            trace_id: scene.trace_id,
            span_id: Some(span),
            source_agent_id: source_id.map(str::to_owned),
            source_agent_name: Some(source.to_owned()),
            target_agent_id: self.spawned.clone(),
            target_agent_name: self.target().to_owned(),
            timestamp: self.start,
            until: self.end,
            reason: text("description").map(str::to_owned),
            mode: Some(HandoffMode::Delegate),
            rule: Some(HandoffRule::HandoffTool.as_str().to_owned()),
            context: text("prompt").and_then(|prompt| RawJson::of(&json!({"prompt": prompt}))),
        }
    }
}

/// A result as text.
fn said(output: &Value) -> String {
    match output {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts = blocks.iter().filter_map(|block| block["text"].as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        other => other.to_string(),
    }
}

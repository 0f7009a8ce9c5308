//! One agent's part of a turn: its calls of the model and of tools, and the sub-agents it spawned.

use std::collections::HashMap;

use serde_json::{Value, json};
use telemetron_model::record::{ErrorInfo, Record, Span, SpanKind, Status};
use telemetron_model::{SpanId, Timestamp};

use super::call::Call;
use super::line::Line;
use super::scene::Scene;
use super::subagents::Subagents;
use super::tool::Tool;
use crate::import::payload;

/// The agent that speaks with the user.
pub(super) const MAIN: &str = "main";

/// The calls of one agent.
pub(super) struct Thread {
    prompt: String,
    began: Timestamp,
    pub(super) ended: Timestamp,
    calls: Vec<Call>,
    tools: Vec<Tool>,
}

impl Thread {
    /// Reads the lines of one agent, in order.
    pub(super) fn of(lines: &[Line]) -> Self {
        let first = lines.iter().find_map(Line::time).unwrap_or_default();
        let mut thread = Self {
            prompt: lines.first().map(Line::text).unwrap_or_default(),
            began: first,
            ended: first,
            calls: Vec::new(),
            tools: Vec::new(),
        };
        let mut waiting = Vec::new();
        let mut places = HashMap::new();
        for line in lines {
            let Some(time) = line.time() else { continue };
            match line.kind.as_str() {
                "assistant" => thread.answered(line, time, &mut waiting, &mut places),
                "user" => {
                    thread.returned(line, time);
                    let blocks = line.blocks();
                    waiting.push(json!({"role": "user", "content": blocks}));
                }
                _ => continue,
            }
            thread.ended = thread.ended.max(time);
        }
        thread
    }

    /// A line of an answer; the first of an answer begins when the line before was written.
    fn answered(
        &mut self,
        line: &Line,
        time: Timestamp,
        waiting: &mut Vec<Value>,
        places: &mut HashMap<String, usize>,
    ) {
        let Some(message) = &line.message else { return };
        let id = message.id.clone().unwrap_or_else(|| line.uuid.clone());
        let place = *places.entry(id.clone()).or_insert_with(|| {
            self.calls.push(Call {
                id,
                start: self.ended,
                end: time,
                input: std::mem::take(waiting),
                blocks: Vec::new(),
                model: message
                    .model
                    .clone()
                    .filter(|model| !model.starts_with('<')),
                stop_reason: None,
                usage: None,
                failed: line.is_api_error_message,
            });
            self.calls.len() - 1
        });
        let blocks = line.blocks();
        self.tools
            .extend(blocks.iter().filter_map(|block| Tool::of(block, time)));
        let Some(call) = self.calls.get_mut(place) else {
            return;
        };
        call.blocks.extend(blocks);
        call.end = call.end.max(time);
        call.usage = message.usage.or(call.usage);
        call.stop_reason = message
            .stop_reason
            .clone()
            .or_else(|| call.stop_reason.take());
    }

    /// Results of tools.
    fn returned(&mut self, line: &Line, time: Timestamp) {
        for block in line.blocks() {
            let id = block["tool_use_id"].as_str();
            let Some(tool) = self
                .tools
                .iter_mut()
                .find(|tool| Some(tool.id.as_str()) == id)
            else {
                continue;
            };
            tool.end = Some(time);
            tool.failed = block["is_error"] == true || block["is_error"] == "true";
            tool.output = block["content"].clone();
            tool.spawned = line.tool_use_result["agentId"].as_str().map(str::to_owned);
        }
    }

    /// Whether a tool has not returned, or its last result was never answered.
    pub(super) fn is_unfinished(&self) -> bool {
        self.tools.iter().any(|tool| tool.end.is_none())
            || self.calls.last().is_none_or(|call| call.end < self.ended)
    }

    /// Why it has no answer: its last call of the model failed.
    pub(super) fn failure(&self) -> Option<ErrorInfo> {
        let last = self.calls.last().filter(|call| call.failed);
        last.map(Call::failure)
    }

    /// The last text that it said.
    pub(super) fn answer(&self) -> Option<String> {
        let texts = self.calls.iter().rev().map(Call::text);
        texts.into_iter().find(|text| !text.is_empty())
    }

    /// The records of this agent and of those below it.
    pub(super) fn records(
        &self,
        scene: &Scene,
        name: &str,
        id: Option<&str>,
        parent: Option<SpanId>,
        subagents: &mut Subagents,
    ) -> Vec<Record> {
        let own = scene.agent(id.unwrap_or(MAIN));
        let mut records = vec![self.span(scene, own, name, id, parent).into()];
        let agent = |mut span: Span| {
            span.agent_name = Some(name.to_owned());
            span.agent_id = id.map(str::to_owned);
            Record::from(span)
        };
        records.extend(self.calls.iter().map(|call| agent(call.span(scene, own))));
        for tool in &self.tools {
            let span = tool.span(scene, own);
            let tool_id = span.span_id;
            records.push(agent(span));
            if tool.spawns() {
                records.push(tool.handoff(scene, name, id, tool_id).into());
                let prompt = tool.input["prompt"].as_str();
                if let Some((id, lines)) = subagents.take(tool.spawned.as_deref(), prompt) {
                    let below = Self::of(&lines);
                    let name = tool.target().to_owned();
                    records.extend(below.records(
                        scene,
                        &name,
                        Some(&id),
                        Some(tool_id),
                        subagents,
                    ));
                }
            }
        }
        records
    }

    fn span(
        &self,
        scene: &Scene,
        own: SpanId,
        name: &str,
        id: Option<&str>,
        parent: Option<SpanId>,
    ) -> Span {
        let runs = scene.is_last && self.is_unfinished();
        let failure = self.failure();
        Span {
            status: match (runs, &failure) {
                (true, _) => Status::Running,
                (false, Some(_)) => Status::Failed,
                (false, None) => Status::Completed,
            },
            end_time: (!runs).then_some(self.ended),
            agent_name: Some(name.to_owned()),
            agent_id: id.map(str::to_owned),
            input_data: payload::text(&self.prompt),
            output_data: self.answer().as_deref().and_then(payload::text),
            error: failure.filter(|_| !runs),
            ..scene.span(own, parent, name, SpanKind::Agent, self.began)
        }
    }
}

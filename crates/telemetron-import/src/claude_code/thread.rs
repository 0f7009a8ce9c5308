//! One agent's part of a turn: its calls of the model and of tools, and the sub-agents it spawned.

use std::collections::HashMap;

use serde_json::{Value, json};
use telemetron_model::record::{ErrorInfo, Record, Span, SpanKind, Status};
use telemetron_model::{RawJson, SpanId, Timestamp};

use super::call::Call;
use super::line::Line;
use super::scene::Scene;
use super::subagents::Subagents;
use super::tool::Tool;
use crate::payload;

/// What a prompt says: its text, or all of it where there is more, such as pictures. What Claude Code
/// itself wrote is no prompt.
pub(super) fn prompt(line: &Line) -> Option<RawJson> {
    if line.kind != "user" {
        return None;
    }
    let blocks = line.blocks();
    if blocks.iter().all(|block| block["type"] == "text") {
        return payload::text(&line.text());
    }
    payload::payload(&blocks)
}

/// The agent that speaks with the user.
pub(super) const MAIN: &str = "main";

/// The calls of one agent.
pub(super) struct Thread {
    prompt: Option<RawJson>,
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
            prompt: lines.first().and_then(prompt),
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
                request: line.request_id.clone(),
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

    /// What it was asked.
    pub(super) fn asked(&self) -> Option<RawJson> {
        self.prompt.clone()
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
        let own = scene.agent(id);
        let mut records = vec![self.span(scene, own, name, id, parent).into()];
        let agent = |mut span: Span| {
            span.agent_name = Some(name.to_owned());
            span.agent_id = id.map(str::to_owned);
            Record::from(span)
        };
        records.extend(self.calls.iter().map(|call| agent(call.span(scene, id))));
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
        let broke_off = self.is_unfinished();
        let failure = self.failure();
        Span {
            status: match &failure {
                Some(_) => Status::Failed,
                None => Status::Completed,
            },
            end_time: Some(self.ended),
            finish_reason: broke_off.then(|| "broke_off".to_owned()),
            agent_name: Some(name.to_owned()),
            agent_id: id.map(str::to_owned),
            input_data: self.prompt.clone(),
            output_data: self.answer().as_deref().and_then(payload::text),
            error: failure,
            ..scene.span(own, parent, name, SpanKind::Agent, self.began)
        }
    }
}

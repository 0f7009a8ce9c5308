//! One agent's part of a turn: its calls of the model and of tools, and the sub-agents it spawned.

use std::collections::HashMap;

use serde_json::{Value, json};
use telemetron_model::record::{
    ErrorInfo, Handoff, HandoffMode, HandoffRule, Record, Span, SpanKind, Status, TokenUsage,
};
use telemetron_model::{RawJson, SpanId, Timestamp, TraceId};
use telemetron_otlp::price::Call as Priced;

use super::line::{Line, Usage};
use super::subagents::Subagents;
use crate::import::{PRICES, ids, payload};

/// The agent that speaks with the user.
pub(super) const MAIN: &str = "main";

/// Tools that spawn a sub-agent, by today's name and the one before.
const SPAWNING: [&str; 2] = ["Agent", "Task"];

/// The trace in which all this happens.
pub(super) struct Scene {
    pub(super) trace_id: TraceId,
    pub(super) session: Option<String>,
    /// Whether nothing comes after it: what has no end may still run.
    pub(super) is_last: bool,
}

impl Scene {
    /// The span of an agent.
    pub(super) fn agent(&self, key: &str) -> SpanId {
        ids::span_id(self.trace_id, &format!("agent {key}"), 0)
    }

    fn span(
        &self,
        id: SpanId,
        parent: Option<SpanId>,
        name: &str,
        kind: SpanKind,
        start: Timestamp,
    ) -> Span {
        Span {
            parent_span_id: parent,
            session_id: self.session.clone(),
            ..Span::started(self.trace_id, id, name, kind, start)
        }
    }
}

/// A call of the model: all lines of one answer.
struct Call {
    id: String,
    start: Timestamp,
    end: Timestamp,
    input: Vec<Value>,
    blocks: Vec<Value>,
    model: Option<String>,
    stop_reason: Option<String>,
    usage: Option<Usage>,
    failed: bool,
}

/// A call of a tool.
struct Tool {
    id: String,
    name: String,
    input: Value,
    start: Timestamp,
    end: Option<Timestamp>,
    output: Value,
    failed: bool,
    /// The sub-agent that it spawned.
    spawned: Option<String>,
}

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
            if SPAWNING.contains(&tool.name.as_str()) {
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

impl Call {
    fn text(&self) -> String {
        let texts = self
            .blocks
            .iter()
            .filter_map(|block| block["text"].as_str());
        texts.collect::<Vec<_>>().join("\n")
    }

    fn failure(&self) -> ErrorInfo {
        failure("api_error", self.text())
    }

    fn span(&self, scene: &Scene, agent: SpanId) -> Span {
        let usage = self.usage.map(tokens);
        let cost = usage.zip(self.model.as_deref()).and_then(|(usage, model)| {
            PRICES.cost(&Priced {
                model,
                provider: Some("anthropic"),
                usage,
                cache_written: self.usage.unwrap_or_default().cache_creation_input_tokens,
            })
        });
        let id = ids::span_id(scene.trace_id, &format!("message {}", self.id), 0);
        let name = self.model.as_deref().unwrap_or("model");
        Span {
            status: if self.failed {
                Status::Failed
            } else {
                Status::Completed
            },
            end_time: Some(self.end),
            model: self.model.clone(),
            provider: Some("anthropic".to_owned()),
            finish_reason: self.stop_reason.clone(),
            // What was new to the model: the rest of the conversation it had seen before.
            input_data: payload::payload(&self.input),
            output_data: payload::payload(&self.blocks),
            token_usage: usage,
            cost_usd: cost,
            error: self.failed.then(|| self.failure()),
            ..scene.span(
                id,
                Some(agent),
                &format!("chat {name}"),
                SpanKind::Llm,
                self.start,
            )
        }
    }
}

/// Input with what was cached, as everywhere here.
fn tokens(usage: Usage) -> TokenUsage {
    let input =
        usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens;
    TokenUsage {
        input,
        output: usage.output_tokens,
        total: input + usage.output_tokens,
        cached: usage.cache_read_input_tokens,
        reasoning: 0,
    }
}

impl Tool {
    fn of(block: &Value, start: Timestamp) -> Option<Self> {
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

    fn span(&self, scene: &Scene, agent: SpanId) -> Span {
        let (status, error) = match (self.end, self.failed) {
            (None, _) if scene.is_last => (Status::Running, None),
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
        let runs = status == Status::Running;
        let id = ids::span_id(scene.trace_id, &format!("tool {}", self.id), 0);
        Span {
            status,
            end_time: (!runs).then(|| self.end.unwrap_or(self.start)),
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

    /// Who is spawned.
    fn target(&self) -> &str {
        self.input["subagent_type"]
            .as_str()
            .unwrap_or("general-purpose")
    }

    fn handoff(
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

fn failure(error_type: &str, message: String) -> ErrorInfo {
    ErrorInfo {
        error_type: error_type.to_owned(),
        message,
        stack: None,
        category: None,
        severity: None,
        retryable: None,
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

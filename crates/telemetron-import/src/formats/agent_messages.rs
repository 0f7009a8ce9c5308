//! Messages of the Claude Agent SDK, as it gets them from Claude Code: a line each, as `stream-json`
//! prints them, or the `messages` of a cassette.
//!
//! ```json
//! {"type": "system", "subtype": "init", "session_id": "…", "cwd": "…"}
//! {"type": "assistant", "message": {"id": "…", "model": "…", "content": […], "usage": {…}}}
//! {"type": "user", "message": {"content": [{"type": "tool_result", …}]}, "parent_tool_use_id": null}
//! {"type": "result", "subtype": "success", "is_error": false, "result": "…"}
//! ```
//!
//! They tell no times: what they say of the order is kept, and marked as such. Each prompt with what
//! came of it is a trace.

use std::collections::HashMap;

use serde_json::Value;
use telemetron_model::record::Record;

use crate::story::{self, Story};
use crate::{Document, Documents, Format, Reading, Run};

/// The form of a cassette.
pub(crate) struct Cassette;

/// The form's name, whatever the messages stand in.
const FORMAT: &str = "claude-agent-sdk";

/// Who answers.
const AGENT: &str = "main";

/// The tools that put another agent to work.
const SPAWNING: [&str; 2] = ["Agent", "Task"];

impl Format for Cassette {
    fn name(&self) -> &'static str {
        FORMAT
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let messages = document.field("messages");
        messages.starts_with('[') && messages.contains("\"direction\"")
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let whole: Value = document.parse()?;
        let messages = whole["messages"].as_array().cloned().unwrap_or_default();
        let messages = messages.into_iter().map(|mut it| it["message"].take());
        told(messages, document.text()).ok_or_else(|| "nobody answers in it".to_owned())
    }
}

/// Reads a file of such lines as one. `None` when its first line is none of these.
pub(crate) fn read_lines(bytes: &[u8]) -> Option<Vec<Reading>> {
    let first = Documents::of(bytes).next()?.ok()?;
    is_message(&Document::of(first)).then_some(())?;
    let (mut messages, mut skipped) = (Vec::new(), Vec::new());
    for value in Documents::of(bytes) {
        match value.map(|value| serde_json::from_str::<Value>(value.get())) {
            Ok(Ok(message)) if message["type"].is_string() => messages.push(message),
            Ok(_) => skipped.push("a line that is no message".to_owned()),
            Err(reason) => skipped.push(reason),
        }
    }
    let text = String::from_utf8_lossy(bytes);
    let run = told(messages.into_iter(), &text);
    let mut readings: Vec<_> = run
        .into_iter()
        .map(|run| Reading::Run {
            format: FORMAT,
            run,
        })
        .collect();
    readings.extend(skipped.into_iter().map(Reading::Skipped));
    Some(readings)
}

/// Whether a document is such a line; a transcript's lines have ids of their own and times.
fn is_message(document: &Document<'_>) -> bool {
    let kind = document.field("type").trim_matches('"');
    let known = match kind {
        "system" => document.has(&["subtype", "session_id"]),
        "assistant" | "user" => document.has(&["message", "session_id"]),
        _ => false,
    };
    known && !document.has(&["timestamp"]) && !document.has(&["parentUuid"])
}

fn told(messages: impl Iterator<Item = Value>, text: &str) -> Option<Run> {
    let mut run = Run::default();
    let mut teller = Teller::default();
    for message in messages {
        if teller.is_over(&message) {
            run.add(std::mem::take(&mut teller).records());
        }
        teller.hear(&message, text);
    }
    run.add(teller.records());
    (!run.records.is_empty()).then_some(run)
}

/// One prompt and what came of it.
#[derive(Default)]
struct Teller {
    story: Option<Story>,
    prompt: Value,
    session: Value,
    directory: Value,
    /// The answers of models, by their ids: an answer comes in several messages.
    answers: HashMap<String, usize>,
    /// Tools by the ids of their calls; a sub-agent's span where one spawned it.
    tools: HashMap<String, (usize, Option<usize>)>,
    heard: Value,
    ended: bool,
}

impl Teller {
    /// Whether a message begins the next prompt.
    fn is_over(&self, message: &Value) -> bool {
        self.ended
            && matches!(
                message["type"].as_str(),
                Some("user" | "assistant" | "system")
            )
    }

    fn hear(&mut self, message: &Value, text: &str) {
        match message["type"].as_str() {
            Some("system") if message["subtype"] == "init" => {
                self.session = message["session_id"].clone();
                self.directory = message["cwd"].clone();
            }
            Some("user") => self.user(message),
            Some("assistant") => self.assistant(message, text),
            Some("result") => self.result(message, text),
            _ => {}
        }
    }

    fn begin(&mut self, text: &str) -> &mut Story {
        let (prompt, session) = (&self.prompt, &self.session);
        let directory = &self.directory;
        self.story.get_or_insert_with(|| {
            let mut story = Story::of(&format!("{FORMAT}\n{session}\n{prompt}\n{text}"));
            let start = story.tick();
            let root = story.add(None, AGENT.to_owned(), start, story::agent(AGENT, prompt));
            story.tell(root, "gen_ai.conversation.id", session.clone());
            story.tell(root, "process.working_directory", story::text(directory));
            story
        })
    }

    fn user(&mut self, message: &Value) {
        let content = &message["message"]["content"];
        let results = content.as_array().into_iter().flatten();
        let mut any = false;
        for block in results.filter(|block| block["type"] == "tool_result") {
            any = true;
            self.answer(block);
        }
        if !any && self.story.is_none() && message["parent_tool_use_id"].is_null() {
            self.prompt = words(content);
        }
        self.heard = words(content);
    }

    fn answer(&mut self, block: &Value) {
        let id = block["tool_use_id"].as_str().unwrap_or_default();
        let (Some((place, agent)), Some(story)) = (self.tools.get(id), &mut self.story) else {
            return;
        };
        let now = story.tick();
        let said = words(&block["content"]);
        for place in [Some(*place), *agent].into_iter().flatten() {
            story.end(place, now);
        }
        if let Some(agent) = agent {
            story.tell(*agent, "output.value", story::text(&said));
        }
        if block["is_error"] == true {
            let why = said.as_str().unwrap_or("the tool failed");
            story.fail(*place, why.chars().take(200).collect());
        }
        story.tell(*place, "gen_ai.tool.call.result", story::text(&said));
    }

    fn assistant(&mut self, message: &Value, text: &str) {
        self.begin(text);
        let Some(story) = &mut self.story else { return };
        let above = message["parent_tool_use_id"].as_str();
        let above = above.and_then(|id| self.tools.get(id));
        let above = above.map_or(0, |(tool, agent)| agent.unwrap_or(*tool));
        let said = &message["message"];
        let content = &said["content"];
        let id = said["id"].as_str().unwrap_or_default();
        let now = story.tick();
        if let Some(place) = self.answers.get(id) {
            story.end(*place, now);
        } else {
            let model = said["model"].as_str();
            let name = format!("chat {}", model.unwrap_or_default());
            let heard = std::mem::take(&mut self.heard);
            let attributes = story::chat(model, &said["usage"], &heard, content);
            let place = story.add(Some(above), name, now, attributes);
            story.tell(place, "gen_ai.response.id", id);
            self.answers.insert(id.to_owned(), place);
        }
        for block in content.as_array().into_iter().flatten() {
            match block["type"].as_str() {
                Some("text") => story.tell(above, "output.value", story::text(&block["text"])),
                Some("tool_use") => {
                    let name = block["name"].as_str().unwrap_or_default();
                    let call = block["id"].as_str().unwrap_or_default();
                    let begun = story.tick();
                    let attributes = story::tool(name, Some(call), &block["input"]);
                    let place = story.add(
                        Some(above),
                        format!("execute_tool {name}"),
                        begun,
                        attributes,
                    );
                    let spawned = SPAWNING.contains(&name).then(|| {
                        let agent = block["input"]["subagent_type"].as_str();
                        let agent = agent.unwrap_or("general-purpose");
                        let attributes = story::agent(agent, &block["input"]["prompt"]);
                        story.add(Some(place), agent.to_owned(), begun, attributes)
                    });
                    self.tools.insert(call.to_owned(), (place, spawned));
                }
                _ => {}
            }
        }
        story.end(0, now);
    }

    fn result(&mut self, message: &Value, text: &str) {
        let story = self.begin(text);
        let now = story.tick();
        story.end(0, now);
        story.tell(0, "output.value", story::text(&message["result"]));
        if message["is_error"] == true {
            let why = message["result"]
                .as_str()
                .or_else(|| message["subtype"].as_str());
            story.fail(0, why.unwrap_or("it failed").to_owned());
        }
        self.ended = true;
    }

    fn records(self) -> Run {
        let directory = self.directory.as_str().unwrap_or_default();
        let project = directory.rsplit(['/', '\\']).next().unwrap_or_default();
        let mut run = self.story.map(Story::records).unwrap_or_default();
        for record in &mut run.records {
            if let Record::Span(span) = record
                && !project.is_empty()
            {
                span.project = Some(project.to_owned());
            }
        }
        run
    }
}

/// The texts of a message.
fn words(content: &Value) -> Value {
    let Some(blocks) = content.as_array() else {
        return content.clone();
    };
    let texts: Vec<_> = blocks
        .iter()
        .filter_map(|block| block["text"].as_str())
        .collect();
    texts.join("\n").into()
}

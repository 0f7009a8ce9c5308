//! Evaluation logs of Inspect: a trace for each sample.
//!
//! ```json
//! {"version": 2, "eval": {"task": "…", "model": "…"}, "samples": [{"id": 1, "epoch": 1, "input": "…",
//!  "messages": […], "events": [{"event": "model", …}, {"event": "tool", …}], "attachments": {…}}]}
//! ```
//!
//! Events tell calls of models and tools with their times; where a sample has none, its messages are
//! a chat without times. Scores and right answers (`scores`, `target`) are left out.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::chat::{self, Message};
use crate::conversation::Conversation;
use crate::foreign::nanos;
use crate::story::{self, Story};
use crate::{Document, Format, Run, records};

/// The form of Inspect.
pub(crate) struct Inspect;

#[derive(Deserialize)]
struct Log<'a> {
    #[serde(default)]
    eval: Value,
    #[serde(borrow, default)]
    samples: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Sample {
    #[serde(default)]
    input: Value,
    #[serde(default)]
    messages: Vec<Message>,
    #[serde(default)]
    events: Vec<Value>,
    /// Where older logs have the events.
    #[serde(default)]
    transcript: Value,
    #[serde(default)]
    attachments: Map<String, Value>,
    #[serde(default)]
    output: Value,
    #[serde(default)]
    error: Value,
    #[serde(default)]
    limit: Value,
}

impl Format for Inspect {
    fn name(&self) -> &'static str {
        "inspect"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.has(&["eval", "samples"]) || document.has(&["eval", "plan", "stats"])
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let log: Log<'_> = document.parse()?;
        let mut run = Run::default();
        for (place, raw) in log.samples.iter().flatten().enumerate() {
            match sample(raw, &log.eval) {
                Ok(read) => run.add(read),
                Err(reason) => run.rejected.push(format!("sample {}: {reason}", place + 1)),
            }
        }
        match run.records.is_empty() && run.rejected.is_empty() {
            true => Err("it holds no samples".to_owned()),
            false => Ok(run),
        }
    }
}

fn sample(raw: &RawValue, eval: &Value) -> Result<Run, String> {
    let text = raw.get();
    let mut sample: Sample = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if sample.events.is_empty() {
        let events = sample.transcript["events"].take();
        sample.events = serde_json::from_value(events).unwrap_or_default();
        let attached = sample.transcript["content"].take();
        sample
            .attachments
            .extend(attached.as_object().cloned().unwrap_or_default());
    }
    let does = |event: &Value| matches!(event["event"].as_str(), Some("model" | "tool"));
    if sample.events.iter().any(does) {
        return Ok(Teller::of(sample, eval, text).records());
    }
    if sample.messages.is_empty() {
        return Err("it tells neither events nor messages".to_owned());
    }
    let mut talk = Conversation {
        format: "inspect",
        name: "inspect",
        handoffs: Some(Vec::new()),
        ..Conversation::default()
    };
    chat::talk(sample.messages, &mut talk);
    Ok(records::of(&Document::of(raw), &talk).into())
}

/// Tells a sample by its events.
struct Teller {
    story: Story,
    events: Vec<Value>,
    attachments: Map<String, Value>,
    /// Spans by their ids in the log.
    places: HashMap<String, usize>,
    /// The span of a tool that has begun, and whose call is told next.
    begun: Option<(String, String)>,
    now: u64,
}

impl Teller {
    fn of(sample: Sample, eval: &Value, text: &str) -> Self {
        let task = eval["task"].as_str().unwrap_or("inspect");
        let mut story = Story::of(&format!("inspect\n{text}"));
        let attached = Attached(&sample.attachments);
        let root = story.add(
            None,
            task.to_owned(),
            0,
            json!({
                "gen_ai.workflow.name": task,
                "input.value": story::text(&attached.opened(&sample.input)),
                "output.value": story::text(&attached.opened(answer(&sample.output))),
                "inspect.limit": story::text(&sample.limit),
            }),
        );
        if let Some(why) = sample.error["message"].as_str() {
            story.fail(root, why.to_owned());
        }
        Self {
            story,
            events: sample.events,
            attachments: sample.attachments,
            places: HashMap::new(),
            begun: None,
            now: 0,
        }
    }

    fn records(mut self) -> Run {
        for event in std::mem::take(&mut self.events) {
            let time = nanos(&event["timestamp"]);
            if self.now == 0
                && time > 0
                && let Some(root) = self.story.at(0)
            {
                root.start = time;
            }
            self.now = self.now.max(time);
            self.event(&event, time);
            self.story.end(0, self.now);
        }
        self.story.records()
    }

    fn event(&mut self, event: &Value, time: u64) {
        let id = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        match event["event"].as_str() {
            Some("span_begin") => self.begin(event, time),
            Some("span_end") => {
                if let Some(place) = self.places.get(&id("id")) {
                    self.story.end(*place, time);
                }
            }
            Some("model") => self.model(event, time),
            Some("tool") => self.tool(event, time),
            _ => {}
        }
    }

    fn parent(&self, event: &Value, name: &str) -> usize {
        let id = event[name].as_str().unwrap_or_default();
        self.places.get(id).copied().unwrap_or_default()
    }

    /// A span: an agent's, or a step. That of a tool is told by its call; scorers judge the run and
    /// are no part of it.
    fn begin(&mut self, event: &Value, time: u64) {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let (id, name) = (text("id"), text("name"));
        let parent = self.parent(event, "parent_id");
        let place = match event["type"].as_str() {
            Some("tool") => {
                self.begun = Some((id, name));
                return;
            }
            Some("scorer" | "scorers" | "init") => parent,
            Some("agent") => {
                let attributes = story::agent(&name, &Value::Null);
                self.story.add(Some(parent), name, time, attributes)
            }
            _ => self.story.add(Some(parent), name, time, json!({})),
        };
        self.places.insert(id, place);
    }

    fn model(&mut self, event: &Value, time: u64) {
        let parent = self.parent(event, "span_id");
        let asked = event["model"].as_str();
        let output = &event["output"];
        let attached = Attached(&self.attachments);
        let input = attached.opened(&event["input"]);
        let said = attached.opened(answer(output));
        let model = output["model"].as_str().filter(|model| !model.is_empty());
        let attributes = story::chat(model.or(asked), &output["usage"], &input, &said);
        let name = format!("chat {}", asked.unwrap_or_default());
        let place = self.story.add(Some(parent), name, time, attributes);
        // A name with its provider, as Inspect asks for it.
        let provider = asked.and_then(|asked| Some(asked.split_once('/')?.0));
        self.story.tell(place, "gen_ai.provider.name", provider);
        self.story.tell(
            place,
            "gen_ai.response.finish_reasons",
            output
                .pointer("/choices/0/stop_reason")
                .cloned()
                .unwrap_or_default(),
        );
        self.finish(place, event, time);
        let failed = [&event["error"], &output["error"]];
        if let Some(why) = failed.into_iter().find_map(Value::as_str) {
            self.story.fail(place, why.to_owned());
        }
    }

    fn tool(&mut self, event: &Value, time: u64) {
        let parent = self.parent(event, "span_id");
        let name = event["function"].as_str().unwrap_or_default();
        let attached = Attached(&self.attachments);
        let given = attached.opened(&event["arguments"]);
        let got = attached.opened(&event["result"]);
        let attributes = story::tool(name, event["id"].as_str(), &given);
        let place = self.story.add(
            Some(parent),
            format!("execute_tool {name}"),
            time,
            attributes,
        );
        if let Some((id, _)) = self.begun.take_if(|(_, begun)| *begun == name) {
            self.places.insert(id, place);
        }
        self.story
            .tell(place, "gen_ai.tool.call.result", story::text(&got));
        self.finish(place, event, time);
        if let Some(why) = event["error"]["message"].as_str() {
            self.story.fail(place, why.to_owned());
        }
    }

    fn finish(&mut self, place: usize, event: &Value, time: u64) {
        let end = nanos(&event["completed"]).max(time);
        self.now = self.now.max(end);
        self.story.end(place, end);
    }
}

/// What a model answered: its message, else its text.
fn answer(output: &Value) -> &Value {
    let message = output.pointer("/choices/0/message");
    message.unwrap_or_else(|| &output["completion"])
}

/// Long texts stand apart, and where they belong stands their name.
struct Attached<'a>(&'a Map<String, Value>);

impl Attached<'_> {
    fn opened(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => text
                .strip_prefix("attachment://")
                .and_then(|name| self.0.get(name))
                .unwrap_or(value)
                .clone(),
            Value::Array(items) => items.iter().map(|item| self.opened(item)).collect(),
            Value::Object(fields) => {
                let all = fields.iter();
                Value::Object(
                    all.map(|(name, value)| (name.clone(), self.opened(value)))
                        .collect(),
                )
            }
            other => other.clone(),
        }
    }
}

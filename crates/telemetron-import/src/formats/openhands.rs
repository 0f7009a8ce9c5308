//! OpenHands: the events of a run, alone as its trajectories have them, or under `history` as its
//! evaluations do.
//!
//! ```json
//! [{"id": 0, "source": "user", "action": "message", "args": {"content": "…"}, "timestamp": "…"},
//!  {"id": 3, "source": "agent", "action": "run", "args": {"command": "ls"},
//!   "tool_call_metadata": {"function_name": "…", "model_response": {"model": "…", "usage": {…}}}},
//!  {"id": 4, "cause": 3, "observation": "run", "content": "…", "extras": {…}}]
//! ```
//!
//! What a test of the result said (`test_result`, `success`) is left out.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::chat::failure;
use crate::foreign::nanos;
use crate::story::{self, Story};
use crate::{Document, Format, Run};

/// The form of OpenHands.
pub(crate) struct OpenHands;

/// The agent where no log names its class.
const AGENT: &str = "openhands";

/// Actions that are words, not deeds.
const WORDS: [&str; 5] = ["message", "finish", "think", "reject", "system"];

/// Arguments of an action that are not those of its tool.
const BESIDE: [&str; 9] = [
    "thought",
    "hidden",
    "blocking",
    "is_input",
    "confirmation_state",
    "impl_source",
    "keep_prompt",
    "security_risk",
    "translated_ipython_code",
];

#[derive(Deserialize)]
struct Log {
    history: Vec<Value>,
    #[serde(default)]
    metadata: Value,
    #[serde(default)]
    error: Value,
}

impl Format for OpenHands {
    fn name(&self) -> &'static str {
        "openhands"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        is_events(document.text()) || is_events(document.field("history"))
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let log = match document.text().starts_with('[') {
            true => Log {
                history: document.parse()?,
                metadata: Value::Null,
                error: Value::Null,
            },
            false => document.parse()?,
        };
        let agent = log.metadata["agent_class"].as_str().unwrap_or(AGENT);
        let mut reader = Reader::new(document.text(), agent);
        // The oldest logs have an action and what it showed in a list of two.
        for event in log.history {
            match event {
                Value::Array(pair) => pair.iter().for_each(|event| reader.event(event)),
                event => reader.event(&event),
            }
        }
        if let Some(why) = log.error.as_str() {
            reader.story.fail(0, why.to_owned());
        }
        Ok(reader.story.records())
    }
}

/// Whether a text is a list of events, by its first.
pub(crate) fn is_events(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('[') else {
        return false;
    };
    let mut values = serde_json::Deserializer::from_str(rest.trim_start()).into_iter::<Value>();
    let first = values.next().and_then(Result::ok).unwrap_or_default();
    let first = first.get(0).unwrap_or(&first);
    let of_either = |name: &str| first[name].is_string();
    let marks = ["source", "args", "thought", "content", "extras"];
    let is_marked = marks.iter().any(|name| first.get(*name).is_some());
    (of_either("action") || of_either("observation")) && is_marked
}

struct Reader {
    story: Story,
    /// The spans of the agents at work, the innermost last.
    at_work: Vec<usize>,
    /// The tools that were called and have not answered: event, span.
    waiting: Vec<(Option<i64>, usize)>,
    answers: HashSet<String>,
    heard: Value,
    now: u64,
}

impl Reader {
    fn new(text: &str, agent: &str) -> Self {
        let mut story = Story::of(text);
        let root = story.add(None, agent.to_owned(), 0, story::agent(agent, &Value::Null));
        Self {
            story,
            at_work: vec![root],
            waiting: Vec::new(),
            answers: HashSet::new(),
            heard: Value::Null,
            now: 0,
        }
    }

    fn event(&mut self, event: &Value) {
        let before = self.now;
        let time = nanos(&event["timestamp"]);
        self.now = if time > 0 { time } else { self.story.tick() }.max(before);
        if before == 0
            && let Some(root) = self.story.at(0)
        {
            root.start = self.now;
        }
        self.story.end(0, self.now);
        if let Some(action) = event["action"].as_str() {
            match event["source"].as_str() {
                Some("user") => self.asked(action, event),
                Some("environment") => {}
                _ => self.did(action, event, if before == 0 { self.now } else { before }),
            }
        } else if let Some(seen) = event["observation"].as_str() {
            self.saw(seen, event);
        }
    }

    fn asked(&mut self, action: &str, event: &Value) {
        let content = &event["args"]["content"];
        if action == "message" && content.is_string() {
            self.heard = content.clone();
            let said = self
                .story
                .at(0)
                .map(|root| root.attributes.contains_key("input.value"));
            if said == Some(false) {
                self.story.tell(0, "input.value", story::text(content));
            }
        }
    }

    fn did(&mut self, action: &str, event: &Value, since: u64) {
        let parent = self.at_work.last().copied();
        let args = arguments(event);
        let told = ["content", "final_thought", "thought"];
        let words = told.iter().map(|name| &args[*name]);
        let words = words
            .chain([&event["thought"]])
            .find(|it| it.as_str().is_some_and(|it| !it.is_empty()));
        let words = words.cloned().unwrap_or_default();
        if action == "system" || action == "change_agent_state" || action == "recall" {
            return;
        }
        self.answered(event, since, &words);
        if action == "delegate" {
            let agent = args["agent"].as_str().unwrap_or(AGENT);
            let attributes = story::agent(agent, &args["inputs"]);
            let place = self
                .story
                .add(parent, agent.to_owned(), self.now, attributes);
            self.at_work.push(place);
        } else if WORDS.contains(&action) {
            if action != "think" {
                let output = if words.is_null() {
                    event["message"].clone()
                } else {
                    words
                };
                self.story.tell(
                    *self.at_work.last().unwrap_or(&0),
                    "output.value",
                    story::text(&output),
                );
            }
        } else {
            let metadata = &event["tool_call_metadata"];
            let name = metadata["function_name"].as_str().unwrap_or(action);
            let given: Map<String, Value> = match args {
                Value::Object(map) => map
                    .into_iter()
                    .filter(|(name, value)| !value.is_null() && !BESIDE.contains(&name.as_str()))
                    .collect(),
                _ => Map::new(),
            };
            let attributes = story::tool(
                name,
                metadata["tool_call_id"].as_str(),
                &Value::Object(given),
            );
            let place =
                self.story
                    .add(parent, format!("execute_tool {name}"), self.now, attributes);
            self.waiting.push((event["id"].as_i64(), place));
        }
    }

    /// The call of the model that asked for an action; one answer may ask for several.
    fn answered(&mut self, event: &Value, since: u64, words: &Value) {
        let response = &event["tool_call_metadata"]["model_response"];
        let response = if response.is_null() {
            &event["llm_metrics"]
        } else {
            response
        };
        let (Some(id), Some(model)) = (response["id"].as_str(), response["model"].as_str()) else {
            return;
        };
        if !self.answers.insert(id.to_owned()) {
            return;
        }
        let said = response.pointer("/choices/0/message").unwrap_or(words);
        let heard = std::mem::take(&mut self.heard);
        let attributes = story::chat(Some(model), &response["usage"], &heard, said);
        let parent = self.at_work.last().copied();
        let place = self
            .story
            .add(parent, format!("chat {model}"), since, attributes);
        self.story.end(place, self.now);
    }

    fn saw(&mut self, seen: &str, event: &Value) {
        if seen == "agent_state_changed" {
            if event["extras"]["agent_state"] == "error" {
                let why = event["extras"]["reason"]
                    .as_str()
                    .unwrap_or("the agent failed");
                self.story.fail(0, why.to_owned());
            }
            return;
        }
        if seen == "delegate" && self.at_work.len() > 1 {
            if let Some(place) = self.at_work.pop() {
                self.story.tell(
                    place,
                    "output.value",
                    story::text(&event["extras"]["outputs"]),
                );
                self.story.end(place, self.now);
            }
            return;
        }
        let content = event["content"].as_str().unwrap_or_default();
        self.heard = content.into();
        let cause = event["cause"].as_i64();
        let is_it = |(id, _): &(Option<i64>, usize)| cause.is_none() || *id == cause;
        let Some(at) = self.waiting.iter().position(is_it) else {
            return;
        };
        let (_, place) = self.waiting.remove(at);
        self.story.tell(
            place,
            "gen_ai.tool.call.result",
            story::text(&event["content"]),
        );
        self.story.end(place, self.now);
        if let Some(why) = failed(seen, event, content) {
            self.story.fail(place, why);
        }
    }
}

/// The arguments of an action; the oldest logs have them beside its name.
fn arguments(event: &Value) -> Value {
    match (&event["args"], event) {
        (Value::Object(args), _) => Value::Object(args.clone()),
        (_, Value::Object(fields)) => {
            let beside = [
                "action",
                "id",
                "source",
                "timestamp",
                "message",
                "cause",
                "is_confirmed",
                "action_risk",
            ];
            let own = fields
                .iter()
                .filter(|(name, _)| !beside.contains(&name.as_str()));
            Value::Object(
                own.map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
            )
        }
        _ => Value::Null,
    }
}

/// Why a tool failed, as what it showed says.
fn failed(seen: &str, event: &Value, content: &str) -> Option<String> {
    let extras = &event["extras"];
    let codes = [
        &extras["metadata"]["exit_code"],
        &extras["exit_code"],
        &event["exit_code"],
    ];
    let code = codes.into_iter().find_map(Value::as_i64);
    match code {
        Some(0) => None,
        Some(code) => Some(format!("exit code {code}")),
        None if seen == "error" || extras["error"] == true => {
            Some(content.chars().take(200).collect())
        }
        None => failure(content),
    }
}

//! Chats as models take them: a list of messages with roles, alone or with what a benchmark says of it.
//!
//! ```json
//! [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "4"}]
//! {"task_id": 1, "reward": 0.0, "traj": [ … ]}          tau-bench
//! {"info": {"exit_status": "…"}, "messages": [ … ]}     mini-SWE-agent, lines for fine-tuning
//! {"history": [ … ]}                                    SWE-agent
//! ```
//!
//! What people and tools say is what the next answer got; tools are calls of the answer before. Scores
//! and right answers (`reward`, `info.reward_info`, `info.task`) are left out.

use serde::Deserialize;
use serde_json::{Map, Value};
use telemetron_model::RawJson;
use telemetron_model::record::ToolCall;

use crate::conversation::{Conversation, Entry, Turn, note};
use crate::{Document, Format, Run, payload, records};

/// The form of chats.
pub(crate) struct Chat;

/// The fields under which a list of messages stands.
const LISTS: [&str; 3] = ["messages", "traj", "history"];

/// What somebody later wrote about the run.
const JUDGEMENTS: [&str; 5] = ["reward", "info", "trial", "label", "score"];

/// One message.
#[derive(Deserialize)]
pub(super) struct Message {
    role: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    agent: Option<String>,
    #[serde(default)]
    content: Value,
    #[serde(default)]
    tool_calls: Option<Vec<Value>>,
    #[serde(default)]
    tool_call_id: Option<String>,
    #[serde(default)]
    error: Value,
}

impl Format for Chat {
    fn name(&self) -> &'static str {
        "chat"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        is_chat(document.text()) || LISTS.iter().any(|list| is_chat(document.field(list)))
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let is_bare = document.text().starts_with('[');
        let list = match is_bare {
            true => document.text(),
            false => {
                let mut lists = LISTS.iter().map(|list| document.field(list));
                lists.find(|list| is_chat(list)).unwrap_or_default()
            }
        };
        let messages: Vec<Message> =
            serde_json::from_str(list).map_err(|error| error.to_string())?;
        let mut chat = Conversation {
            format: self.name(),
            name: "chat",
            handoffs: Some(Vec::new()),
            ..Conversation::default()
        };
        if !is_bare {
            let all: Map<String, Value> = document.parse()?;
            let told = all.into_iter().filter(|(name, value)| {
                let is_plain = !value.is_array() && !value.is_object() && !value.is_null();
                is_plain && !JUDGEMENTS.contains(&name.as_str())
            });
            chat.metadata = told.collect();
        }
        talk(messages, &mut chat);
        if !chat
            .entries
            .iter()
            .any(|entry| matches!(entry, Entry::Turn(_)))
        {
            return Err("nobody answers in this chat".to_owned());
        }
        Ok(records::of(document, &chat).into())
    }
}

/// Whether a text is a list of messages, by its first.
pub(crate) fn is_chat(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Marks {
        #[serde(rename = "role")]
        _role: String,
        content: Option<serde::de::IgnoredAny>,
        tool_calls: Option<serde::de::IgnoredAny>,
    }
    if !text.starts_with('[') {
        return false;
    }
    let mut values =
        serde_json::Deserializer::from_str(text[1..].trim_start()).into_iter::<Marks>();
    let first = values.next().and_then(Result::ok);
    first.is_some_and(|marks| marks.content.is_some() || marks.tool_calls.is_some())
}

pub(super) fn talk(messages: Vec<Message>, chat: &mut Conversation) {
    let mut heard: Vec<String> = Vec::new();
    for message in messages {
        let text = words(&message.content);
        match message.role.as_str() {
            "system" | "developer" => chat.entries.push(note(text)),
            "assistant" | "ai" => {
                let agent = message.agent.or(message.name);
                let mut turn = Turn::new(agent.unwrap_or_else(|| "assistant".to_owned()), text);
                turn.input = (!heard.is_empty()).then(|| heard.join("\n"));
                heard.clear();
                turn.calls = calls(message.tool_calls.unwrap_or_default(), &message.content);
                chat.entries.push(turn.into());
            }
            "tool" | "function" => {
                let id = message.tool_call_id.as_deref();
                let called = answer(chat, id, message.name.as_deref(), &text);
                let why = message.error["message"].as_str();
                if let (Some(call), Some(why)) = (called, why) {
                    call.error = Some(why.to_owned());
                }
                heard.push(text);
            }
            _ => {
                for block in message.content.as_array().into_iter().flatten() {
                    if block["type"] == "tool_result" {
                        let said = words(&block["content"]);
                        answer(chat, block["tool_use_id"].as_str(), None, &said);
                    }
                }
                chat.question.get_or_insert_with(|| text.clone());
                heard.push(text);
            }
        }
    }
}

/// The calls that an answer asks for, as either interface writes them.
fn calls(listed: Vec<Value>, content: &Value) -> Vec<ToolCall> {
    let blocks = content.as_array().into_iter().flatten();
    let blocks = blocks.filter(|block| block["type"] == "tool_use").cloned();
    let all = listed.into_iter().chain(blocks);
    all.filter_map(|call| {
        let function = &call["function"];
        let name = [&function["name"], function, &call["name"]];
        let name = name.into_iter().find_map(Value::as_str)?;
        let given = [&function["arguments"], &call["input"], &call["arguments"]];
        let given = given.into_iter().find(|given| !given.is_null());
        Some(ToolCall {
            tool_name: name.to_owned(),
            call_id: call["id"].as_str().map(str::to_owned),
            arguments: given.and_then(arguments),
            result: None,
            duration_ns: None,
            error: None,
        })
    })
    .collect()
}

/// Arguments; a text that is JSON is opened.
pub(super) fn arguments(given: &Value) -> Option<RawJson> {
    let text = given.as_str();
    let opened = text.and_then(|text| RawJson::from_text(text.to_owned()).ok());
    opened.or_else(|| payload::payload(given))
}

/// What a tool gave back: to the call of this id, else to the first that waits.
fn answer<'c>(
    chat: &'c mut Conversation,
    id: Option<&str>,
    name: Option<&str>,
    text: &str,
) -> Option<&'c mut ToolCall> {
    let turns = chat
        .entries
        .iter_mut()
        .rev()
        .filter_map(|entry| match entry {
            Entry::Turn(turn) => Some(turn),
            Entry::Note(_) => None,
        });
    for turn in turns {
        let is_it = |call: &&mut ToolCall| match id {
            Some(id) => call.call_id.as_deref() == Some(id),
            None => call.result.is_none() && name.is_none_or(|name| call.tool_name == name),
        };
        if let Some(call) = turn.calls.iter_mut().find(is_it) {
            call.result = payload::text(text);
            call.error = failure(text);
            return Some(call);
        }
    }
    None
}

/// Why a tool failed, where what it gave back says so by an exit code or in its first word.
pub(super) fn failure(text: &str) -> Option<String> {
    let code = |mark: &str| {
        let rest = text.split_once(mark)?.1.trim_start();
        let digits: String = rest
            .chars()
            .take_while(|c| *c == '-' || c.is_ascii_digit())
            .collect();
        digits.parse::<i64>().ok().filter(|code| *code != 0)
    };
    let marks = [
        "<returncode>",
        "exit code",
        "exit_code=",
        "\"exit_code\":",
        "Exit code:",
    ];
    if let Some(code) = marks.iter().find_map(|mark| code(mark)) {
        return Some(format!("exit code {code}"));
    }
    let first = text.lines().next().unwrap_or_default();
    let failed = first.starts_with("Error:") || first.starts_with("Traceback (most recent call");
    failed.then(|| first.chars().take(200).collect())
}

/// The texts of a message.
fn words(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts = blocks.iter().filter_map(|block| block["text"].as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

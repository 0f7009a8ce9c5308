//! What was asked and what was answered, out of whatever a span took in and gave back.
//!
//! Payloads are lists of messages in a dozen shapes, objects around such lists, or plain texts. A
//! payload that holds nothing that a person said or got (`{"args": [], "kwargs": {}}`, instructions
//! without a question, calls of tools without a text) says nothing here.

use serde_json::Value as Json;

use crate::RawJson;

/// Fields that hold what an object is about, the most telling first.
const INSIDE: &[&str] = &[
    "messages",
    "inputs",
    "input",
    "outputs",
    "output",
    "contents",
    "message",
    "prompt",
    "question",
    "query",
    "task",
    "text",
    "answer",
    "result",
    "response",
    "kwargs",
    "data",
    "choices",
    "candidates",
    "generations",
];

/// Deepest object that is looked into.
const MAX_DEPTH: usize = 8;

/// Longest payload that is taken apart; a longer one says what it says as it is.
const MAX_BYTES: usize = 512 * 1024;

/// Longest object of unknown fields that is taken for something that was said.
const MAX_UNKNOWN_BYTES: usize = 4096;

/// What somebody said, as far as a payload tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The words, or all of the payload where nothing of it is known to be words.
    pub words: RawJson,
    /// Whether they are known to be words: a text, or a message.
    pub is_sure: bool,
}

/// What a person asked: the last message of a user, or all of it where there are no messages.
pub fn question(input: &RawJson) -> Option<Said> {
    said(input, &["user", "human"])
}

/// What a person got: the last text of an assistant, or all of it where there are no messages.
pub fn answer(output: &RawJson) -> Option<Said> {
    said(output, &["assistant", "ai", "model"])
}

fn said(payload: &RawJson, roles: &[&str]) -> Option<Said> {
    if payload.get().len() > MAX_BYTES {
        let words = payload.clone();
        return Some(Said {
            words,
            is_sure: false,
        });
    }
    let json = payload.parse::<Json>().ok()?;
    let found = find(&json, roles, MAX_DEPTH)?;
    let is_sure = found.is_string();
    let words = if found == json {
        payload.clone()
    } else {
        RawJson::of(&found)?
    };
    Some(Said { words, is_sure })
}

fn find(json: &Json, roles: &[&str], depth: usize) -> Option<Json> {
    if depth == 0 {
        return None;
    }
    match json {
        Json::Null | Json::Bool(_) => None,
        Json::Number(_) => Some(json.clone()),
        Json::String(text) => (!text.trim().is_empty()).then(|| json.clone()),
        Json::Array(items) if items.iter().any(|item| role(item).is_some()) => {
            let mut last = items.iter().rev();
            last.find_map(|item| {
                let spoken = role(item).is_some_and(|role| roles.contains(&role.as_str()));
                spoken.then(|| content(item)).flatten()
            })
        }
        Json::Array(items) => match items.as_slice() {
            [only] => find(only, roles, depth - 1),
            items if items.iter().all(|item| text_of(item).is_some()) => content_of(items),
            items => items
                .iter()
                .rev()
                .find_map(|item| find(item, roles, depth - 1)),
        },
        Json::Object(fields) => {
            if let Some(role) = role(json) {
                return roles.contains(&role.as_str()).then(|| content(json))?;
            }
            let known = INSIDE.iter().any(|name| fields.contains_key(*name));
            let mut inside = INSIDE.iter().filter_map(|name| fields.get(*name));
            let found = inside.find_map(|inside| find(inside, roles, depth - 1));
            let tells = || fields.values().any(is_telling) && !is_large(json);
            found.or_else(|| (!known && tells()).then(|| json.clone()))
        }
    }
}

/// Whether an object of unknown fields is a state of a program rather than what somebody said.
fn is_large(json: &Json) -> bool {
    json.to_string().len() > MAX_UNKNOWN_BYTES
}

/// Whether a value of an unknown object tells anything.
fn is_telling(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(_) => false,
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(fields) => !fields.is_empty(),
        Json::Number(_) => true,
    }
}

/// Who speaks in a message; LangChain names it by the type, or by the class.
fn role(message: &Json) -> Option<String> {
    let fields = message.as_object()?;
    let text = |name: &str| fields.get(name).and_then(Json::as_str);
    if let Some(role) = text("role") {
        return Some(role.to_ascii_lowercase());
    }
    let class = fields.get("id").and_then(Json::as_array);
    let class = class.and_then(|path| path.last()).and_then(Json::as_str);
    let named = class.and_then(|class| class.strip_suffix("Message"));
    if let Some(named) = named.or_else(|| text("type")) {
        let named = named.to_ascii_lowercase();
        let speaks =
            ["human", "ai", "system", "tool", "user", "assistant"].contains(&named.as_str());
        return speaks.then_some(named);
    }
    None
}

/// What a message says; none when it only calls tools.
fn content(message: &Json) -> Option<Json> {
    let fields = message.as_object()?;
    let inner = ["kwargs", "data"].iter().find_map(|name| fields.get(*name));
    let fields = inner.and_then(Json::as_object).unwrap_or(fields);
    let told = ["content", "contents", "parts", "blocks", "message", "text"];
    let mut told = told.iter().filter_map(|name| fields.get(*name));
    told.find_map(|content| match content {
        Json::String(text) => {
            let inner = serde_json::from_str::<Json>(text).ok();
            let parts = inner.as_ref().and_then(Json::as_array);
            let of_parts = parts.and_then(|parts| content_of(parts));
            of_parts.or_else(|| (!text.trim().is_empty()).then(|| content.clone()))
        }
        Json::Array(parts) => content_of(parts),
        Json::Object(_) => text_of(content).map(|text| Json::String(text.to_owned())),
        _ => None,
    })
}

/// The texts of a message's parts, one after the other.
fn content_of(parts: &[Json]) -> Option<Json> {
    let texts: Vec<_> = parts.iter().filter_map(text_of).collect();
    (!texts.is_empty()).then(|| Json::String(texts.join("\n")))
}

/// The text of a part.
fn text_of(part: &Json) -> Option<&str> {
    let text = match part {
        Json::String(text) => text,
        Json::Object(fields) => {
            let kind = fields.get("type").and_then(Json::as_str);
            if kind.is_some_and(|kind| kind.contains("reason") || kind.contains("think")) {
                return None;
            }
            let told = ["text", "content"];
            told.iter().find_map(|name| fields.get(*name)?.as_str())?
        }
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> RawJson {
        RawJson::from_text(json.to_owned()).unwrap()
    }

    #[test]
    fn questions_are_found_in_every_shape() {
        let cases = [
            (r#""Plan Rome""#, Some(r#""Plan Rome""#)),
            (
                r#"[{"role":"system","content":"be kind"},{"role":"user","content":"Rome?"}]"#,
                Some(r#""Rome?""#),
            ),
            (
                r#"[{"role":"user","parts":[{"type":"text","content":"Rome?"}]}]"#,
                Some(r#""Rome?""#),
            ),
            (
                r#"{"messages":[{"role":"user","blocks":[{"block_type":"text","text":"Rome?"}]}],"kwargs":{}}"#,
                Some(r#""Rome?""#),
            ),
            (
                r#"[{"role":"user","contents":[{"type":"text","text":"Rome?"}]}]"#,
                Some(r#""Rome?""#),
            ),
            (
                r#"{"inputs":{"messages":[{"role":"user","content":"Rome?"}]},"tags":[]}"#,
                Some(r#""Rome?""#),
            ),
            (
                r#"{"messages":[{"lc":1,"type":"constructor","id":["langchain","HumanMessage"],"kwargs":{"content":"Rome?"}}]}"#,
                Some(r#""Rome?""#),
            ),
            (
                r#"[{"role":"user","content":"[{\"text\":\"Rome?\"}]"}]"#,
                Some(r#""Rome?""#),
            ),
            (
                r#"[{"role":"system","parts":[{"type":"text","content":"be kind"}]}]"#,
                None,
            ),
            (r#"{"args":[],"kwargs":{}}"#, None),
            (r#"{"city":"Rome"}"#, Some(r#"{"city":"Rome"}"#)),
            ("null", None),
            (r#""""#, None),
        ];
        for (given, expected) in cases {
            let found = question(&raw(given));
            assert_eq!(
                found.as_ref().map(|said| said.words.get()),
                expected,
                "{given}"
            );
        }
    }

    #[test]
    fn answers_are_texts_and_no_calls_of_tools() {
        let cases = [
            (
                r#"[{"role":"assistant","parts":[{"type":"tool_call","name":"x","arguments":{}}]}]"#,
                None,
            ),
            (
                r#"[{"role":"assistant","parts":[{"type":"reasoning","content":"hm"},{"type":"text","content":"28"}]}]"#,
                Some(r#""28""#),
            ),
            (
                r#"{"generations":[[{"text":"28","message":{"id":["AIMessage"],"kwargs":{"content":"28"}}}]]}"#,
                Some(r#""28""#),
            ),
            (r#"[{"role":"assistant","message":"28"}]"#, Some(r#""28""#)),
        ];
        for (given, expected) in cases {
            let found = answer(&raw(given));
            assert_eq!(
                found.as_ref().map(|said| said.words.get()),
                expected,
                "{given}"
            );
        }
    }
}

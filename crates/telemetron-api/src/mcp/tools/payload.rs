//! Payloads as a model reads them: messages by role, texts without escapes, else JSON.
//!
//! A payload may be larger than any budget. It is shown in windows that end at the end of a line
//! where there is one, and the window says where the next begins.

use serde_json::Value;
use telemetron_model::RawJson;

use super::super::tokens::tokens;

/// What a window shows, and where the next begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// The text.
    pub(super) text: String,
    /// Where the next window begins, in bytes of the whole text.
    pub(super) next: Option<usize>,
}

/// A payload as text.
pub(super) fn text(json: &RawJson) -> String {
    json.parse::<Value>()
        .map_or_else(|_| json.get().to_owned(), |value| written(&value))
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if !items.is_empty() && items.iter().all(is_message) => {
            items.iter().map(message).collect::<Vec<_>>().join("\n")
        }
        Value::Object(map) => {
            let messages = map.get("messages").and_then(Value::as_array);
            match messages {
                Some(items) if map.len() == 1 && items.iter().all(is_message) => {
                    items.iter().map(message).collect::<Vec<_>>().join("\n")
                }
                _ => fields(map),
            }
        }
        other => other.to_string(),
    }
}

/// The fields of an object, one to a line, when their texts are worth it.
fn fields(map: &serde_json::Map<String, Value>) -> String {
    let line = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name}: {text}"),
        other => format!("{name}: {other}"),
    };
    map.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn is_message(value: &Value) -> bool {
    value.get("role").is_some_and(Value::is_string)
}

fn message(value: &Value) -> String {
    let role = value
        .get("role")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let content = value.get("content").or_else(|| value.get("parts"));
    let content = content.map(parts).unwrap_or_default();
    let thought = ["reasoning_content", "reasoning", "thinking"]
        .iter()
        .find_map(|name| value.get(name).and_then(Value::as_str))
        .filter(|thought| !thought.is_empty())
        .map_or_else(String::new, |thought| format!("(reasoning) {thought}\n"));
    let calls = value
        .get("tool_calls")
        .map_or_else(String::new, |calls| format!(" tool_calls: {calls}"));
    format!("[{role}] {thought}{content}{calls}")
}

/// Kinds of parts that are said aloud; what was only thought, or given back by a tool, is not, and
/// stands behind the name of its kind.
const SAID: [&str; 4] = ["text", "input_text", "output_text", "refusal"];

/// The parts of a message: texts as they are, everything else as JSON.
fn parts(value: &Value) -> String {
    let part = |part: &Value| {
        let text = part.get("text").or_else(|| part.get("content"));
        let text = text
            .and_then(Value::as_str)
            .filter(|_| part.get("name").is_none());
        let kind = part.get("type").and_then(Value::as_str);
        match (text, kind.filter(|kind| !SAID.contains(kind))) {
            (Some(text), Some(kind)) => format!("({kind}) {text}"),
            (Some(text), None) => text.to_owned(),
            (None, _) => written(part),
        }
    };
    match value {
        Value::Array(items) => items.iter().map(part).collect::<Vec<_>>().join("\n"),
        Value::Null => String::new(),
        other => written(other),
    }
}

/// As much of a text, from a place on, as so many tokens take.
pub(super) fn window(text: &str, offset: usize, budget: usize) -> Window {
    let start = (0..=offset.min(text.len()))
        .rev()
        .find(|place| text.is_char_boundary(*place));
    let rest = text.get(start.unwrap_or_default()..).unwrap_or_default();
    if tokens(rest) <= budget {
        return Window {
            text: rest.to_owned(),
            next: None,
        };
    }
    let cut = fitting(rest, budget);
    Window {
        text: rest.get(..cut).unwrap_or_default().to_owned(),
        next: Some(text.len() - rest.len() + cut),
    }
}

/// Most bytes of a text that fit, to the end of a line where that costs less than half of them.
fn fitting(text: &str, budget: usize) -> usize {
    let (mut low, mut high) = (0, text.len().min(budget.saturating_mul(8)));
    while low < high {
        let middle = (low + high).div_ceil(2);
        let middle_at = (0..=middle)
            .rev()
            .find(|place| text.is_char_boundary(*place));
        let head = text
            .get(..middle_at.unwrap_or_default())
            .unwrap_or_default();
        if tokens(head) <= budget {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    let end = (0..=low)
        .rev()
        .find(|place| text.is_char_boundary(*place))
        .unwrap_or_default();
    let head = text.get(..end).unwrap_or_default();
    match head.rfind('\n') {
        Some(line) if line >= end / 2 => line + 1,
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(value: &Value) -> String {
        text(&RawJson::from_text(value.to_string()).unwrap())
    }

    #[test]
    fn messages_stand_by_role_and_texts_without_escapes() {
        let value = json!([
            { "role": "system", "content": "be\nbrief" },
            { "role": "user", "content": [{ "type": "text", "text": "why?" }] },
            { "role": "assistant", "parts": [{ "type": "tool_call", "name": "search" }] },
        ]);
        insta::assert_snapshot!(shown(&value), @r#"
        [system] be
        brief
        [user] why?
        [assistant] name: search
        type: tool_call
        "#);
        let value = json!([
            { "role": "user", "content": [{ "type": "tool_result", "content": "sunny" }] },
            { "role": "assistant", "content": [{ "type": "reasoning", "text": "hm" }, { "type": "text", "text": "It is." }] },
            { "role": "assistant", "content": "It is.", "reasoning_content": "hm" },
        ]);
        insta::assert_snapshot!(shown(&value), @r"
        [user] (tool_result) sunny
        [assistant] (reasoning) hm
        It is.
        [assistant] (reasoning) hm
        It is.
        ");
        assert_eq!(shown(&json!("a \"quoted\" text")), "a \"quoted\" text");
        assert_eq!(shown(&json!({ "q": "why?", "n": 1 })), "n: 1\nq: why?");
    }

    #[test]
    fn windows_follow_each_other_without_a_gap() {
        let text = "a line of words and números\n".repeat(500);
        let (mut offset, mut read, mut windows) = (0, String::new(), 0);
        loop {
            let window = window(&text, offset, 300);
            assert!(tokens(&window.text) <= 300);
            read.push_str(&window.text);
            windows += 1;
            match window.next {
                Some(next) => offset = next,
                None => break,
            }
        }
        assert_eq!(read, text);
        assert!(windows > 5);
    }
}

//! Wrappers that instrumentations put around a payload, taken off.
//!
//! | what came | what is meant |
//! |---|---|
//! | `{"args": [], "kwargs": {"city": "Rome"}}` | the arguments: `{"city": "Rome"}` |
//! | `{"args": ["Where is my refund?"], "kwargs": {}}`, unless of a tool | the only one |
//! | `{"inputs": …, "tags": …, "metadata": …, "kwargs": …}`, `{"outputs": …, "kwargs": …}` | the first of them |
//! | `{"input_str": "{'city': 'Rome'}", …}` | what Python printed there |
//! | `{"lc": 1, "type": "constructor", "id": […, "HumanMessage"], "kwargs": {…}}` | a message: `{role, content}` |
//! | `{"init_state": …, "start_event": …}` (the state of a workflow of LlamaIndex) | nothing |
//! | `[{"role": "tool", "content": {…}}]` as the arguments of a tool | the content |
//!
//! The attribute stays as it came.

use serde_json::{Map, Value as Json};
use telemetron_model::RawJson;
use telemetron_model::record::SpanKind;

use super::{SemanticFields, payload};

/// What shows that there may be a wrapper.
const MARKS: &[&str] = &[
    r#""kwargs""#,
    r#""lc""#,
    r#""input_str""#,
    r#""init_state""#,
];

/// Takes wrappers off input and output.
pub(super) fn take_off(fields: &mut SemanticFields) {
    let is_tool = fields.kind == Some(SpanKind::Tool);
    fields.input = fields
        .input
        .take()
        .and_then(|given| bare(given, is_tool, true));
    fields.output = fields
        .output
        .take()
        .and_then(|given| bare(given, is_tool, false));
}

/// A payload without wrappers; none when there was nothing in them.
fn bare(given: RawJson, is_tool: bool, arguments: bool) -> Option<RawJson> {
    let text = given.get();
    let marked = || {
        let contains =
            |mark: &&str| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
        MARKS.iter().any(contains)
    };
    let of_tool = is_tool && matches!(text.as_bytes().first(), Some(b'[' | b'"'));
    if !of_tool && !marked() {
        return Some(given);
    }
    let Some(value) = payload::parsed::<Json>(text) else {
        return Some(given);
    };
    let mut found = value.clone();
    messages(&mut found);
    found = without(found, is_tool);
    if of_tool {
        found = of_call(found, arguments);
    }
    match found {
        Json::Null if !value.is_null() => None,
        found if found == value => Some(given),
        found => RawJson::of(&found).or(Some(given)),
    }
}

/// The arguments or the result within the message of a tool, and what Python printed as arguments.
fn of_call(value: Json, arguments: bool) -> Json {
    match value {
        Json::Array(mut items) if items.len() == 1 => {
            let is_message = items[0].get("role").is_some();
            let content = ["content", "message"].iter().find_map(|name| {
                let message = items[0].as_object_mut().filter(|_| is_message)?;
                message.remove(*name)
            });
            content.unwrap_or(Json::Array(items))
        }
        Json::String(text) if arguments => payload::printed(&text).unwrap_or(Json::String(text)),
        value => value,
    }
}

/// A value without the object that stands around it; null when there was nothing within.
fn without(value: Json, is_tool: bool) -> Json {
    let Json::Object(mut map) = value else {
        return value;
    };
    if is_call(&map) {
        return called_with(&map, is_tool).unwrap_or(Json::Object(map));
    }
    // what LlamaIndex runs a workflow with is its own state, and no question
    if map.contains_key("init_state") && map.contains_key("start_event") {
        return Json::Null;
    }
    let is_callback =
        map.contains_key("kwargs") || (map.contains_key("tags") && map.contains_key("metadata"));
    if is_callback {
        for name in ["inputs", "outputs", "output"] {
            if let Some(inner) = map.remove(name).filter(|inner| !inner.is_null()) {
                return without(inner, is_tool);
            }
        }
        if let Some(Json::String(text)) = map.remove("input_str") {
            return payload::parsed(&text)
                .or_else(|| payload::printed(&text))
                .unwrap_or(Json::String(text));
        }
    }
    let is_message = |value: &Json| value.get("role").is_some();
    if map.len() == 1 && map.get("output").is_some_and(is_message) {
        return map.remove("output").unwrap_or_default();
    }
    Json::Object(map)
}

/// Whether it is how a function of Python was called.
fn is_call(map: &Map<String, Json>) -> bool {
    const PARTS: &[&str] = &["args", "kwargs", "self", "sanitize_inputs_outputs"];
    let named = map.contains_key("args") || map.contains_key("kwargs");
    named && map.keys().all(|name| PARTS.contains(&name.as_str()))
}

/// The arguments of a call; none when there are both plain and named ones.
fn called_with(map: &Map<String, Json>, is_tool: bool) -> Option<Json> {
    let plain = map.get("args").and_then(Json::as_array);
    let plain = plain.map(Vec::as_slice).unwrap_or_default();
    let named = map.get("kwargs").and_then(Json::as_object);
    let named = named.filter(|named| !named.is_empty());
    match (plain, named) {
        ([], Some(named)) => Some(Json::Object(named.clone())),
        ([], None) if is_tool => Some(Json::Object(Map::new())),
        ([], None) => Some(Json::Null),
        // arguments without names say nothing without the tool's signature: they stay a call
        ([only], None) if !is_tool => Some(only.clone()),
        _ => None,
    }
}

/// Replaces every constructor of `LangChain` within by what it constructs.
fn messages(value: &mut Json) {
    match value {
        Json::Array(items) => items.iter_mut().for_each(messages),
        Json::Object(map) => {
            map.values_mut().for_each(messages);
            if let Some(constructed) = constructed(map) {
                *value = constructed;
            }
        }
        _ => {}
    }
}

/// What a constructor constructs: a message, or else its arguments.
fn constructed(map: &mut Map<String, Json>) -> Option<Json> {
    let is_constructor =
        map.contains_key("lc") && map.get("type").and_then(Json::as_str) == Some("constructor");
    if !is_constructor {
        return None;
    }
    let class = map.get("id")?.as_array()?.last()?.as_str()?.to_owned();
    let Json::Object(mut arguments) = map.remove("kwargs")? else {
        return None;
    };
    let role = match class.trim_end_matches("Chunk") {
        "HumanMessage" => "user",
        "AIMessage" => "assistant",
        "SystemMessage" => "system",
        "ToolMessage" => "tool",
        "FunctionMessage" => "function",
        _ => return Some(Json::Object(arguments)),
    };
    let mut message = Map::new();
    message.insert("role".to_owned(), role.into());
    for name in ["name", "content", "tool_calls", "tool_call_id", "status"] {
        let value = arguments.remove(name).filter(|value| !is_empty(value));
        message.extend(value.map(|value| (name.to_owned(), value)));
    }
    if !message.contains_key("tool_calls") {
        let calls = arguments
            .get_mut("additional_kwargs")
            .and_then(|more| more.as_object_mut()?.remove("tool_calls"));
        message.extend(calls.map(|calls| ("tool_calls".to_owned(), calls)));
    }
    message.entry("content").or_insert_with(|| "".into());
    Some(Json::Object(message))
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn taken(kind: SpanKind, input: &Json, output: &Json) -> (Json, Json) {
        let mut fields = SemanticFields {
            kind: Some(kind),
            input: RawJson::of(input),
            output: RawJson::of(output),
            ..SemanticFields::default()
        };
        take_off(&mut fields);
        let plain = |raw: Option<RawJson>| raw.map_or(Json::Null, |raw| raw.parse().unwrap());
        (plain(fields.input), plain(fields.output))
    }

    #[test]
    fn arguments_are_read_out_of_how_a_tool_was_called() {
        let rome = json!({"city": "Rome", "nights": 2});
        let same = [
            json!({"kwargs": rome}),
            json!({"args": [], "kwargs": rome}),
            json!({"args": [], "sanitize_inputs_outputs": true, "kwargs": rome}),
            json!({"input_str": "{'city': 'Rome', 'nights': 2}", "tags": [], "metadata": {}, "inputs": null, "kwargs": {}}),
            json!({"input_str": "x", "tags": [], "metadata": {}, "inputs": rome, "kwargs": {}}),
            json!([{"role": "tool", "content": rome, "id": "1"}]),
            json!("{'city': 'Rome', 'nights': 2}"),
        ];
        for given in same {
            assert_eq!(taken(SpanKind::Tool, &given, &json!(1)).0, rome, "{given}");
        }
        let kept = [
            rome,
            json!({"args": [1], "kwargs": {"a": 2}}),
            json!({"args": ["A1"], "kwargs": {}}),
            json!({"args": [1], "other": 2}),
            json!("plain words"),
            json!([1]),
        ];
        for given in kept {
            assert_eq!(taken(SpanKind::Tool, &given, &json!(1)).0, given);
        }
        assert_eq!(
            taken(SpanKind::Tool, &json!({"kwargs": {}}), &json!(1)).0,
            json!({})
        );
    }

    #[test]
    fn a_call_without_arguments_is_no_input_of_a_step() {
        let empty = json!({"args": [], "kwargs": {}});
        assert_eq!(taken(SpanKind::Chain, &empty, &json!(1)).0, Json::Null);
        let state = json!({"init_state": {"is_running": false}, "start_event": "Start()"});
        assert_eq!(taken(SpanKind::Chain, &state, &json!(1)).0, Json::Null);
        let one = json!({"args": ["Where is my refund?"], "kwargs": {}});
        assert_eq!(
            taken(SpanKind::Agent, &one, &json!(1)).0,
            json!("Where is my refund?")
        );
    }

    #[test]
    fn what_langchain_constructs_is_a_message() {
        let constructor = |class: &str, arguments: Json| json!({"lc": 1, "type": "constructor", "id": ["langchain", class], "kwargs": arguments});
        let call = json!([{"name": "f", "args": {}}]);
        let given = json!({"outputs": {"messages": [
            constructor("HumanMessage", json!({"content": "hi", "response_metadata": {}})),
            constructor("AIMessageChunk", json!({"content": "", "tool_calls": call, "name": "a"})),
            constructor("ToolMessage", json!({"content": "no", "status": "error", "tool_call_id": "1"})),
            constructor("Send", json!({"node": "x"})),
        ]}, "kwargs": {"tags": []}});
        let expected = json!({"messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "name": "a", "content": "", "tool_calls": call},
            {"role": "tool", "content": "no", "tool_call_id": "1", "status": "error"},
            {"node": "x"},
        ]});
        assert_eq!(taken(SpanKind::Chain, &json!(1), &given).1, expected);
        let answer = json!({"output": constructor("ToolMessage", json!({"content": "sunny"}))});
        let message = json!({"role": "tool", "content": "sunny"});
        assert_eq!(taken(SpanKind::Tool, &json!(1), &answer).1, message);
    }
}

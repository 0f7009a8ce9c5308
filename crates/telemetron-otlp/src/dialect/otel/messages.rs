//! Messages of a model call, wherever a generation of the conventions puts them.
//!
//! In this order: the attributes of B and C, an event that carries those attributes, one event a
//! message (A), the attributes before A (`gen_ai.prompt`, flattened or whole). Beside them stands
//! what Google's agent kit and any-agent write under names of their own.

use opentelemetry_proto::tonic::trace::v1::span::Event;
use serde_json::{Map, Value as Json};
use telemetron_model::RawJson;

use super::of_event;
use crate::SpanSource;
use crate::dialect::{flattened, payload};

/// The event that carries the attributes of B and C.
const DETAILS: &str = "gen_ai.client.inference.operation.details";

/// What went in, the system's instructions as its first message.
pub(super) fn input(source: &SpanSource<'_>) -> Option<RawJson> {
    let messages = attribute(source, "gen_ai.input.messages")
        .or_else(|| events(source, false))
        .or_else(|| flattened::list(source, "gen_ai.prompt."))
        .or_else(|| payload::first(source, &["gen_ai.prompt", "gcp.vertex.agent.llm_request"]))
        .or_else(|| of_content_event(source, "gen_ai.prompt"))?;
    let instructions = attribute(source, "gen_ai.system_instructions");
    Some(instructed(messages, instructions))
}

/// What came out.
pub(super) fn output(source: &SpanSource<'_>) -> Option<RawJson> {
    attribute(source, "gen_ai.output.messages")
        .or_else(|| events(source, true))
        .or_else(|| flattened::list(source, "gen_ai.completion."))
        .or_else(|| {
            payload::first(
                source,
                &[
                    "gen_ai.completion",
                    "gen_ai.output",
                    "gcp.vertex.agent.llm_response",
                ],
            )
        })
        .or_else(|| of_content_event(source, "gen_ai.completion"))
}

/// An attribute of the span, or of the event that carries such.
fn attribute(source: &SpanSource<'_>, name: &str) -> Option<RawJson> {
    payload::first(source, &[name]).or_else(|| {
        // Strands notes what went in and what came out in an event each.
        let mut events = source.span.events.iter();
        events.find_map(|event| {
            let value = (event.name == DETAILS).then(|| of_event(event, name))?;
            payload::json(value?)
        })
    })
}

/// The instructions, where a call or an agent has nothing else.
pub(in crate::dialect) fn instructions_alone(source: &SpanSource<'_>) -> Option<RawJson> {
    let instructions = attribute(source, "gen_ai.system_instructions");
    let none = RawJson::from_text("[]".to_owned()).ok()?;
    instructions.map(|instructions| instructed(none, Some(instructions)))
}

/// Messages with instructions before them, where both are lists.
fn instructed(messages: RawJson, instructions: Option<RawJson>) -> RawJson {
    let Some(parts) = instructions.filter(|_| messages.is_array()) else {
        return messages;
    };
    let key = if parts.is_array() { "parts" } else { "content" };
    let system = format!(r#"{{"role":"system","{key}":{}}}"#, parts.get());
    let list = messages.get().trim_start();
    let rest = list.strip_prefix('[').unwrap_or(list).trim_start();
    let comma = if rest.starts_with(']') { "" } else { "," };
    RawJson::from_text(format!("[{system}{comma}{rest}")).unwrap_or(messages)
}

/// The prompt or the completion in an event of the oldest kind (`gen_ai.content.prompt`).
fn of_content_event(source: &SpanSource<'_>, name: &str) -> Option<RawJson> {
    let found = source
        .span
        .events
        .iter()
        .find_map(|event| of_event(event, name))?;
    payload::json(found)
}

/// Messages that came as one event each: the choices, or all others.
fn events(source: &SpanSource<'_>, choices: bool) -> Option<RawJson> {
    let is_choice = |event: &&Event| event.name == "gen_ai.choice";
    let wanted = source
        .span
        .events
        .iter()
        .filter(|event| is_choice(event) == choices);
    let messages: Vec<_> = wanted.filter_map(message).collect();
    (!messages.is_empty())
        .then(|| RawJson::of(&messages))
        .flatten()
}

/// The message of an event; its role is in its name unless it says another.
fn message(event: &Event) -> Option<Json> {
    let role = match event.name.as_str() {
        "gen_ai.choice" => "assistant",
        name => name.strip_prefix("gen_ai.")?.strip_suffix(".message")?,
    };
    let mut map = Map::new();
    map.insert("role".to_owned(), Json::String(role.to_owned()));
    for attribute in &event.attributes {
        let value = of_event(event, &attribute.key).and_then(payload::json);
        let parsed = value.and_then(|value| value.parse::<Json>().ok());
        let is_envelope = matches!(
            attribute.key.as_str(),
            "gen_ai.system" | "gen_ai.provider.name"
        );
        if let (Some(value), false) = (parsed, is_envelope) {
            map.insert(attribute.key.clone(), value);
        }
    }
    Some(Json::Object(map))
}

//! Logfire and Pydantic AI.
//!
//! Messages stand among its attributes in several forms; what went into speech, pictures and the
//! like, and what came out, stand as `input` and `output`.
//!
//! Logfire sends a span of its own when a span begins: a mark with no duration below the span that
//! has begun, which becomes that span, running. Calls of the Claude Agent SDK count what they know
//! while the answer comes (`gen_ai.usage.partial.*`).

use serde_json::Value as Json;
use telemetron_model::RawJson;
use telemetron_model::record::{ErrorInfo, SpanKind};

use super::usage::Counts;
use super::{Pending, SemanticFields, payload, words};
use crate::SpanSource;

/// The level from which on Logfire speaks of errors.
const ERROR_LEVEL: i64 = 17;

/// Whether Logfire or Pydantic AI made the span.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.attributes.any_below("logfire.")
        || source.attributes.any_below("pydantic_ai.")
        || source.scope == "pydantic-ai"
}

/// Reads a span of either.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let attributes = &source.attributes;
    let is_span = attributes.text("logfire.span_type") != Some("log");
    let failed = is_span && attributes.integer("logfire.level_num") >= Some(ERROR_LEVEL);
    let mut fields = SemanticFields {
        kind: agent_run(source).then_some(SpanKind::Agent),
        agent_name: words(source, &["gen_ai.agent.name", "agent_name"]),
        agent_id: words(source, &["gen_ai.agent.call.id"]).filter(|_| agent_run(source)),
        requested_model: words(source, &["model_name"]),
        input: payload::first(source, &["tool_arguments"]).or_else(|| input(source)),
        output: payload::first(source, &["tool_response", "final_result"])
            .or_else(|| output(source)),
        error: error(source),
        failed,
        pending: pending(source),
        ..SemanticFields::default()
    };
    fields
        .rules
        .extend(failed.then_some("failed:logfire_level"));
    let partial = counts(source);
    if partial != Counts::default() {
        partial.settle(&mut fields);
        fields.rules.push("usage:partial");
    }
    fields
}

/// The run of an agent, in formats before GenAI operations.
fn agent_run(source: &SpanSource<'_>) -> bool {
    let run = source.span.name == "agent run" || source.span.name.ends_with(" run");
    let marks = ["pydantic_ai.all_messages", "final_result", "agent_name"];
    run && marks.iter().any(|name| source.attributes.has(name))
}

fn pending(source: &SpanSource<'_>) -> Option<Pending> {
    let marked = source.attributes.text("logfire.span_type") == Some("pending_span");
    let has_parent = source.span.parent_span_id.iter().any(|byte| *byte != 0);
    let parent = source.attributes.text("logfire.pending_parent_id");
    (marked && has_parent).then(|| Pending {
        span_id: source.span.parent_span_id.clone(),
        parent_span_id: parent
            .and_then(of_hex)
            .filter(|id| id.iter().any(|byte| *byte != 0)),
    })
}

/// The eight bytes of a span id in hex.
fn of_hex(text: &str) -> Option<Vec<u8>> {
    let bytes = u64::from_str_radix(text, 16).ok()?.to_be_bytes();
    (text.len() == 16).then(|| bytes.to_vec())
}

/// The messages of a run, else what Logfire's instrumentation of a client noted of the request.
fn input(source: &SpanSource<'_>) -> Option<RawJson> {
    part(source, "request_data", &["messages", "input", "prompt"])
        .or_else(|| noted(source, false))
        .or_else(|| {
            let names = ["pydantic_ai.all_messages", "all_messages_events", "input"];
            payload::first(source, &names)
        })
}

fn output(source: &SpanSource<'_>) -> Option<RawJson> {
    part(
        source,
        "response_data",
        &["message", "combined_chunk_content", "text"],
    )
    .or_else(|| noted(source, true))
    .or_else(|| payload::first(source, &["output"]))
}

/// Messages that stand in the attribute `events`: what was asked, or what was answered.
///
/// An answer is a choice, or the assistant's message that nothing follows.
fn noted(source: &SpanSource<'_>, answers: bool) -> Option<RawJson> {
    let text = source.attributes.text("events")?;
    let events: Vec<Json> = payload::parsed(text)?;
    let is_choice = |event: &Json| {
        event.get("event.name").and_then(Json::as_str) == Some("gen_ai.choice")
            || event.get("message").is_some()
    };
    let is_assistant = |event: &Json| event.get("role").and_then(Json::as_str) == Some("assistant");
    let trailing = events
        .iter()
        .rev()
        .take_while(|event| is_choice(event) || is_assistant(event));
    let asked = events.len() - trailing.count();
    let (asked, answered) = events.split_at(asked);
    let messages: Vec<Json> = if answers { answered } else { asked }
        .iter()
        .map(|event| message(event.clone()))
        .collect();
    (!messages.is_empty()).then(|| RawJson::of(&messages))?
}

/// A message without the name of its event, with its role.
fn message(mut event: Json) -> Json {
    if let Some(inner) = event.get_mut("message").filter(|inner| inner.is_object()) {
        return inner.take();
    }
    if let Json::Object(map) = &mut event {
        let name = map.remove("event.name");
        let role = name
            .as_ref()
            .and_then(Json::as_str)
            .and_then(|name| name.strip_prefix("gen_ai.")?.strip_suffix(".message"));
        if let (Some(role), false) = (role, map.contains_key("role")) {
            map.insert("role".to_owned(), role.into());
        }
    }
    event
}

/// What the Agents SDK says of a failure: a sentence, and data beside it.
fn error(source: &SpanSource<'_>) -> Option<ErrorInfo> {
    let said = payload::object(source, "error")?;
    let message = said.get("message")?.as_str()?;
    let detail = said
        .get("data")
        .and_then(|data| data.get("error")?.as_str());
    let message = detail.map_or_else(
        || message.to_owned(),
        |detail| format!("{message}: {detail}"),
    );
    Some(ErrorInfo {
        error_type: words(source, &["error.type"]).unwrap_or_else(|| "_OTHER".to_owned()),
        message,
        stack: None,
        category: None,
        severity: None,
        retryable: None,
    })
}

/// The first of several fields of an object, as JSON.
fn part(source: &SpanSource<'_>, name: &str, fields: &[&str]) -> Option<RawJson> {
    let object = payload::object(source, name)?;
    let found = fields.iter().find_map(|field| object.get(*field))?;
    found
        .as_str()
        .map_or_else(|| RawJson::of(found), payload::of_text)
}

fn counts(source: &SpanSource<'_>) -> Counts {
    let count = |name: &str| {
        source
            .attributes
            .integer(&format!("gen_ai.usage.partial.{name}"))
    };
    Counts {
        input: count("input_tokens"),
        output: count("output_tokens"),
        cache_read: count("cache_read.input_tokens"),
        cache_write: count("cache_creation.input_tokens"),
        ..Counts::default()
    }
}

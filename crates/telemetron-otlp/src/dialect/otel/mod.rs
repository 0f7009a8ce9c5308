//! OpenTelemetry GenAI, all three generations.
//!
//! | generation | known by |
//! |---|---|
//! | A, up to 1.36 | `gen_ai.system`; messages as span events, or `gen_ai.prompt` and `gen_ai.completion` |
//! | B, 1.37 to 1.41 | `gen_ai.provider.name`; `gen_ai.input.messages`; `cache_creation` |
//! | C, since the conventions have a repository of their own | `cache_write`; `gen_ai.retrieval.*` |
//!
//! Shipped code mixes them, so names are read in all generations, the newest first.

mod messages;

pub(super) use messages::instructions_alone;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use telemetron_model::RawJson;
use telemetron_model::record::{HandoffMode, HandoffRule, SpanKind};

use super::usage::Counts;
use super::{
    HandoffHint, SemanticFields, a2a, ag2, kind, koog, langgraph, openlit, payload, provider, words,
};
use crate::SpanSource;

/// Whether a span has any GenAI attribute or a call of an MCP tool.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.attributes.any_below("gen_ai.") || source.attributes.has("mcp.method.name")
}

/// Reads the conventions.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let kind = kind_of(source);
    let is_model = kind == Some(SpanKind::Llm);
    let (input, output) = match kind {
        Some(SpanKind::Tool) => tool_payloads(source),
        Some(SpanKind::Retriever) => retrieval(source),
        // Whatever the operation is called, arguments and a result are those of a tool.
        _ if !is_model && has_call(source) => tool_payloads(source),
        _ if koog::echoes(source) => (messages::input(source), None),
        _ => (messages::input(source), messages::output(source)),
    };
    let mut fields = SemanticFields {
        kind,
        agent_id: words(source, &["gen_ai.agent.id"])
            .filter(|id| !is_address(id) && is_at_work(source)),
        agent_name: words(source, &["gen_ai.agent.name"]).filter(|_| is_at_work(source)),
        session_id: words(source, &["gen_ai.conversation.id"]),
        user_id: words(source, &["gen_ai.user"]),
        model: words(source, &["gen_ai.response.model"]),
        requested_model: words(source, &["gen_ai.request.model"]),
        provider: provider_of(source),
        parameters: parameters(source),
        time_to_first_token_ns: time_to_first_token(source),
        finish_reason: finish_reason(source),
        // On the call of a model they are those of the tool that it asks for.
        tool_name: words(source, &["gen_ai.tool.name"]).filter(|_| !is_model),
        tool_call_id: words(source, &["gen_ai.tool.call.id"]).filter(|_| !is_model),
        input,
        output,
        handoff: handoff(source).or_else(|| called(source, kind)),
        ..SemanticFields::default()
    };
    if !ag2::repeats_usage(source) {
        counts(source).settle(&mut fields);
    }
    fields
}

/// The kind by the operation, else by a call of a tool.
///
/// A span without an operation may still bear its name, `{operation} {what}`; those of agents and
/// tools cannot be mistaken.
fn kind_of(source: &SpanSource<'_>) -> Option<SpanKind> {
    const UNMISTAKABLE: &[&str] = &["invoke_agent", "create_agent", "execute_tool"];
    let attributes = &source.attributes;
    let first_word = || source.span.name.split(' ').next();
    let named = || first_word().filter(|word| UNMISTAKABLE.contains(word));
    let operation = attributes.text("gen_ai.operation.name").or_else(named);
    let kind = operation.and_then(kind::of_operation);
    if kind == Some(SpanKind::Agent) && (!is_somebody(source) || !is_at_work(source)) {
        return Some(SpanKind::Chain);
    }
    kind.or_else(|| {
        let called = attributes.text("mcp.method.name") == Some("tools/call");
        (called || attributes.has("gen_ai.tool.name")).then_some(SpanKind::Tool)
    })
}

/// Whether an agent's operation is an agent's: a crew, a task or a workflow may say so as well, but
/// bears no agent's name and is not called after the operation.
fn is_somebody(source: &SpanSource<'_>) -> bool {
    let attributes = &source.attributes;
    let named = attributes.has("gen_ai.agent.name") || attributes.has("gen_ai.agent.id");
    let name = &source.span.name;
    named || name.starts_with("invoke_agent") || name.ends_with(".agent")
}

/// Whether the agent that a span names is the one at work in it.
fn is_at_work(source: &SpanSource<'_>) -> bool {
    !a2a::asks_about(source)
        && !koog::is_nobody(source)
        && !langgraph::is_unnamed_graph(source)
        && !openlit::is_step(source)
}

/// Whether an id is a place in the memory of one process (`OpenLIT` writes Python's `id`).
fn is_address(id: &str) -> bool {
    id.len() >= 12 && id.bytes().all(|byte| byte.is_ascii_digit())
}

fn provider_of(source: &SpanSource<'_>) -> Option<String> {
    let names = ["gen_ai.provider.name", "gen_ai.system"];
    names
        .iter()
        .find_map(|name| provider::normalised(source.attributes.text(name)?))
}

/// `gen_ai.request.*` as one object, the model apart.
fn parameters(source: &SpanSource<'_>) -> Option<RawJson> {
    let given = source.attributes.below("gen_ai.request.");
    payload::object_of(given.filter(|(name, _)| *name != "model"))
}

/// Seconds by the convention; Strands writes milliseconds under a name of its own.
fn time_to_first_token(source: &SpanSource<'_>) -> Option<i64> {
    let seconds = source
        .attributes
        .number("gen_ai.response.time_to_first_chunk");
    let strands = || {
        let of_strands = source.scope.starts_with("strands");
        let ms = source
            .attributes
            .number("gen_ai.server.time_to_first_token");
        ms.filter(|_| of_strands).map(|ms| ms / 1e3)
    };
    nanoseconds(seconds.or_else(strands)?)
}

/// Seconds as nanoseconds; none when they are negative or beyond all reason.
pub(super) fn nanoseconds(seconds: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
    (0.0..1e9)
        .contains(&seconds)
        .then(|| (seconds * 1e9).round() as i64)
}

/// The first reason, also out of a list written as JSON.
fn finish_reason(source: &SpanSource<'_>) -> Option<String> {
    let names = [
        "gen_ai.response.finish_reasons",
        "gen_ai.completion.0.finish_reason",
    ];
    let text = source.attributes.first_text(&names)?;
    if !text.trim_start().starts_with('[') {
        return Some(text.to_owned());
    }
    let listed = serde_json::from_str::<Vec<String>>(text).ok();
    listed.map_or_else(|| Some(text.to_owned()), |list| list.into_iter().next())
}

fn has_call(source: &SpanSource<'_>) -> bool {
    let names = ["gen_ai.tool.call.arguments", "gen_ai.tool.call.result"];
    names.iter().any(|name| source.attributes.has(name))
}

fn tool_payloads(source: &SpanSource<'_>) -> (Option<RawJson>, Option<RawJson>) {
    let arguments = [
        "gen_ai.tool.call.arguments",
        "gen_ai.tool.args",
        "gcp.vertex.agent.tool_call_args",
    ];
    let result = [
        "gen_ai.tool.call.result",
        "gen_ai.output",
        "gcp.vertex.agent.tool_response",
    ];
    (
        payload::first(source, &arguments).or_else(|| messages::input(source)),
        payload::first(source, &result).or_else(|| messages::output(source)),
    )
}

fn retrieval(source: &SpanSource<'_>) -> (Option<RawJson>, Option<RawJson>) {
    let query = ["gen_ai.retrieval.query.text"];
    let documents = ["gen_ai.retrieval.documents"];
    (
        payload::first(source, &query).or_else(|| messages::input(source)),
        payload::first(source, &documents).or_else(|| messages::output(source)),
    )
}

/// Tokens under today's names, then under those of OpenLLMetry and of the oldest conventions.
///
/// `LiteLLM` has the provider's own usage beside them, whose details they lack.
fn counts(source: &SpanSource<'_>) -> Counts {
    let own = payload::object(source, "metadata.usage_object");
    let own = own
        .map(|usage| Counts::of_object(&usage))
        .unwrap_or_default();
    let count = |names: &[&str]| source.attributes.first_integer(names);
    Counts {
        input: count(&["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"]),
        output: count(&[
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.completion_tokens",
        ]),
        total: count(&["gen_ai.usage.total_tokens", "llm.usage.total_tokens"]),
        cache_read: largest(
            source,
            &[
                "gen_ai.usage.cache_read.input_tokens",
                "gen_ai.usage.cache_read_input_tokens",
                "gen_ai.usage.input_cached_tokens",
                "gen_ai.usage.cached_input_tokens",
                "gen_ai.usage.details.cached_tokens",
                "gen_ai.usage.details.cache_read_tokens",
                "gen_ai.usage.details.cache_read_input_tokens",
            ],
        )
        .or(own.cache_read),
        cache_write: largest(
            source,
            &[
                "gen_ai.usage.cache_write.input_tokens",
                "gen_ai.usage.cache_creation.input_tokens",
                "gen_ai.usage.cache_creation_input_tokens",
                "gen_ai.usage.cache_write_input_tokens",
                "gen_ai.usage.input_cache_creation",
                "gen_ai.usage.details.cache_write_tokens",
                "gen_ai.usage.details.cache_creation_input_tokens",
            ],
        )
        .or(own.cache_write),
        cache_write_hour: count(&[
            "gen_ai.usage.details.cache_creation.ephemeral_1h_input_tokens",
            "gen_ai.usage.details.ephemeral_1h_input_tokens",
        ])
        .or(own.cache_write_hour),
        reasoning: largest(
            source,
            &[
                "gen_ai.usage.reasoning.output_tokens",
                "gen_ai.usage.reasoning_tokens",
                "gen_ai.usage.thinking_tokens",
                "gen_ai.usage.output_reasoning_tokens",
                "gen_ai.usage.details.reasoning_tokens",
                "gen_ai.usage.details.thoughts_tokens",
                "gen_ai.usage.details.thinking_tokens",
            ],
        )
        .or(own.reasoning),
        ..Counts::default()
    }
}

/// The largest of several names for one count: a zero under the new name hides the old one's.
fn largest(source: &SpanSource<'_>, names: &[&str]) -> Option<i64> {
    names
        .iter()
        .filter_map(|name| source.attributes.integer(name))
        .max()
}

/// The handoff attributes that are proposed and already written here and there.
fn handoff(source: &SpanSource<'_>) -> Option<HandoffHint> {
    let target = [
        "gen_ai.transfer.target.name",
        "gen_ai.agent.handoff.target.name",
    ];
    let mode = match source.attributes.text("gen_ai.transfer.mode") {
        Some("return_to_caller") => HandoffMode::Delegate,
        _ => HandoffMode::Transfer,
    };
    Some(HandoffHint {
        rule: HandoffRule::HandoffSpan.as_str(),
        evidence: "handoff:explicit",
        source: words(
            source,
            &["gen_ai.agent.handoff.source.name", "gen_ai.agent.name"],
        ),
        target: words(source, &target)?,
        reason: None,
        mode: Some(mode),
        context: payload::first(source, &["gen_ai.tool.call.arguments"]),
    })
}

/// The agent that calls another one through an API or a protocol, where the call names it.
fn called(source: &SpanSource<'_>, kind: Option<SpanKind>) -> Option<HandoffHint> {
    let by_agent = source.attributes.text("gen_ai.caller.type") == Some("agent");
    let is_call = by_agent && kind == Some(SpanKind::Agent);
    let caller = words(source, &["gen_ai.caller.name"]).filter(|_| is_call)?;
    let target = words(source, &["gen_ai.agent.name"]).filter(|target| *target != caller)?;
    Some(HandoffHint {
        rule: HandoffRule::HandoffSpan.as_str(),
        evidence: "handoff:caller",
        source: Some(caller),
        target,
        reason: None,
        mode: Some(HandoffMode::Delegate),
        context: None,
    })
}

/// An attribute of a span event.
fn of_event<'a>(event: &'a Event, name: &str) -> Option<&'a Value> {
    let found = event
        .attributes
        .iter()
        .rev()
        .find(|attribute| attribute.key == name)?;
    found.value.as_ref()?.value.as_ref()
}

/// A text among the attributes of a span event.
pub(super) fn text_of_event<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    crate::attributes::text(of_event(event, name)?)
}

//! Claude Code's own spans (beta).
//!
//! Tokens stand under bare names and input excludes what was cached. What failed says so in
//! `success`; the status of a tool or an interaction around it stays unset ([`ScopeContext`]).
//!
//! What a sub-agent does bears its `agent_id` and hardly ever its name: it is the work of the span
//! above, which `claude_hooks` makes and puts there. Requests and tools without an id are the main
//! agent's; the call that starts a sub-agent is the work of the agent that starts it.
//! `gen_ai.conversation.id` is the session in the main agent alone.

mod scope_context;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use telemetron_model::RawJson;
use telemetron_model::record::{ErrorInfo, SpanKind};

use super::money::dollars;
use super::otel::nanoseconds;
use super::usage::Counts;
use super::{SemanticFields, payload, provider, words};
use crate::{Attributes, SpanSource};
pub(crate) use scope_context::ScopeContext;

/// The agent that talks with the user.
const MAIN_AGENT: &str = "main";

/// How the scopes of Claude Code begin.
const SCOPE: &str = "com.anthropic.claude_code";

/// The sub-agent of a call that names none.
pub(crate) const USUAL_SUBAGENT: &str = "general-purpose";

/// The tools that start a sub-agent.
pub(crate) const SPAWNING_TOOLS: &[&str] = &["Agent", "Task"];

/// Whether Claude Code made the span.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.span.name.starts_with("claude_code.") || source.scope.starts_with(SCOPE)
}

/// Reads a span of Claude Code's.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let attributes = &source.attributes;
    let kind = kind_of(source);
    let failed = failed(attributes);
    let mut fields = SemanticFields {
        kind: Some(kind),
        agent_name: agent_name(source, kind),
        parent_agent_id: words(source, &["parent_agent_id"]),
        session_id: words(source, &["session.id"]),
        user_id: words(source, &["user.id", "user.email"]),
        model: words(source, &["model"]),
        provider: attributes
            .text("gen_ai.system")
            .and_then(provider::normalised),
        time_to_first_token_ns: attributes
            .number("ttft_ms")
            .and_then(|ms| nanoseconds(ms / 1e3)),
        finish_reason: words(source, &["stop_reason"]),
        tool_name: words(source, &["tool_name"]),
        tool_call_id: words(source, &["tool_use_id", "gen_ai.tool.call.id"]),
        input: payload::first(
            source,
            &["tool_input", "full_command", "file_path", "user_prompt"],
        ),
        output: tool_output(source)
            .or_else(|| payload::first(source, &["response"]).filter(|_| kind == SpanKind::Agent)),
        cost: attributes.number("cost_usd").and_then(dollars),
        error: error_of(attributes),
        failed,
        ..SemanticFields::default()
    };
    fields
        .rules
        .extend(failed.then_some("failed:claude_code_success"));
    if kind == SpanKind::Llm {
        counts(source).settle(&mut fields);
    }
    fields
}

/// What a span is: its `span.type`, which current builds write without the prefix of the name.
fn word<'a>(span: &'a Span, attributes: &Attributes<'a>) -> &'a str {
    let word = attributes.text("span.type").unwrap_or(&span.name);
    word.strip_prefix("claude_code.").unwrap_or(word)
}

fn kind_of(source: &SpanSource<'_>) -> SpanKind {
    match word(source.span, &source.attributes) {
        "interaction" => SpanKind::Agent,
        "llm_request" => SpanKind::Llm,
        "tool" => SpanKind::Tool,
        _ => SpanKind::Chain,
    }
}

/// Whether a call starts a sub-agent.
fn is_spawn(attributes: &Attributes<'_>) -> bool {
    let tool = attributes.text("tool_name").unwrap_or_default();
    SPAWNING_TOOLS.contains(&tool)
}

/// The sub-agent of a call of Claude Code's that names none; other programs have such tools too.
pub(super) fn unnamed_subagent(source: &SpanSource<'_>) -> Option<String> {
    matches(source).then(|| USUAL_SUBAGENT.to_owned())
}

/// Who is at work, where the span itself tells.
fn agent_name(source: &SpanSource<'_>, kind: SpanKind) -> Option<String> {
    let attributes = &source.attributes;
    let own = || words(source, &["subagent_type"]).filter(|_| !is_spawn(attributes));
    let queried = || {
        let query = attributes.first_text(&["query_source", "query_source_safe"])?;
        of_query_source(query)
    };
    if attributes.has("agent_id") {
        return None;
    }
    let is_main = kind != SpanKind::Chain;
    words(source, &["agent.name"])
        .or_else(own)
        .or_else(queried)
        .or_else(|| is_main.then(|| MAIN_AGENT.to_owned()))
}

/// The agent in `agent:builtin:Explore`, or `agent.builtin.Explore` as it is written where names
/// that people gave are left out: theirs is `agent.custom`.
pub(crate) fn of_query_source(query: &str) -> Option<String> {
    let rest = query.strip_prefix("agent")?;
    let rest = rest.strip_prefix([':', '.'])?;
    let (origin, name) = rest.split_once([':', '.'])?;
    let named = ["builtin", "custom"].contains(&origin) && !name.is_empty();
    named.then(|| name.to_owned())
}

/// The event `tool.output`: what it calls the output, its only text, or all of it.
fn tool_output(source: &SpanSource<'_>) -> Option<RawJson> {
    let event = source
        .span
        .events
        .iter()
        .find(|event| event.name == "tool.output")?;
    let values = Attributes::new(&event.attributes);
    if let Some(output) = values.text("output") {
        return payload::of_text(output);
    }
    let mut each = values.iter();
    match (each.next(), each.next()) {
        (Some((_, Value::StringValue(text))), None) => payload::of_text(text),
        _ => payload::object_of(values.iter()),
    }
}

/// Whether a span says that it failed.
fn failed(attributes: &Attributes<'_>) -> bool {
    attributes.boolean("success") == Some(false)
}

/// Why it failed: the class of the error tells more than its type, which is the same for all tools.
fn error_of(attributes: &Attributes<'_>) -> Option<ErrorInfo> {
    let message = attributes.text("error")?.to_owned();
    let names = ["error_type", "error_class", "error.type", "status_code"];
    let error_type = attributes.first_text(&names).map(str::to_owned);
    let status = || {
        let code = attributes.integer("status_code")?;
        Some(format!("status {code}"))
    };
    Some(ErrorInfo {
        error_type: error_type
            .or_else(status)
            .unwrap_or_else(|| "_OTHER".to_owned()),
        message,
        stack: None,
        category: None,
        severity: None,
        retryable: None,
    })
}

fn counts(source: &SpanSource<'_>) -> Counts {
    let count = |name| source.attributes.integer(name);
    Counts {
        input: count("input_tokens"),
        output: count("output_tokens"),
        cache_read: count("cache_read_tokens"),
        cache_write: count("cache_creation_tokens"),
        cache_apart: true,
        ..Counts::default()
    }
}

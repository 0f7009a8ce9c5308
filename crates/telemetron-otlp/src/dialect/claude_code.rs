//! Claude Code's own spans (beta).
//!
//! Tokens stand under bare names and input excludes what was cached. A tool or an interaction that
//! failed says so in `success`; its status stays unset. Sub-agents are known by `agent_id`; what
//! says no `agent_id` is the work of the main agent. The span of the tool that starts a sub-agent
//! names it in `subagent_type`, but is itself the work of the agent that starts it.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use telemetron_model::RawJson;
use telemetron_model::record::{ErrorInfo, SpanKind};

use super::otel::{dollars, nanoseconds};
use super::usage::Counts;
use super::{Reading, payload, provider, words};
use crate::{Attributes, SpanSource};

/// The agent that talks with the user.
const MAIN_AGENT: &str = "main";

/// The tools that start a sub-agent.
pub(super) const SPAWNING_TOOLS: &[&str] = &["Agent", "Task"];

/// Whether Claude Code made the span.
pub(super) fn speaks(source: &SpanSource<'_>) -> bool {
    source.span.name.starts_with("claude_code.")
        || source.scope.starts_with("com.anthropic.claude_code")
}

/// Reads a span of Claude Code's.
pub(super) fn read(source: &SpanSource<'_>) -> Reading {
    let attributes = &source.attributes;
    let kind = kind_of(source);
    let failed = attributes.boolean("success") == Some(false);
    let mut reading = Reading {
        kind: Some(kind),
        agent_id: words(source, &["agent_id"]),
        agent_name: agent_name(source),
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
        output: tool_output(source),
        cost: attributes.number("cost_usd").and_then(dollars),
        error: error(source),
        failed,
        ..Reading::default()
    };
    reading
        .rules
        .extend(failed.then_some("failed:claude_code_success"));
    if kind == SpanKind::Llm {
        counts(source).settle(&mut reading);
    }
    reading
}

/// The kind by `span.type`, which current builds write without the prefix that the name has.
fn kind_of(source: &SpanSource<'_>) -> SpanKind {
    let word = source
        .attributes
        .text("span.type")
        .unwrap_or(&source.span.name);
    match word.strip_prefix("claude_code.").unwrap_or(word) {
        "interaction" => SpanKind::Agent,
        "llm_request" => SpanKind::Llm,
        "tool" => SpanKind::Tool,
        _ => SpanKind::Chain,
    }
}

/// Who is at work. A sub-agent whose name the span does not tell has its id alone.
fn agent_name(source: &SpanSource<'_>) -> Option<String> {
    let tool = source.attributes.text("tool_name").unwrap_or_default();
    let spawns = SPAWNING_TOOLS.contains(&tool);
    let own = || words(source, &["subagent_type"]).filter(|_| !spawns);
    let queried = || {
        source
            .attributes
            .text("query_source")
            .and_then(of_query_source)
    };
    words(source, &["agent.name"])
        .or_else(own)
        .or_else(queried)
        .or_else(|| (!source.attributes.has("agent_id")).then(|| MAIN_AGENT.to_owned()))
}

/// The agent in `agent:builtin:Explore` or `agent:custom:reviewer`.
fn of_query_source(query: &str) -> Option<String> {
    let (origin, name) = query.strip_prefix("agent:")?.split_once(':')?;
    let named = ["builtin", "custom"].contains(&origin) && !name.is_empty();
    named.then(|| name.to_owned())
}

/// The event `tool.output`: its only text, or all of it.
fn tool_output(source: &SpanSource<'_>) -> Option<RawJson> {
    let event = source
        .span
        .events
        .iter()
        .find(|event| event.name == "tool.output")?;
    let values = Attributes::new(&event.attributes);
    let mut each = values.iter();
    match (each.next(), each.next()) {
        (Some((_, Value::StringValue(text))), None) => payload::of_text(text),
        _ => payload::object_of(values.iter()),
    }
}

fn error(source: &SpanSource<'_>) -> Option<ErrorInfo> {
    let message = words(source, &["error"])?;
    let error_type = words(source, &["error_type", "error.type", "status_code"]);
    let status = || {
        source
            .attributes
            .integer("status_code")
            .map(|code| format!("status {code}"))
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

//! Failures that a span states outside its status.
//!
//! | what says so | rule |
//! |---|---|
//! | `gen_ai.tool.status`, `tool.status`: `error`, `failed` | `failed:tool_status` |
//! | a tool's result with `isError: true` (MCP) or `is_error: true` (Anthropic) | `failed:is_error` |
//! | a tool's result that is a message with `status: error` (`LangChain`, Strands) | `failed:tool_message` |
//! | a model that stopped with `error` | `failed:finish_reason` |
//!
//! Words that merely speak of errors state nothing.

use serde_json::Value as Json;
use telemetron_model::record::{ErrorInfo, SpanKind};

use super::{SemanticFields, payload};
use crate::SpanSource;

/// Marks a reading as failed where the span states it.
pub(super) fn read(source: &SpanSource<'_>, fields: &mut SemanticFields) {
    let Some((rule, message)) = stated(source, fields) else {
        return;
    };
    fields.failed = true;
    fields.rules.push(rule);
    fields.error.get_or_insert_with(|| ErrorInfo {
        error_type: "_OTHER".to_owned(),
        message: message.unwrap_or_default(),
        stack: None,
        category: None,
        severity: None,
        retryable: None,
    });
}

fn stated(
    source: &SpanSource<'_>,
    fields: &SemanticFields,
) -> Option<(&'static str, Option<String>)> {
    match fields.kind? {
        SpanKind::Tool => {
            let result = result(fields);
            let words = || result.as_ref().and_then(words);
            let status = source.attributes.first_text(&[
                "gen_ai.tool.status",
                "tool.status",
                "gen_ai.tool.call.status",
            ]);
            if status.is_some_and(is_failure) {
                return Some(("failed:tool_status", words()));
            }
            result
                .as_ref()
                .and_then(of_result)
                .map(|rule| (rule, words()))
        }
        SpanKind::Llm => {
            let reason = fields.finish_reason.as_deref()?;
            reason
                .eq_ignore_ascii_case("error")
                .then_some(("failed:finish_reason", None))
        }
        _ => None,
    }
}

fn is_failure(status: &str) -> bool {
    const FAILURES: &[&str] = &["error", "failed", "failure"];
    FAILURES
        .iter()
        .any(|word| status.eq_ignore_ascii_case(word))
}

/// The result of a tool, where it may state a failure.
fn result(fields: &SemanticFields) -> Option<Json> {
    const MARKS: &[&str] = &["isError", "is_error", "\"status\"", "\"text\""];
    let text = fields.output.as_ref()?.get();
    let contains = |mark: &&str| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    MARKS.iter().any(contains).then(|| payload::parsed(text))?
}

/// The rule by which a result states a failure.
fn of_result(result: &Json) -> Option<&'static str> {
    let inner = inner(result);
    let says = |name: &str| inner.get(name) == Some(&Json::Bool(true));
    if says("isError") || says("is_error") {
        return Some("failed:is_error");
    }
    let is_message = ["tool_call_id", "toolUseId", "tool_use_id"]
        .iter()
        .any(|name| inner.get(*name).is_some())
        || inner.get("role").and_then(Json::as_str) == Some("tool");
    let failed = inner
        .get("status")
        .and_then(Json::as_str)
        .is_some_and(is_failure);
    (is_message && failed).then_some("failed:tool_message")
}

/// The result itself, out of a list of one and out of what names it.
fn inner(result: &Json) -> &Json {
    let mut inner = result;
    for _ in 0..4 {
        let only = inner.as_array().filter(|items| items.len() == 1);
        let next = only.and_then(|items| items.first()).or_else(|| {
            ["toolResult", "result", "output"].iter().find_map(|name| {
                inner
                    .get(*name)
                    .filter(|value| value.is_object() || value.is_array())
            })
        });
        let Some(next) = next else {
            break;
        };
        inner = next;
    }
    inner
}

/// What the result says, as one text.
fn words(result: &Json) -> Option<String> {
    let inner = inner(result);
    let content = ["content", "error", "message"]
        .iter()
        .find_map(|name| inner.get(*name));
    let texts = match content.unwrap_or(inner) {
        Json::String(text) => text.clone(),
        Json::Array(parts) => {
            let texts = parts
                .iter()
                .filter_map(|part| part.as_str().or_else(|| part.get("text")?.as_str()));
            texts.collect::<Vec<_>>().join("\n")
        }
        part => part.get("text")?.as_str()?.to_owned(),
    };
    (!texts.is_empty()).then_some(texts)
}

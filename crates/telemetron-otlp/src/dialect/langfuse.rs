//! Langfuse's own SDK.
//!
//! Usage and cost are JSON in a text. Langfuse keeps what was cached apart from `input` in its own
//! integrations and takes whatever a user passes otherwise; the numbers decide.

use serde_json::{Map, Value as Json};
use telemetron_model::record::{ErrorInfo, SpanKind};
use telemetron_model::{NanoUsd, Timestamp};

use super::money::dollars;
use super::usage::{Counts, count};
use super::{SemanticFields, kind, payload, words};
use crate::SpanSource;

/// Whether a span has an attribute of Langfuse's.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.attributes.any_below("langfuse.")
}

/// Reads an observation.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let attributes = &source.attributes;
    let observed = attributes
        .text("langfuse.observation.type")
        .and_then(kind::of_word);
    let named = |wanted: SpanKind| (observed == Some(wanted)).then(|| source.span.name.clone());
    let failed = attributes.text("langfuse.observation.level") == Some("ERROR");
    let mut fields = SemanticFields {
        kind: observed,
        agent_name: named(SpanKind::Agent),
        tool_name: named(SpanKind::Tool),
        session_id: words(
            source,
            &[
                "session.id",
                "langfuse.session.id",
                "langfuse.trace.session_id",
                "langfuse.observation.metadata.langfuse_session_id",
                "langfuse.trace.metadata.langfuse_session_id",
            ],
        ),
        user_id: words(
            source,
            &[
                "user.id",
                "langfuse.user.id",
                "langfuse.trace.user_id",
                "langfuse.observation.metadata.langfuse_user_id",
                "langfuse.trace.metadata.langfuse_user_id",
            ],
        ),
        requested_model: words(source, &["langfuse.observation.model.name"]),
        parameters: payload::first(
            source,
            &[
                "langfuse.observation.model.parameters",
                "langfuse.observation.model_parameters",
            ],
        ),
        time_to_first_token_ns: time_to_first_token(source),
        input: payload::first_encoded(
            source,
            &["langfuse.observation.input", "langfuse.trace.input"],
        ),
        output: payload::first_encoded(
            source,
            &["langfuse.observation.output", "langfuse.trace.output"],
        ),
        cost: cost(source),
        error: failed.then(|| error(source)),
        failed,
        ..SemanticFields::default()
    };
    fields
        .rules
        .extend(failed.then_some("failed:langfuse_level"));
    if let Some(details) = payload::object(source, "langfuse.observation.usage_details") {
        counts(&details).settle(&mut fields);
    }
    fields
}

/// From the start of the span to the time at which the completion began, itself JSON in a text.
fn time_to_first_token(source: &SpanSource<'_>) -> Option<i64> {
    let text = source
        .attributes
        .text("langfuse.observation.completion_start_time")?;
    let began = Timestamp::parse_rfc3339(text.trim_matches('"')).ok()?;
    let started = i64::try_from(source.span.start_time_unix_nano).ok()?;
    Some(began.nanos() - started).filter(|waited| *waited >= 0)
}

/// The total, else the sum of the parts.
fn cost(source: &SpanSource<'_>) -> Option<NanoUsd> {
    let details = payload::object(source, "langfuse.observation.cost_details")?;
    let total = details.get("total").and_then(Json::as_f64);
    let parts = || {
        details
            .values()
            .filter_map(Json::as_f64)
            .reduce(|sum, part| sum + part)
    };
    dollars(total.or_else(parts)?)
}

fn error(source: &SpanSource<'_>) -> ErrorInfo {
    let message = source
        .attributes
        .text("langfuse.observation.status_message");
    ErrorInfo {
        error_type: source
            .attributes
            .text("error.type")
            .unwrap_or("_OTHER")
            .to_owned(),
        message: message.unwrap_or_default().to_owned(),
        stack: None,
        category: None,
        severity: None,
        retryable: None,
    }
}

/// Usage by Langfuse's own keys: whatever begins with `input_` is a part of the input, with
/// `output_` of the output, and each stands apart unless the total shows that it does not.
fn counts(details: &Map<String, Json>) -> Counts {
    let mut counts = Counts::of_object(details);
    let mut parts: [Option<i64>; 5] = [None; 5];
    for (name, value) in details {
        if let (Some(part), Some(count)) = (part(name), count(value)) {
            let sum = parts[part].unwrap_or_default();
            parts[part] = Some(sum.saturating_add(count));
        }
    }
    let [read, written, more_input, reasoning, more_output] = parts;
    let anthropic = || details.keys().any(|name| name.starts_with("cache_"));
    counts.parts_apart = details.contains_key("input")
        || details.contains_key("output")
        || (details.contains_key("input_tokens") && anthropic());
    Counts {
        cache_read: read.or(counts.cache_read),
        cache_write: written.or(counts.cache_write),
        more_input,
        reasoning: reasoning.or(counts.reasoning),
        more_output,
        ..counts
    }
}

/// Which part a key counts: read from a cache, written to one, other input, reasoned, other output.
///
/// What was served with priority is told beside the input that already includes it.
fn part(name: &str) -> Option<usize> {
    const WHOLE: &[&str] = &["tokens", "token_count", "priority"];
    let is_any = |rest: &str, words: &[&str]| words.iter().any(|word| rest.contains(word));
    let input = name
        .strip_prefix("input_")
        .filter(|rest| !WHOLE.contains(rest));
    let output = name
        .strip_prefix("output_")
        .filter(|rest| !WHOLE.contains(rest));
    let of_input = input.map(|rest| {
        if is_any(rest, &["cache_creation", "cache_write", "ephemeral"]) {
            1
        } else if is_any(rest, &["cache"]) {
            0
        } else {
            2
        }
    });
    of_input.or_else(|| {
        output.map(|rest| {
            if is_any(rest, &["reasoning", "thought"]) {
                3
            } else {
                4
            }
        })
    })
}

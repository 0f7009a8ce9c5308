//! Langfuse's own SDK.
//!
//! Usage and cost are JSON in a text. Langfuse keeps what was cached apart from `input` in its own
//! integrations and takes whatever a user passes otherwise; the numbers decide.

use serde_json::{Map, Value as Json};
use telemetron_model::record::{ErrorInfo, SpanKind};
use telemetron_model::{NanoUsd, Timestamp};

use super::otel::dollars;
use super::usage::Counts;
use super::{Reading, kind, payload, words};
use crate::SpanSource;

/// Whether a span has an attribute of Langfuse's.
pub(super) fn speaks(source: &SpanSource<'_>) -> bool {
    source.attributes.any_below("langfuse.")
}

/// Reads an observation.
pub(super) fn read(source: &SpanSource<'_>) -> Reading {
    let attributes = &source.attributes;
    let observed = attributes
        .text("langfuse.observation.type")
        .and_then(kind::of_word);
    let named = |wanted: SpanKind| (observed == Some(wanted)).then(|| source.span.name.clone());
    let failed = attributes.text("langfuse.observation.level") == Some("ERROR");
    let mut reading = Reading {
        kind: observed,
        agent_name: named(SpanKind::Agent),
        tool_name: named(SpanKind::Tool),
        session_id: words(source, &["session.id", "langfuse.session.id"]),
        user_id: words(source, &["user.id", "langfuse.user.id"]),
        requested_model: words(source, &["langfuse.observation.model.name"]),
        parameters: payload::first(
            source,
            &[
                "langfuse.observation.model.parameters",
                "langfuse.observation.model_parameters",
            ],
        ),
        time_to_first_token_ns: time_to_first_token(source),
        input: payload::first_encoded(source, &["langfuse.observation.input"]),
        output: payload::first_encoded(source, &["langfuse.observation.output"]),
        cost: cost(source),
        error: failed.then(|| error(source)),
        failed,
        ..Reading::default()
    };
    reading
        .rules
        .extend(failed.then_some("failed:langfuse_level"));
    if let Some(details) = payload::object(source, "langfuse.observation.usage_details") {
        counts(&details).settle(&mut reading);
    }
    reading
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

fn counts(details: &Map<String, Json>) -> Counts {
    let count = |names: &[&str]| names.iter().find_map(|name| details.get(*name)?.as_i64());
    Counts {
        input: count(&["input", "input_tokens", "prompt_tokens"]),
        output: count(&["output", "output_tokens", "completion_tokens"]),
        total: count(&["total", "total_tokens"]),
        cache_read: count(&["input_cached_tokens", "cache_read_input_tokens"]),
        cache_write: count(&["input_cache_creation", "cache_creation_input_tokens"]),
        reasoning: count(&["output_reasoning_tokens"]),
        cache_apart: false,
    }
}

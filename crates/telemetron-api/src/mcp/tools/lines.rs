//! Lines that several tools write.

use telemetron_model::record::{ErrorInfo, Status, TokenUsage};
use telemetron_model::view::{Freshness, TraceDetail, TraceSummary};

use super::super::words;

/// A trace as a line of a list.
pub(super) fn trace(trace: &TraceSummary) -> String {
    let counts = trace.counts;
    let facts = words::joined([
        words::instant(trace.start_time),
        words::took(trace.duration_ms),
        words::labelled("agent", trace.root_agent.as_deref()),
        words::things(counts.spans, "span"),
        failed(counts.failed_spans, counts.errors),
        words::things(trace.tokens.total, "token"),
        words::cost(trace.cost_usd),
        words::labelled("session", trace.session_id.as_deref()),
    ]);
    format!(
        "- {} {} \"{}\" · {facts}",
        trace.trace_id,
        status(trace),
        words::line(trace.name.as_deref().unwrap_or("unnamed"), 60),
    )
}

/// How far a trace is, in capitals as the filter takes it.
pub(super) fn status(trace: &TraceSummary) -> String {
    let mut text = trace.status.to_string();
    if trace.stuck {
        text.push_str(" (stuck)");
    }
    text
}

fn failed(spans: i64, errors: i64) -> String {
    let spans = if spans > 0 {
        format!("{spans} failed")
    } else {
        String::new()
    };
    words::joined([spans, words::things(errors, "error")])
}

/// The head of an answer about one trace.
pub(super) fn head(detail: &TraceDetail) -> Vec<String> {
    let trace = &detail.summary;
    let counts = trace.counts;
    let times = words::joined([
        format!("started {}", words::instant(trace.start_time)),
        format!("took {}", words::took(trace.duration_ms)),
        words::labelled("session", trace.session_id.as_deref()),
        words::labelled("user", trace.user_id.as_deref()),
        words::labelled("project", trace.project.as_deref()),
    ]);
    let amounts = words::joined([
        words::things(counts.agents, "agent"),
        words::things(counts.spans, "span"),
        failed(counts.failed_spans, counts.errors),
        running(counts.running_spans),
        words::things(counts.llm_calls, "LLM call"),
        words::things(counts.tool_calls, "tool call"),
        words::things(counts.handoffs, "handoff"),
        words::spent(&trace.tokens),
        words::cost(trace.cost_usd),
    ]);
    let error = detail
        .error
        .as_ref()
        .map(|error| format!("error: {}", self::error(error)));
    vec![
        format!(
            "# Trace {} \"{}\" {}",
            trace.trace_id,
            words::line(trace.name.as_deref().unwrap_or("unnamed"), 80),
            status(trace)
        ),
        times,
        amounts,
        error.unwrap_or_default(),
    ]
}

fn running(spans: i64) -> String {
    if spans > 0 {
        format!("{spans} still running")
    } else {
        String::new()
    }
}

/// Why something failed, in a line.
pub(super) fn error(error: &ErrorInfo) -> String {
    let more = words::joined([
        error
            .category
            .map(|category| category.to_string())
            .unwrap_or_default(),
        match error.retryable {
            Some(true) => "retryable".to_owned(),
            Some(false) | None => String::new(),
        },
    ]);
    let message = words::line(&error.message, 400);
    let more = if more.is_empty() {
        more
    } else {
        format!(" [{more}]")
    };
    format!("{}: {message}{more}", error.error_type)
}

/// A status that deserves to be seen; nothing for what completed.
pub(super) fn unusual(status: Status) -> &'static str {
    match status {
        Status::Completed => "",
        Status::Failed => " FAILED",
        Status::Running => " RUNNING",
    }
}

/// Tokens and cost of some work.
pub(super) fn spent(tokens: &TokenUsage, cost: telemetron_model::NanoUsd) -> String {
    words::joined([words::things(tokens.total, "token"), words::cost(cost)])
}

/// How fresh an answer is, when it is not.
pub(super) fn stale(freshness: &Freshness) -> String {
    match (&freshness.lag, &freshness.lag_reason) {
        (Some(lag), _) if lag.records > 0 => format!(
            "note: {} wait to be stored ({:.1}s behind)",
            words::things(lag.records, "record"),
            lag.seconds
        ),
        (None, Some(reason)) => format!("note: how fresh this is, is not known: {reason}"),
        _ => String::new(),
    }
}

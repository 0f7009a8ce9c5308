//! Lines that several tools write.

use std::fmt::Display;

use telemetron_model::TraceId;
use telemetron_model::record::{ErrorInfo, Status, TokenUsage};
use telemetron_view::{Freshness, Run, RunSums, TraceAnswer, TraceDetail, TraceSummary};

use super::super::format;

/// A trace as a line of a list.
pub(super) fn trace(trace: &TraceSummary) -> String {
    let counts = trace.counts;
    let facts = format::joined([
        format::instant(trace.start_time),
        format::took(trace.duration_ms),
        format::labelled("agent", trace.root_agent.as_deref()),
        format::things(counts.spans, "span"),
        failed(counts.failed_spans, counts.errors),
        format::things(trace.tokens.total, "token"),
        format::cost(trace.cost_usd),
        format::labelled("session", trace.session_id.as_deref()),
        (trace.run.as_ref()).map_or_else(String::new, whole_run),
    ]);
    format!(
        "- {} {} \"{}\" · {facts}",
        trace.trace_id,
        status(trace),
        format::line(trace.name.as_deref().unwrap_or("unnamed"), 60),
    )
}

/// What the run comes to that a trace leads.
fn whole_run(run: &RunSums) -> String {
    let facts = format::joined([
        format::things(run.traces, "trace"),
        format::things(run.spans, "span"),
        failed(run.failed_spans, 0),
        spent(&run.tokens, run.cost_usd),
    ]);
    format!("its run: {facts}")
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
    format::joined([spans, format::things(errors, "error")])
}

/// The head of an answer about one trace.
pub(super) fn head(detail: &TraceDetail) -> Vec<String> {
    let trace = &detail.summary;
    let counts = trace.counts;
    let times = format::joined([
        format!("started {}", format::instant(trace.start_time)),
        format!("took {}", format::took(trace.duration_ms)),
        format::labelled("session", trace.session_id.as_deref()),
        format::labelled("user", trace.user_id.as_deref()),
        format::labelled("project", trace.project.as_deref()),
    ]);
    let amounts = format::joined([
        format::things(counts.agents, "agent"),
        format::things(counts.spans, "span"),
        failed(counts.failed_spans, counts.errors),
        running(counts.running_spans),
        format::things(counts.llm_calls, "LLM call"),
        format::things(counts.tool_calls, "tool call"),
        format::things(counts.handoffs, "handoff"),
        format::spent(&trace.tokens),
        format::cost(trace.cost_usd),
    ]);
    let error = detail
        .error
        .as_ref()
        .map(|error| format!("error: {}", self::error(error)));
    vec![
        format!(
            "# Trace {} \"{}\" {}",
            trace.trace_id,
            format::line(trace.name.as_deref().unwrap_or("unnamed"), 80),
            status(trace)
        ),
        times,
        amounts,
        error.unwrap_or_default(),
    ]
}

/// Of which run a trace is a part, or of which traces the run is made.
pub(super) fn run(answer: &TraceAnswer, id: &str) -> String {
    if let Some(run) = &answer.run {
        return of_run(run);
    }
    let Some(run) = &answer.trace.summary.run else {
        return String::new();
    };
    format!(
        "This trace is one of many, {}: trace_summary(trace_id=\"{id}\", follow=\"links\") \
         reads all of it, and so do timeline, agent_graph and diagnose.",
        whole_run(run)
    )
}

/// Most traces of a run that are named.
const MOST_NAMED: usize = 8;

/// Of which traces a run is made.
pub(super) fn of_run(run: &Run) -> String {
    let count = i64::try_from(run.traces.len()).unwrap_or(i64::MAX);
    let named = run.traces.iter().take(MOST_NAMED);
    let named: Vec<_> = named.map(|one| one.trace_id.to_string()).collect();
    let more = match (run.more, run.traces.len() > MOST_NAMED) {
        (true, _) => ", … and more than can be read as one",
        (false, true) => ", …",
        (false, false) => "",
    };
    format!(
        "run by {}: {}, earliest first: {}{more}. `[SPAN of TRACE]` names both for span_detail.",
        run.follow,
        format::things(count, "trace"),
        named.join(", ")
    )
}

/// The id of a span, with its trace where several are read as one.
pub(super) fn span_id(trace_id: Option<TraceId>, span_id: &dyn Display) -> String {
    match trace_id {
        Some(trace_id) => format!("{span_id} of {trace_id}"),
        None => span_id.to_string(),
    }
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
    let more = format::joined([
        error
            .category
            .map(|category| category.to_string())
            .unwrap_or_default(),
        match error.retryable {
            Some(true) => "retryable".to_owned(),
            Some(false) | None => String::new(),
        },
    ]);
    let message = format::line(&error.message, 400);
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
    format::joined([format::things(tokens.total, "token"), format::cost(cost)])
}

/// How fresh an answer is, when it is not.
pub(super) fn stale(freshness: &Freshness) -> String {
    match (&freshness.lag, &freshness.lag_reason) {
        (Some(lag), _) if lag.records > 0 => format!(
            "note: {} wait to be stored ({:.1}s behind)",
            format::things(lag.records, "record"),
            lag.seconds
        ),
        (None, Some(reason)) => format!("note: how fresh this is, is not known: {reason}"),
        _ => String::new(),
    }
}

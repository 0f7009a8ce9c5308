//! Failures that log records tell of, as errors of their trace.

use telemetron_model::record::{ErrorRecord, Event, event_type};

use super::name::Name;
use super::record::Source;
use crate::traces::error_info;

/// The failure; none when nothing failed, or when it happened in no trace.
pub(super) fn of(source: &Source<'_>, name: &Name, event: &Event) -> Option<ErrorRecord> {
    let failed_tool = source.attributes.boolean("success") == Some(false);
    let failed = match name.claude_code() {
        Some("tool_result") => failed_tool,
        Some(_) => name.event_type == event_type::ERROR,
        None => source.is_error(),
    };
    let trace_id = event.trace_id.filter(|_| failed)?;
    let message = message(source, event);
    let stack = source.attributes.text("exception.stacktrace");
    let info = error_info(None, error_type(source, name), &message, stack, None);
    let severity = match name.claude_code() {
        Some(_) => info.severity,
        None => Some(source.severity_of_failure()),
    };
    Some(ErrorRecord {
        error_id: event.event_id.clone(),
        trace_id,
        span_id: event.span_id,
        agent_id: event.agent_id.clone(),
        agent_name: event.agent_name.clone(),
        error_type: info.error_type,
        message: info.message,
        stack: info.stack,
        category: info.category,
        severity,
        retryable: info.retryable,
        attempts: attempts(source),
        suggested_fixes: Vec::new(),
        timestamp: event.timestamp,
    })
}

fn error_type<'a>(source: &'a Source<'_>, name: &'a Name) -> &'a str {
    let said = ["exception.type", "error.type", "error_type"];
    let own = name.claude_code().unwrap_or("_OTHER");
    source.attributes.first_text(&said).unwrap_or(own)
}

/// What it says, with the status of the answer, by which its class is known.
fn message(source: &Source<'_>, event: &Event) -> String {
    let said = source.attributes.text("exception.message");
    let said = said.or(event.message.as_deref()).unwrap_or_default();
    match source.attributes.integer("status_code") {
        Some(status) if !said.contains(&status.to_string()) => format!("{said} (status {status})"),
        _ => said.to_owned(),
    }
}

fn attempts(source: &Source<'_>) -> Option<i32> {
    let attempt = source.attributes.integer("attempt")?;
    i32::try_from(attempt).ok()
}

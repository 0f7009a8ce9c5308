//! Bounds on what a record may say: ids that can be indexed, counts that can be summed.

use super::{Rejection, invalid};
use crate::cost::NanoUsd;
use crate::record::{Record, Schema, Span, TokenUsage};

/// Longest id of text, in bytes.
pub(super) const MAX_ID_BYTES: usize = 256;

/// Most tokens that one call can have spent.
const MAX_TOKENS: i64 = 1_000_000_000_000;

/// Most that one call can have cost: a million dollars.
const MAX_COST: NanoUsd = NanoUsd::from_nanos(1_000_000_000_000_000);

/// Checks ids, counts and costs of a record.
pub(super) fn check(record: &Record) -> Result<(), Rejection> {
    let schema = record.schema();
    match record {
        Record::Span(span) => check_span(span),
        Record::Trace(trace) => {
            optional(schema, "session_id", trace.session_id.as_ref())?;
            optional(schema, "user_id", trace.user_id.as_ref())?;
            optional(schema, "project", trace.project.as_ref())
        }
        Record::Handoff(handoff) => required(schema, "handoff_id", &handoff.handoff_id),
        Record::Event(event) => optional(schema, "event_id", event.event_id.as_ref()),
        Record::Error(error) => optional(schema, "error_id", error.error_id.as_ref()),
        Record::Agent(agent) => required(schema, "agent_id", &agent.agent_id),
        Record::Task(task) => {
            required(schema, "task_id", &task.task_id)?;
            required(schema, "queue", &task.queue)
        }
        Record::Metric(point) => {
            required(schema, "name", &point.name)?;
            optional(schema, "instance", point.instance.as_ref())
        }
    }
}

fn check_span(span: &Span) -> Result<(), Rejection> {
    let schema = Schema::Span;
    optional(schema, "session_id", span.session_id.as_ref())?;
    optional(schema, "user_id", span.user_id.as_ref())?;
    optional(schema, "project", span.project.as_ref())?;
    let calls = span
        .llm_calls
        .iter()
        .map(|call| (call.token_usage, call.cost_usd));
    let own = std::iter::once((span.token_usage, span.cost_usd));
    for (usage, cost) in own.chain(calls) {
        spent(usage.unwrap_or_default(), cost.unwrap_or_default())?;
    }
    Ok(())
}

fn spent(usage: TokenUsage, cost: NanoUsd) -> Result<(), Rejection> {
    let counts = [
        usage.input,
        usage.output,
        usage.total,
        usage.cached,
        usage.reasoning,
    ];
    if counts.iter().any(|count| *count > MAX_TOKENS) {
        return Err(invalid(
            Schema::Span,
            "`token_usage` has a count beyond 10^12",
        ));
    }
    if cost > MAX_COST || cost < NanoUsd::default() {
        return Err(invalid(
            Schema::Span,
            "`cost_usd` must lie between 0 and a million dollars",
        ));
    }
    Ok(())
}

fn required(schema: Schema, field: &str, id: &str) -> Result<(), Rejection> {
    if id.is_empty() {
        return Err(invalid(schema, &format!("`{field}` must not be empty")));
    }
    bounded(schema, field, id)
}

fn optional(schema: Schema, field: &str, id: Option<&String>) -> Result<(), Rejection> {
    id.map_or(Ok(()), |id| bounded(schema, field, id))
}

fn bounded(schema: Schema, field: &str, id: &str) -> Result<(), Rejection> {
    if id.len() > MAX_ID_BYTES {
        return Err(invalid(
            schema,
            &format!("`{field}` is longer than {MAX_ID_BYTES} bytes"),
        ));
    }
    Ok(())
}

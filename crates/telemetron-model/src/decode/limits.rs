//! Checks of a record against the bounds that all records keep.

use super::{Rejection, invalid};
use crate::bounds::{EARLIEST, MAX_ID_BYTES, are_countable, is_payable};
use crate::cost::NanoUsd;
use crate::record::{Record, Schema, Span, TokenUsage};
use crate::time::Timestamp;

/// Checks ids, instants, counts and costs of a record.
pub(super) fn check(record: &Record) -> Result<(), Rejection> {
    check_instants(record)?;
    let schema = record.schema();
    match record {
        Record::Span(span) => check_span(span),
        Record::Trace(trace) => {
            optional(schema, "session_id", trace.session_id.as_ref())?;
            optional(schema, "user_id", trace.user_id.as_ref())?;
            optional(schema, "project", trace.project.as_ref())?;
            let usage = trace.reported_tokens.unwrap_or_default();
            spent(schema, usage, trace.reported_cost_usd.unwrap_or_default())
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
        spent(schema, usage.unwrap_or_default(), cost.unwrap_or_default())?;
    }
    Ok(())
}

fn spent(schema: Schema, usage: TokenUsage, cost: NanoUsd) -> Result<(), Rejection> {
    if !are_countable(usage.normalised()) {
        return Err(invalid(schema, "a count of tokens is beyond 10^12"));
    }
    if !is_payable(cost) {
        return Err(invalid(
            schema,
            "a cost must lie between 0 and a million dollars",
        ));
    }
    Ok(())
}

/// Instants before the epoch are nobody's, and cannot be taken from others without overflowing.
fn check_instants(record: &Record) -> Result<(), Rejection> {
    let too_early = instants(record)
        .into_iter()
        .flat_map(|(field, instant)| instant.map(|instant| (field, instant)))
        .find(|(_, instant)| *instant < EARLIEST);
    too_early.map_or(Ok(()), |(field, instant)| {
        let reason = format!("`{field}` is {instant}, before the year 1970");
        Err(invalid(record.schema(), &reason))
    })
}

/// The instants that a record names.
fn instants(record: &Record) -> Vec<(&'static str, Option<Timestamp>)> {
    match record {
        Record::Span(span) => vec![
            ("start_time", Some(span.start_time)),
            ("end_time", span.end_time),
        ],
        Record::Trace(trace) => vec![
            ("start_time", Some(trace.start_time)),
            ("end_time", trace.end_time),
        ],
        Record::Handoff(handoff) => vec![
            ("timestamp", Some(handoff.timestamp)),
            ("until", handoff.until),
        ],
        Record::Event(event) => vec![("timestamp", Some(event.timestamp))],
        Record::Error(error) => vec![("timestamp", Some(error.timestamp))],
        Record::Agent(agent) => vec![
            ("registered_at", Some(agent.registered_at)),
            ("timestamp", Some(agent.timestamp)),
        ],
        Record::Task(task) => vec![
            ("submitted_at", Some(task.submitted_at)),
            ("started_at", task.started_at),
            ("ended_at", task.ended_at),
            ("timestamp", Some(task.timestamp)),
        ],
        Record::Metric(point) => {
            vec![("time", Some(point.time)), ("start_time", point.start_time)]
        }
    }
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

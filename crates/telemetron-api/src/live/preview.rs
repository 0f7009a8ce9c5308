//! What the live stream shows of a record: everything but payloads, of which it shows the head.

use serde_json::{Map, Value, json};
use telemetron_model::record::{
    Agent, ErrorInfo, ErrorRecord, Event, Handoff, MetricPoint, Record, Severity, Span, Status,
    Task, Trace, event_type,
};
use telemetron_model::{RawJson, Rfc3339, Timestamp};
use telemetron_view::{millis_between, millis_of};

/// Most bytes of a payload that are shown.
const PREVIEW_BYTES: usize = 512;

/// Most bytes of attributes, data or context that are shown whole.
const SMALL_BYTES: usize = 2048;

/// The record for the live stream; what is absent is left out.
pub(super) fn of(record: &Record) -> Value {
    let shown = match record {
        Record::Span(span) => span_value(span),
        Record::Trace(trace) => trace_value(trace),
        Record::Handoff(handoff) => handoff_value(handoff),
        Record::Event(event) => event_value(event),
        Record::Error(error) => error_value(error),
        Record::Metric(point) => metric_value(point),
        Record::Agent(agent) => agent_value(agent),
        Record::Task(task) => task_value(task),
    };
    without_nulls(shown)
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let known = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(known.collect::<Map<_, _>>())
        }
        other => other,
    }
}

fn span_value(span: &Span) -> Value {
    json!({
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "parent_span_id": span.parent_span_id,
        "name": span.name,
        "span_kind": span.span_kind,
        "status": span.status,
        "start_time": Rfc3339(span.start_time),
        "end_time": instant(span.end_time),
        "duration_ms": span.end_time.map(|end| millis_between(span.start_time, end)),
        "time_source": span.time_source,
        "agent_id": span.agent_id,
        "agent_name": span.agent_name,
        "session_id": span.session_id,
        "user_id": span.user_id,
        "project": span.project,
        "model": span.model,
        "provider": span.provider,
        "finish_reason": span.finish_reason,
        "time_to_first_token_ms": span.time_to_first_token_ns.map(millis_of),
        "tool_name": span.tool_name,
        "tool_call_id": span.tool_call_id,
        "token_usage": span.token_usage,
        "cost_usd": span.cost_usd,
        "llm_call_count": span.llm_calls.len(),
        "tool_call_count": span.tool_calls.len(),
        "error": failure(span.error.as_ref()),
        "attributes": small(span.attributes.as_ref()),
        "resource": span.resource,
        "input_preview": head_of_json(span.input_data.as_ref()),
        "output_preview": head_of_json(span.output_data.as_ref()),
    })
}

fn trace_value(trace: &Trace) -> Value {
    json!({
        "trace_id": trace.trace_id,
        "name": trace.name,
        "status": trace.status,
        "start_time": Rfc3339(trace.start_time),
        "end_time": instant(trace.end_time),
        "duration_ms": trace.end_time.map(|end| millis_between(trace.start_time, end)),
        "session_id": trace.session_id,
        "user_id": trace.user_id,
        "project": trace.project,
        "root_agent_id": trace.root_agent_id,
        "root_agent_name": trace.root_agent_name,
        "error": failure(trace.error.as_ref()),
        "metadata": small(trace.metadata.as_ref()),
        "user_input_preview": head_of_json(trace.user_input.as_ref()),
        "final_output_preview": head_of_json(trace.final_output.as_ref()),
    })
}

fn handoff_value(handoff: &Handoff) -> Value {
    json!({
        "handoff_id": handoff.handoff_id,
        "trace_id": handoff.trace_id,
        "span_id": handoff.span_id,
        "source_agent_id": handoff.source_agent_id,
        "source_agent_name": handoff.source_agent_name,
        "target_agent_id": handoff.target_agent_id,
        "target_agent_name": handoff.target_agent_name,
        "timestamp": Rfc3339(handoff.timestamp),
        "until": instant(handoff.until),
        "reason": handoff.reason.as_deref().map(head),
        "mode": handoff.mode,
        "rule": handoff.rule,
        "context": small(handoff.context.as_ref()),
    })
}

fn event_value(event: &Event) -> Value {
    json!({
        "event_id": event.event_id,
        "trace_id": event.trace_id,
        "span_id": event.span_id,
        "agent_id": event.agent_id,
        "agent_name": event.agent_name,
        "event_type": event.event_type,
        "event_name": event.event_name,
        "severity": event.severity,
        "message": event.message.as_deref().map(head),
        "data": small(event.data.as_ref()),
        "timestamp": Rfc3339(event.timestamp),
        "correlation_id": event.correlation_id,
        "cause": event.cause,
    })
}

fn error_value(error: &ErrorRecord) -> Value {
    json!({
        "error_id": error.error_id,
        "trace_id": error.trace_id,
        "span_id": error.span_id,
        "agent_id": error.agent_id,
        "agent_name": error.agent_name,
        "error_type": error.error_type,
        "message": head(&error.message),
        "category": error.category,
        "severity": error.severity,
        "retryable": error.retryable,
        "attempts": error.attempts,
        "timestamp": Rfc3339(error.timestamp),
    })
}

fn metric_value(point: &MetricPoint) -> Value {
    json!({
        "name": point.name,
        "type": point.metric_type,
        "unit": point.unit,
        "labels": point.labels,
        "value": point.value,
        "count": point.histogram.as_ref().map(|histogram| histogram.count),
        "instance": point.instance,
        "time": Rfc3339(point.time),
    })
}

fn agent_value(agent: &Agent) -> Value {
    json!({
        "agent_id": agent.agent_id,
        "name": agent.name,
        "status": agent.status,
        "reason": agent.reason,
        "models": agent.models,
        "capabilities": agent.capabilities,
        "deployment_name": agent.deployment_name,
        "instance": agent.instance,
        "registered_at": Rfc3339(agent.registered_at),
        "timestamp": Rfc3339(agent.timestamp),
        "vitals": small(agent.vitals.as_ref()),
    })
}

fn task_value(task: &Task) -> Value {
    json!({
        "task_id": task.task_id,
        "queue": task.queue,
        "status": task.status,
        "priority": task.priority,
        "agent_id": task.agent_id,
        "agent_name": task.agent_name,
        "trace_id": task.trace_id,
        "invoked_by": task.invoked_by,
        "blocked_by": task.blocked_by,
        "prompt_preview": task.prompt.as_deref().map(head),
        "submitted_at": Rfc3339(task.submitted_at),
        "started_at": instant(task.started_at),
        "ended_at": instant(task.ended_at),
        "error": task.error.as_deref().map(head),
        "timestamp": Rfc3339(task.timestamp),
    })
}

fn instant(time: Option<Timestamp>) -> Option<Rfc3339> {
    time.map(Rfc3339)
}

fn failure(error: Option<&ErrorInfo>) -> Option<Value> {
    let error = error?;
    Some(without_nulls(json!({
        "type": error.error_type,
        "message": head(&error.message),
        "category": error.category,
        "severity": error.severity,
        "retryable": error.retryable,
    })))
}

/// The first bytes of a text, cut at a character.
fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(PREVIEW_BYTES)]
}

/// The first bytes of JSON text: for people, no JSON any more once it is cut.
fn head_of_json(json: Option<&RawJson>) -> Option<&str> {
    json.map(|json| head(json.get()))
}

/// JSON as it is, when it is small.
fn small(json: Option<&RawJson>) -> Option<Value> {
    let small = json.filter(|json| json.get().len() <= SMALL_BYTES)?;
    small.parse().ok()
}

/// Names and ids of the agents that a record concerns.
pub(super) fn agents(record: &Record) -> [Option<&String>; 4] {
    match record {
        Record::Span(span) => name_and_id(span.agent_name.as_ref(), span.agent_id.as_ref()),
        Record::Trace(trace) => {
            name_and_id(trace.root_agent_name.as_ref(), trace.root_agent_id.as_ref())
        }
        Record::Handoff(handoff) => [
            handoff.source_agent_name.as_ref(),
            handoff.source_agent_id.as_ref(),
            Some(&handoff.target_agent_name),
            handoff.target_agent_id.as_ref(),
        ],
        Record::Event(event) => name_and_id(event.agent_name.as_ref(), event.agent_id.as_ref()),
        Record::Error(error) => name_and_id(error.agent_name.as_ref(), error.agent_id.as_ref()),
        Record::Agent(agent) => name_and_id(Some(&agent.name), Some(&agent.agent_id)),
        Record::Task(task) => name_and_id(task.agent_name.as_ref(), task.agent_id.as_ref()),
        Record::Metric(_) => name_and_id(None, None),
    }
}

const fn name_and_id<'a>(
    name: Option<&'a String>,
    id: Option<&'a String>,
) -> [Option<&'a String>; 4] {
    [name, id, None, None]
}

/// What sort of event a record is, in the words of contract C-5.
pub(super) fn event_type(record: &Record) -> &str {
    use telemetron_model::record::SpanKind::{Agent, Llm, Tool};
    match record {
        Record::Event(event) => &event.event_type,
        Record::Span(span) => match (span.span_kind, span.status) {
            (Agent, Status::Running) => event_type::AGENT_START,
            (Agent, _) => event_type::AGENT_END,
            (Llm, _) => event_type::LLM_CALL,
            (Tool, _) => event_type::TOOL_CALL,
            _ => "span",
        },
        Record::Handoff(_) => event_type::HANDOFF,
        Record::Error(_) => event_type::ERROR,
        Record::Trace(_) => "trace",
        Record::Metric(_) => "metric",
        Record::Agent(_) => "agent",
        Record::Task(_) => "task",
    }
}

/// How bad a record is: its own word, or `error` for what failed, else `info`.
pub(super) fn severity(record: &Record) -> Severity {
    let failed = |yes: bool| if yes { Severity::Error } else { Severity::Info };
    match record {
        Record::Event(event) => event.severity,
        Record::Error(error) => error.severity.unwrap_or(Severity::Error),
        Record::Span(span) => failed(span.status == Status::Failed),
        Record::Trace(trace) => failed(trace.status == Status::Failed),
        Record::Task(task) => failed(task.error.is_some()),
        Record::Handoff(_) | Record::Metric(_) | Record::Agent(_) => Severity::Info,
    }
}

//! Rows of agents, tasks and the events of services, as statements take them.

use serde::Serialize;
use telemetron_model::RawJson;
use telemetron_model::record::{Agent, Event, Task};

use super::batch::Latest;
use crate::tables::Bytea;

/// A row of `agents`.
#[derive(Serialize)]
pub(super) struct AgentRow<'a> {
    agent_id: &'a str,
    said_ns: i64,
    hash: i64,
    name: &'a str,
    description: Option<&'a str>,
    capabilities: &'a [String],
    models: &'a [String],
    max_parallel_invocations: Option<i32>,
    deployment_name: Option<&'a str>,
    instance: Option<&'a str>,
    status: i16,
    reason: Option<&'a str>,
    registered_ns: i64,
    vitals: Option<&'a str>,
    seen_ns: i64,
}

/// A row of `tasks`.
#[derive(Serialize)]
pub(super) struct TaskRow<'a> {
    task_id: &'a str,
    said_ns: i64,
    hash: i64,
    queue: &'a str,
    status: i16,
    priority: i16,
    agent_id: Option<&'a str>,
    agent_name: Option<&'a str>,
    trace_id: Option<Bytea>,
    invoked_by: Option<&'a str>,
    blocked_by: Option<&'a str>,
    prompt: Option<&'a str>,
    args: Option<&'a str>,
    submitted_ns: i64,
    started_ns: Option<i64>,
    ended_ns: Option<i64>,
    error: Option<&'a str>,
    seen_ns: i64,
}

/// A row of `system_events`.
#[derive(Serialize)]
pub(super) struct SystemEventRow<'a> {
    event_id: &'a str,
    hash: i64,
    agent_id: Option<&'a str>,
    agent_name: Option<&'a str>,
    event_type: &'a str,
    event_name: &'a str,
    severity: i16,
    message: Option<&'a str>,
    data: Option<&'a str>,
    time_ns: i64,
    correlation_id: Option<&'a str>,
    cause: Option<&'a str>,
    seen_ns: i64,
}

pub(super) fn agent_row<'a>(agent_id: &'a str, latest: &'a Latest<Agent>) -> AgentRow<'a> {
    let agent = &latest.record;
    AgentRow {
        agent_id,
        said_ns: agent.timestamp.nanos(),
        hash: latest.order.2,
        name: &agent.name,
        description: agent.description.as_deref(),
        capabilities: &agent.capabilities,
        models: &agent.models,
        max_parallel_invocations: agent.max_parallel_invocations,
        deployment_name: agent.deployment_name.as_deref(),
        instance: agent.instance.as_deref(),
        status: agent.status.code(),
        reason: agent.reason.as_deref(),
        registered_ns: agent.registered_at.nanos(),
        vitals: agent.vitals.as_ref().map(RawJson::get),
        seen_ns: latest.seen.nanos(),
    }
}

pub(super) fn task_row<'a>(task_id: &'a str, latest: &'a Latest<Task>) -> TaskRow<'a> {
    let task = &latest.record;
    TaskRow {
        task_id,
        said_ns: task.timestamp.nanos(),
        hash: latest.order.2,
        queue: &task.queue,
        status: task.status.code(),
        priority: task.priority.code(),
        agent_id: task.agent_id.as_deref(),
        agent_name: task.agent_name.as_deref(),
        trace_id: task.trace_id.map(|id| Bytea(id.as_bytes().to_vec())),
        invoked_by: task.invoked_by.as_deref(),
        blocked_by: task.blocked_by.as_deref(),
        prompt: task.prompt.as_deref(),
        args: task.args.as_ref().map(RawJson::get),
        submitted_ns: task.submitted_at.nanos(),
        started_ns: task.started_at.map(|time| time.nanos()),
        ended_ns: task.ended_at.map(|time| time.nanos()),
        error: task.error.as_deref(),
        seen_ns: latest.seen.nanos(),
    }
}

pub(super) fn event_row<'a>(event_id: &'a str, latest: &'a Latest<Event>) -> SystemEventRow<'a> {
    let event = &latest.record;
    SystemEventRow {
        event_id,
        hash: latest.order.2,
        agent_id: event.agent_id.as_deref(),
        agent_name: event.agent_name.as_deref(),
        event_type: &event.event_type,
        event_name: &event.event_name,
        severity: event.severity.code(),
        message: event.message.as_deref(),
        data: event.data.as_ref().map(RawJson::get),
        time_ns: event.timestamp.nanos(),
        correlation_id: event.correlation_id.as_deref(),
        cause: event.cause.as_deref(),
        seen_ns: latest.seen.nanos(),
    }
}

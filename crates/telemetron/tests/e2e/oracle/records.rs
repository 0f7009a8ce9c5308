//! Records that tell of what began some time ago, as an agent would have told them then.

use telemetron_model::record::{
    Agent, AgentStatus, Priority, Span, SpanKind, Status, Task, TaskStatus,
};
use telemetron_model::{SpanId, Timestamp, TraceId};

/// An instant so many seconds ago.
pub(super) fn before(seconds: i64) -> Timestamp {
    Timestamp::now().plus_nanos(-seconds * 1_000_000_000)
}

/// A trace of our own.
pub(super) fn trace_id(n: u8) -> TraceId {
    TraceId::from_bytes([n; 16]).unwrap()
}

/// A span of our own.
pub(super) fn span_id(n: u8) -> SpanId {
    SpanId::from_slice(&[n; 8]).unwrap()
}

/// A span that began so many seconds ago and runs; 0 stands for no parent.
pub(super) fn span(trace: u8, id: u8, parent: u8, name: &str, kind: SpanKind, ago: i64) -> Span {
    let mut span = Span::started(trace_id(trace), span_id(id), name, kind, before(ago));
    span.parent_span_id = (parent > 0).then(|| span_id(parent));
    match kind {
        SpanKind::Agent => span.agent_name = Some(name.to_owned()),
        SpanKind::Tool => span.tool_name = Some(name.to_owned()),
        SpanKind::Llm | SpanKind::Retriever | SpanKind::Chain => {}
    }
    span
}

/// The same span, ended well just now.
pub(super) fn ended(span: &Span) -> Span {
    Span {
        status: Status::Completed,
        end_time: Some(before(0)),
        ..span.clone()
    }
}

/// A task that was submitted so many seconds ago, and begun at once unless it only waits.
pub(super) fn task(id: &str, status: TaskStatus, ago: i64) -> Task {
    let begun = status != TaskStatus::Submitted;
    Task {
        task_id: id.to_owned(),
        queue: "reviews".to_owned(),
        status,
        priority: Priority::Normal,
        agent_id: None,
        agent_name: begun.then(|| "reviewer".to_owned()),
        trace_id: None,
        invoked_by: None,
        blocked_by: None,
        prompt: None,
        args: None,
        submitted_at: before(ago),
        started_at: begun.then(|| before(ago)),
        ended_at: None,
        error: None,
        timestamp: before(ago),
    }
}

/// The same task, done just now.
pub(super) fn done(task: &Task) -> Task {
    Task {
        status: TaskStatus::Completed,
        ended_at: Some(before(0)),
        timestamp: before(0),
        ..task.clone()
    }
}

/// An agent that was heard of so many seconds ago, and not since.
pub(super) fn agent(name: &str, ago: i64) -> Agent {
    Agent {
        agent_id: format!("{name}-1"),
        name: name.to_owned(),
        description: None,
        capabilities: Vec::new(),
        models: Vec::new(),
        max_parallel_invocations: Some(4),
        deployment_name: None,
        instance: Some("host:7".to_owned()),
        status: AgentStatus::Healthy,
        reason: None,
        registered_at: before(ago),
        timestamp: before(ago),
        vitals: None,
    }
}

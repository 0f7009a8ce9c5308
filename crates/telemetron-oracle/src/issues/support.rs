//! Facts for tests: a healthy system, and what is changed in it.

use std::sync::Arc;

use telemetron_model::record::{AgentStatus, Priority, SpanKind, Status, TaskStatus};
use telemetron_model::{SpanId, Timestamp, TraceId};
use telemetron_store::read::oracle::agents::{Registered, SeenAgent};
use telemetron_store::read::oracle::failures::FailedSpan;
use telemetron_store::read::oracle::handoffs::RecentHandoff;
use telemetron_store::read::oracle::running::RunningSpan;
use telemetron_store::read::oracle::tasks::{QueueCount, TaskRow};
use telemetron_view::oracle::{SourceName, SourceState, SourceStatus};

use super::{Finding, find};
use crate::facts::{Facts, Telemetry, Traces};
use crate::{OracleConfig, Thresholds, assemble};

/// The present of every test.
pub(crate) const NOW_S: i64 = 1_769_857_200;

/// An instant so many seconds before the present.
pub(crate) fn before(seconds: i64) -> Timestamp {
    Timestamp::from_millis((NOW_S - seconds) * 1000)
}

pub(crate) fn trace(n: u8) -> TraceId {
    TraceId::from_bytes([n; 16]).unwrap()
}

pub(crate) fn span(n: u8) -> SpanId {
    SpanId::from_slice(&[n; 8]).unwrap()
}

/// A healthy system: an agent at work on a task, a queue that moves, a span that runs.
pub(crate) fn healthy() -> (Telemetry, Traces) {
    let telemetry = Telemetry {
        registered: vec![registered("coder")],
        seen: vec![SeenAgent {
            name: "coder".to_owned(),
            model: "small".to_owned(),
            minute: before(60).minute(),
        }],
        open: vec![
            task("t-1", TaskStatus::Running),
            task("t-2", TaskStatus::Submitted),
        ],
        counts: vec![QueueCount {
            queue: "work".to_owned(),
            waiting: 1,
            running: 1,
        }],
        running: vec![running(1, 1, "coder", 20)],
        ..Telemetry::default()
    };
    (telemetry, Traces::default())
}

pub(crate) fn registered(name: &str) -> Registered {
    Registered {
        agent_id: format!("{name}-1"),
        name: name.to_owned(),
        description: None,
        models: vec!["small".to_owned()],
        max_parallel_invocations: Some(2),
        deployment_name: Some(format!("{name}-deployment")),
        instance: Some("host:1".to_owned()),
        status: AgentStatus::Healthy,
        reason: None,
        said_at: before(10),
        vitals: None,
    }
}

/// A task of ten seconds ago; one at work is worked on by `coder`.
pub(crate) fn task(id: &str, status: TaskStatus) -> TaskRow {
    let begun = status != TaskStatus::Submitted;
    TaskRow {
        task_id: id.to_owned(),
        queue: "work".to_owned(),
        status,
        priority: Priority::Normal,
        agent: begun.then(|| "coder".to_owned()),
        trace_id: None,
        invoked_by: None,
        blocked_by: None,
        prompt: None,
        args: None,
        submitted_at: before(10),
        started_at: begun.then(|| before(5)),
        ended_at: None,
        error: None,
        said_at: before(5),
    }
}

/// An agent span that began so many seconds ago.
pub(crate) fn running(trace_n: u8, span_n: u8, agent: &str, seconds: i64) -> RunningSpan {
    RunningSpan {
        trace_id: trace(trace_n),
        span_id: span(span_n),
        kind: SpanKind::Agent,
        name: agent.to_owned(),
        agent: Some(agent.to_owned()),
        model: None,
        tool: None,
        started_at: before(seconds),
        heard_at: before(seconds),
    }
}

/// A handoff so many seconds ago.
pub(crate) fn passed(from: &str, to: &str, seconds: i64) -> RecentHandoff {
    RecentHandoff {
        trace_id: trace(1),
        trace_status: Status::Running,
        heard_at: before(seconds),
        handoff_id: format!("{from}-{to}-{seconds}"),
        from: from.to_owned(),
        to: to.to_owned(),
        reason: None,
        at: before(seconds),
    }
}

/// A call of a model that failed so many seconds ago.
pub(crate) fn refused(span_n: u8, message: &str, seconds: i64) -> FailedSpan {
    FailedSpan {
        trace_id: trace(1),
        span_id: span(span_n),
        kind: SpanKind::Llm,
        agent: Some("coder".to_owned()),
        model: Some("small".to_owned()),
        error_type: "Error".to_owned(),
        message: message.to_owned(),
        started_at: before(seconds),
        failed_at: before(seconds),
    }
}

/// Facts of telemetry and traces alone.
pub(crate) fn facts(telemetry: Telemetry, traces: Traces) -> Facts {
    let mut facts = Facts::none(before(0));
    facts.sources = [SourceName::Telemetry, SourceName::Traces]
        .map(fresh)
        .into();
    facts.telemetry = Some(Arc::new(telemetry));
    facts.traces = Some(Arc::new(traces));
    facts
}

/// A source that tells.
pub(crate) fn fresh(name: SourceName) -> SourceState {
    SourceState {
        name,
        status: SourceStatus::Fresh,
        configured: true,
        updated_at: None,
        age_seconds: None,
        took_ms: None,
        reason: None,
    }
}

/// Everything that is found with the usual thresholds.
pub(crate) fn found(facts: &Facts) -> Vec<Finding> {
    let state = assemble::state(facts, &OracleConfig::default());
    find(facts, &state, &Thresholds::default())
}

/// The ids of everything that is found.
pub(crate) fn ids(facts: &Facts) -> Vec<String> {
    found(facts).iter().map(Finding::id).collect()
}

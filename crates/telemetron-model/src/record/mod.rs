//! The records that travel through Kafka (contract §3), one file a kind.
//!
//! No type here uses `flatten` or tags, so that payloads stay raw JSON text. Unknown fields are
//! ignored. A field that is absent and one that is `null` mean the same.

mod agent;
mod error;
mod event;
mod handoff;
mod metric;
mod span;
mod task;
mod trace;
mod usage;

pub use agent::{Agent, AgentStatus};
pub use error::{ErrorCategory, ErrorInfo, ErrorRecord, Severity};
pub use event::{Event, event_type};
pub use handoff::{Handoff, HandoffMode, HandoffRule};
pub use metric::{HistogramData, MetricPoint, MetricType, Temporality};
pub use span::{LlmCall, Resource, Span, SpanKind, Status, TimeSource, ToolCall};
pub use task::{Priority, Task, TaskStatus};
pub use trace::Trace;
pub use usage::TokenUsage;

use crate::id::TraceId;
use crate::topic::Topic;

/// One record of any kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A unit of work, at its start or at its end.
    Span(Box<Span>),
    /// A trace, opened or completed.
    Trace(Box<Trace>),
    /// Work passed from one agent to another.
    Handoff(Box<Handoff>),
    /// A point in time.
    Event(Box<Event>),
    /// A failure.
    Error(Box<ErrorRecord>),
    /// A measurement.
    Metric(Box<MetricPoint>),
    /// An agent and how it is.
    Agent(Box<Agent>),
    /// A task and how far it is.
    Task(Box<Task>),
}

/// The schema of a record's value, as its `schema` header names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Schema {
    /// [`Span`].
    Span,
    /// [`Trace`].
    Trace,
    /// [`Handoff`].
    Handoff,
    /// [`Event`].
    Event,
    /// [`ErrorRecord`].
    Error,
    /// [`MetricPoint`].
    Metric,
    /// [`Agent`].
    Agent,
    /// [`Task`].
    Task,
}

impl Schema {
    /// Every schema.
    pub const ALL: [Self; 8] = [
        Self::Span,
        Self::Trace,
        Self::Handoff,
        Self::Event,
        Self::Error,
        Self::Metric,
        Self::Agent,
        Self::Task,
    ];

    /// The value of the `schema` header.
    pub const fn header(self) -> &'static str {
        match self {
            Self::Span => "telemetron.span.v1",
            Self::Trace => "telemetron.trace.v1",
            Self::Handoff => "telemetron.handoff.v1",
            Self::Event => "telemetron.event.v1",
            Self::Error => "telemetron.error.v1",
            Self::Metric => "telemetron.metric.v1",
            Self::Agent => "telemetron.agent.v1",
            Self::Task => "telemetron.task.v1",
        }
    }

    /// The topic in which records of this schema stand.
    pub const fn topic(self) -> Topic {
        match self {
            Self::Span => Topic::Spans,
            Self::Trace => Topic::Traces,
            Self::Handoff => Topic::Handoffs,
            Self::Event | Self::Agent | Self::Task => Topic::Events,
            Self::Error => Topic::Errors,
            Self::Metric => Topic::Metrics,
        }
    }

    /// The schema of a record without a `schema` header: the one its topic is named after.
    pub const fn default_of(topic: Topic) -> Self {
        match topic {
            Topic::Spans => Self::Span,
            Topic::Traces => Self::Trace,
            Topic::Handoffs => Self::Handoff,
            Topic::Events => Self::Event,
            Topic::Errors => Self::Error,
            Topic::Metrics => Self::Metric,
        }
    }
}

impl Record {
    /// The schema of this record.
    pub const fn schema(&self) -> Schema {
        match self {
            Self::Span(_) => Schema::Span,
            Self::Trace(_) => Schema::Trace,
            Self::Handoff(_) => Schema::Handoff,
            Self::Event(_) => Schema::Event,
            Self::Error(_) => Schema::Error,
            Self::Metric(_) => Schema::Metric,
            Self::Agent(_) => Schema::Agent,
            Self::Task(_) => Schema::Task,
        }
    }

    /// The trace this record belongs to; lifecycle records and metrics may have none.
    pub const fn trace_id(&self) -> Option<TraceId> {
        match self {
            Self::Span(span) => Some(span.trace_id),
            Self::Trace(trace) => Some(trace.trace_id),
            Self::Handoff(handoff) => Some(handoff.trace_id),
            Self::Event(event) => event.trace_id,
            Self::Error(error) => Some(error.trace_id),
            Self::Task(task) => task.trace_id,
            Self::Metric(_) | Self::Agent(_) => None,
        }
    }

    /// The key under which the record is produced (design §3): what must stay in order shares it.
    pub fn key(&self) -> String {
        match self {
            Self::Event(event) => match (event.trace_id, &event.agent_id) {
                (Some(trace_id), _) => trace_id.to_string(),
                (None, Some(agent_id)) => agent_id.clone(),
                (None, None) => event.event_name.clone(),
            },
            Self::Metric(point) => format!("{:016x}", point.series_hash()),
            Self::Agent(agent) => agent.agent_id.clone(),
            Self::Task(task) => task.task_id.clone(),
            Self::Span(_) | Self::Trace(_) | Self::Handoff(_) | Self::Error(_) => {
                self.trace_id().map(|id| id.to_string()).unwrap_or_default()
            }
        }
    }

    /// The record as the JSON that travels in the value.
    ///
    /// # Errors
    /// Only when a payload cannot be written as JSON, which the types rule out.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let mut json = Vec::with_capacity(512);
        self.write_json(&mut json)?;
        Ok(json)
    }

    /// The same, behind what a buffer holds already: one of its own would grow anew for each record.
    ///
    /// # Errors
    /// As [`Record::to_json`]; the buffer may hold a part of the record then.
    pub fn write_json(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        match self {
            Self::Span(record) => serde_json::to_writer(out, record),
            Self::Trace(record) => serde_json::to_writer(out, record),
            Self::Handoff(record) => serde_json::to_writer(out, record),
            Self::Event(record) => serde_json::to_writer(out, record),
            Self::Error(record) => serde_json::to_writer(out, record),
            Self::Metric(record) => serde_json::to_writer(out, record),
            Self::Agent(record) => serde_json::to_writer(out, record),
            Self::Task(record) => serde_json::to_writer(out, record),
        }
    }
}

/// Makes `Record::from` for each kind.
macro_rules! record_from {
    ($($kind:ident => $variant:ident),+ $(,)?) => {$(
        impl From<$kind> for Record {
            fn from(record: $kind) -> Self {
                Self::$variant(Box::new(record))
            }
        }
    )+};
}

record_from! {
    Span => Span, Trace => Trace, Handoff => Handoff, Event => Event,
    ErrorRecord => Error, MetricPoint => Metric, Agent => Agent, Task => Task,
}

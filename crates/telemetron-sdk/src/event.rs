//! Events and errors: records of a moment.

use std::sync::Arc;

use serde::Serialize;
use telemetron_model::Timestamp;
use telemetron_model::record::{ErrorRecord, Event, Severity, event_type};

use crate::core::{Shared, SpanHead, ids, json};
use crate::{Collector, Failure, Scope};

/// An event about to be sent.
#[must_use = "an event goes out with `send`"]
#[derive(Debug)]
pub struct EventBuilder {
    collector: Arc<Shared>,
    event: Event,
}

impl Scope {
    /// An event, to be described further and sent.
    pub fn event(&self, name: impl Into<String>) -> EventBuilder {
        EventBuilder::new(self, name.into())
    }

    /// A failure as a record of its own, to be described further and sent.
    pub fn error(&self, error: impl Into<Failure>) -> ErrorBuilder {
        ErrorBuilder::new(self, error.into())
    }
}

impl Collector {
    /// An event in the life of an agent or a service, outside of any trace.
    pub fn event(&self, name: impl Into<String>) -> EventBuilder {
        EventBuilder::without_trace(self.shared(), name.into())
    }
}

impl EventBuilder {
    /// An event inside a trace.
    fn new(scope: &Scope, name: String) -> Self {
        let trace = scope.trace();
        let mut builder = Self::without_trace(Arc::clone(&trace.collector), name);
        builder.event.trace_id = Some(trace.trace_id);
        if let Some(span) = scope.nearest_span() {
            builder.event.span_id = Some(span.span_id);
            (builder.event.agent_id, builder.event.agent_name) = agent_of(&span);
        }
        builder
    }

    /// An event in the life of an agent or a service.
    fn without_trace(collector: Arc<Shared>, name: String) -> Self {
        let event = Event {
            event_id: Some(ids::text()),
            trace_id: None,
            span_id: None,
            agent_id: None,
            agent_name: None,
            event_type: event_type::CUSTOM.to_owned(),
            event_name: name,
            severity: Severity::Info,
            message: None,
            data: None,
            timestamp: Timestamp::now(),
            correlation_id: None,
            cause: None,
        };
        Self { collector, event }
    }

    /// What sort of event, see [`event_type`]; `custom` otherwise.
    pub fn kind(mut self, event_type: impl Into<String>) -> Self {
        self.event.event_type = event_type.into();
        self
    }

    /// How bad; `info` otherwise.
    pub const fn severity(mut self, severity: Severity) -> Self {
        self.event.severity = severity;
        self
    }

    /// A sentence for people.
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.event.message = Some(message.into());
        self
    }

    /// Anything else.
    pub fn data(mut self, data: &(impl Serialize + ?Sized)) -> Self {
        self.event.data = json(data);
        self
    }

    /// The agent it concerns, when it is not that of the span.
    pub fn agent(mut self, agent: impl Into<crate::AgentRef>) -> Self {
        let agent = agent.into();
        self.event.agent_id = agent.id.map(|id| id.to_string());
        self.event.agent_name = Some(agent.name.to_string());
        self
    }

    /// What belongs together across services.
    pub fn correlation(mut self, id: impl Into<String>) -> Self {
        self.event.correlation_id = Some(id.into());
        self
    }

    /// The event or span that brought this about.
    pub fn cause(mut self, id: impl Into<String>) -> Self {
        self.event.cause = Some(id.into());
        self
    }

    /// Sends it.
    pub fn send(self) {
        self.collector.emit(self.event);
    }
}

fn agent_of(span: &SpanHead) -> (Option<String>, Option<String>) {
    let Some(agent) = &span.agent else {
        return (None, None);
    };
    let id = agent.id.as_deref().map(str::to_owned);
    (id, Some(agent.name.to_string()))
}

/// A failure about to be sent as a record of its own.
#[must_use = "an error goes out with `send`"]
#[derive(Debug)]
pub struct ErrorBuilder {
    collector: Arc<Shared>,
    error: ErrorRecord,
}

impl ErrorBuilder {
    fn new(scope: &Scope, failure: Failure) -> Self {
        let info = failure.into_info();
        let span = scope.nearest_span();
        let (agent_id, agent_name) = span.as_deref().map(agent_of).unwrap_or_default();
        let trace = scope.trace();
        Self {
            collector: Arc::clone(&trace.collector),
            error: ErrorRecord {
                error_id: Some(ids::text()),
                trace_id: trace.trace_id,
                span_id: span.map(|span| span.span_id),
                agent_id,
                agent_name,
                error_type: info.error_type,
                message: info.message,
                stack: info.stack,
                category: info.category,
                severity: info.severity,
                retryable: info.retryable,
                attempts: None,
                suggested_fixes: Vec::new(),
                timestamp: Timestamp::now(),
            },
        }
    }

    /// How bad, when its words are not enough to tell.
    pub const fn severity(mut self, severity: Severity) -> Self {
        self.error.severity = Some(severity);
        self
    }

    /// Whether trying again may help, when its words are not enough to tell.
    pub const fn retryable(mut self, retryable: bool) -> Self {
        self.error.retryable = Some(retryable);
        self
    }

    /// How often it has been tried.
    pub const fn attempts(mut self, attempts: i32) -> Self {
        self.error.attempts = Some(attempts);
        self
    }

    /// What may help.
    pub fn suggested_fix(mut self, fix: impl Into<String>) -> Self {
        self.error.suggested_fixes.push(fix.into());
        self
    }

    /// Sends it.
    pub fn send(self) {
        self.collector.emit(self.error);
    }
}

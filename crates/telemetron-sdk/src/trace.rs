//! Traces: one user request, from its input to its output.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::Serialize;
use telemetron_model::RawJson;
use telemetron_model::record::{Status, Trace};

use crate::core::{FailedChild, Shared, Start, TraceHead, ids, json};
use crate::{Collector, Failure, Scope, SpanContext};

impl TraceHead {
    /// The trace as it is now. Every record is whole.
    fn record(&self, status: Status) -> Trace {
        let root = self.root_agent.get();
        Trace {
            name: Some(self.name.clone()),
            status,
            session_id: self.session_id.clone(),
            user_id: self.user_id.clone(),
            project: self.collector.project().map(str::to_owned),
            root_agent_id: root.and_then(|agent| agent.id.as_deref().map(str::to_owned)),
            root_agent_name: root.map(|agent| agent.name.to_string()),
            user_input: self.user_input.clone(),
            metadata: self.metadata.clone(),
            ..Trace::opened(self.trace_id, self.start.time)
        }
    }
}

/// A trace about to start.
#[must_use = "a trace begins with `start`"]
#[derive(Debug)]
pub struct TraceBuilder {
    collector: Arc<Shared>,
    name: String,
    session_id: Option<String>,
    user_id: Option<String>,
    user_input: Option<RawJson>,
    metadata: Option<RawJson>,
    baggage: Vec<(String, String)>,
    parent: Option<SpanContext>,
}

impl Collector {
    /// A trace about to start; its name is the kind of request.
    pub fn trace(&self, name: impl Into<String>) -> TraceBuilder {
        TraceBuilder::new(self.shared(), name.into())
    }
}

impl TraceBuilder {
    fn new(collector: Arc<Shared>, name: String) -> Self {
        Self {
            collector,
            name,
            session_id: None,
            user_id: None,
            user_input: None,
            metadata: None,
            baggage: Vec::new(),
            parent: None,
        }
    }

    /// What the user asked.
    pub fn user_input(mut self, input: &(impl Serialize + ?Sized)) -> Self {
        self.user_input = json(input);
        self
    }

    /// The conversation.
    pub fn session(mut self, id: impl Into<String>) -> Self {
        self.session_id = Some(id.into());
        self
    }

    /// The user on whose behalf it runs.
    pub fn user(mut self, id: impl Into<String>) -> Self {
        self.user_id = Some(id.into());
        self
    }

    /// Anything else, as an object. What is no object is left out.
    pub fn metadata(mut self, metadata: &(impl Serialize + ?Sized)) -> Self {
        self.metadata = json(metadata).filter(RawJson::is_object);
        self
    }

    /// A name and a value that travel to every process this trace reaches.
    pub fn baggage(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.baggage.push((name.into(), value.into()));
        self
    }

    /// Continues a trace of another process, if there is one: from the headers of a request
    /// ([`SpanContext::extract`]) or from this process's environment
    /// ([`crate::Collector::inherited`]). The other process opens and completes the trace.
    pub fn continue_from(mut self, parent: impl Into<Option<SpanContext>>) -> Self {
        self.parent = parent.into();
        self
    }

    /// Begins the trace.
    pub fn start(mut self) -> TraceGuard {
        let trace_id = self
            .parent
            .as_ref()
            .map_or_else(ids::trace_id, |parent| parent.trace_id);
        if let Some(parent) = &self.parent {
            self.baggage.extend(parent.baggage.iter().cloned());
        }
        let head = Arc::new(TraceHead {
            trace_id,
            name: self.name,
            session_id: self.session_id,
            user_id: self.user_id,
            user_input: self.user_input,
            metadata: self.metadata,
            start: Start::now(),
            remote_parent: self.parent,
            baggage: self.baggage.into(),
            failed_child: FailedChild::default(),
            root_agent: OnceLock::new(),
            collector: self.collector,
        });
        if head.remote_parent.is_none() {
            head.collector.emit(head.record(Status::Running));
        }
        TraceGuard {
            scope: Scope::of_trace(head),
            ended: false,
        }
    }
}

/// A running trace. It ends exactly once: with [`TraceGuard::complete`], with
/// [`TraceGuard::fail`], or when it is dropped, which fails it: with the error of its first failed
/// span, else as `abandoned`, or as `panic`.
///
/// A trace that continues one of another process says nothing of its end: that process does.
///
/// Dereferences to its [`Scope`], in which spans, events and handoffs are made.
#[must_use = "a trace ends when its guard is dropped"]
#[derive(Debug)]
pub struct TraceGuard {
    scope: Scope,
    ended: bool,
}

impl Deref for TraceGuard {
    type Target = Scope;

    fn deref(&self) -> &Scope {
        &self.scope
    }
}

impl TraceGuard {
    /// Ends the trace well, with what the user got.
    pub fn complete(mut self, output: &(impl Serialize + ?Sized)) {
        self.end(Status::Completed, json(output), None);
    }

    /// Ends the trace with a failure.
    pub fn fail(mut self, error: impl Into<Failure>) {
        self.end(Status::Failed, None, Some(error.into()));
    }

    fn end(&mut self, status: Status, output: Option<RawJson>, failure: Option<Failure>) {
        let head = self.scope.trace();
        if std::mem::replace(&mut self.ended, true) || head.remote_parent.is_some() {
            return;
        }
        let mut record = head.record(status);
        record.end_time = Some(head.start.end());
        record.final_output = output;
        let child = head.failed_child.get().cloned();
        let child = child.filter(|_| head.collector.passes_failures_on());
        record.error = failure.map(Failure::into_info).or(child);
        if record.error.is_some() {
            record.status = Status::Failed;
        }
        head.collector.emit(record);
    }
}

impl Drop for TraceGuard {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let why = if std::thread::panicking() {
            Failure::new("panic", "the thread panicked during this trace")
        } else {
            let child = self.scope.trace().failed_child.get().cloned();
            child.map_or_else(|| Failure::abandoned("trace"), Failure::from)
        };
        self.end(Status::Failed, None, Some(why));
    }
}

//! Where something hangs in a trace: under a span, or at its top.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;

use serde::Serialize;
use telemetron_model::TraceId;

use super::{Entered, SpanHead, TraceHead, current};
use crate::SpanContext;
use crate::propagation::Injector;

/// A place in a trace at which spans, events, errors and handoffs are made. Cheap to clone.
///
/// [`crate::TraceGuard`] and [`crate::SpanGuard`] dereference to their scope, and [`crate::current`]
/// gives the one that is current.
#[derive(Debug, Clone)]
pub struct Scope {
    trace: Arc<TraceHead>,
    span: Option<Arc<SpanHead>>,
}

impl Scope {
    pub(crate) fn of_trace(trace: Arc<TraceHead>) -> Self {
        Self { trace, span: None }
    }

    pub(crate) fn of_span(span: Arc<SpanHead>) -> Self {
        Self {
            trace: Arc::clone(&span.trace),
            span: Some(span),
        }
    }

    pub(crate) fn trace(&self) -> &Arc<TraceHead> {
        &self.trace
    }

    /// The id of the trace.
    pub fn trace_id(&self) -> TraceId {
        self.trace.trace_id
    }

    /// The span of this scope; at the top of a trace the current one, if it is of the same trace.
    pub(crate) fn nearest_span(&self) -> Option<Arc<SpanHead>> {
        self.span.clone().or_else(|| {
            let current = current()?;
            let same_trace = Arc::ptr_eq(&current.trace, &self.trace);
            current.span.filter(|_| same_trace)
        })
    }

    /// What another process needs to continue here: none at the top of a trace that has no span
    /// yet, for there is nothing to continue.
    pub fn context(&self) -> Option<SpanContext> {
        let remote = self.trace.remote_parent.as_ref();
        let Some(span) = self.nearest_span() else {
            return remote.cloned();
        };
        let mut context = SpanContext::new(self.trace.trace_id, span.span_id);
        if let Some(remote) = remote {
            context.flags = remote.flags;
            context.tracestate.clone_from(&remote.tracestate);
        }
        context.baggage = Arc::clone(&self.trace.baggage);
        Some(context)
    }

    /// Writes [`Scope::context`] into headers, if there is one.
    pub fn inject(&self, carrier: &mut (impl Injector + ?Sized)) {
        if let Some(context) = self.context() {
            context.inject(carrier);
        }
    }

    /// The variables that make a child process continue here.
    pub fn env_for_child(&self) -> Vec<(String, String)> {
        self.context()
            .map_or_else(Vec::new, |context| context.env_for_child())
    }

    /// Makes this scope current on this thread until the guard is dropped. Not to be held across
    /// an `await`: that is what [`Scope::in_scope`] is for.
    pub fn enter(&self) -> Entered {
        Entered::new(self.clone())
    }

    /// Makes this scope current while the future runs, on whatever thread.
    pub async fn in_scope<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|task| {
            let _entered = self.enter();
            future.as_mut().poll(task)
        })
        .await
    }
}

/// Writes a value as JSON for a record.
pub(crate) fn json(value: &(impl Serialize + ?Sized)) -> Option<telemetron_model::RawJson> {
    telemetron_model::RawJson::of(value).map(telemetron_model::cut::cut_payload)
}

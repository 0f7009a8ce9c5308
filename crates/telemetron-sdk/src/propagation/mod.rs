//! Trace context between processes: W3C `traceparent`, `tracestate` and `baggage`.

mod baggage;
mod carrier;
mod environment;
mod traceparent;

use std::sync::Arc;

use telemetron_model::{SpanId, TraceId};

pub use carrier::{Extractor, Injector};
pub use environment::context_of_environment;

/// Names of the headers, which carriers may compare in any case.
pub(crate) const TRACEPARENT: &str = "traceparent";
pub(crate) const TRACESTATE: &str = "tracestate";
pub(crate) const BAGGAGE: &str = "baggage";

/// The span that work in another process belongs to. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanContext {
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// The flags of `traceparent`: bit 0 says that the trace is recorded.
    pub flags: u8,
    /// What other vendors want to travel along, as it came.
    pub tracestate: Option<Arc<str>>,
    /// Names and values that travel with the trace.
    pub baggage: Arc<[(String, String)]>,
}

impl SpanContext {
    /// A recorded span without anything that travels along.
    pub fn new(trace_id: TraceId, span_id: SpanId) -> Self {
        Self {
            trace_id,
            span_id,
            flags: 1,
            tracestate: None,
            baggage: Arc::new([]),
        }
    }

    /// Reads a context from headers. None when there is no valid `traceparent`: the rest means
    /// nothing without it.
    pub fn extract(carrier: &(impl Extractor + ?Sized)) -> Option<Self> {
        let mut context = traceparent::parse(&carrier.get(TRACEPARENT)?)?;
        context.tracestate = carrier
            .get(TRACESTATE)
            .filter(|state| traceparent::is_valid_state(state))
            .map(Arc::from);
        let baggage = carrier.get(BAGGAGE).unwrap_or_default();
        context.baggage = baggage::parse(&baggage).into();
        Some(context)
    }

    /// Writes this context into headers.
    pub fn inject(&self, carrier: &mut (impl Injector + ?Sized)) {
        carrier.set(TRACEPARENT, self.traceparent());
        if let Some(state) = &self.tracestate {
            carrier.set(TRACESTATE, state.to_string());
        }
        if !self.baggage.is_empty() {
            carrier.set(BAGGAGE, baggage::format(&self.baggage));
        }
    }

    /// The value of the `traceparent` header.
    pub fn traceparent(&self) -> String {
        traceparent::format(self)
    }

    /// The variables that make a child process part of this trace.
    ///
    /// ```no_run
    /// # fn start(context: &telemetron_sdk::SpanContext) {
    /// std::process::Command::new("worker").envs(context.env_for_child());
    /// # }
    /// ```
    pub fn env_for_child(&self) -> Vec<(String, String)> {
        environment::variables(self)
    }
}

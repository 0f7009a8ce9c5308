//! The trace in which the calls of all agents happen, and what their spans have in common.

use telemetron_model::record::{ErrorInfo, Span, SpanKind};
use telemetron_model::{SpanId, Timestamp, TraceId};

use crate::import::ids;

/// The trace in which all this happens.
pub(super) struct Scene {
    pub(super) trace_id: TraceId,
    pub(super) session: Option<String>,
    /// Whether nothing comes after it: what has no end may still run.
    pub(super) is_last: bool,
}

impl Scene {
    /// The span of an agent.
    pub(super) fn agent(&self, key: &str) -> SpanId {
        ids::span_id(self.trace_id, &format!("agent {key}"), 0)
    }

    /// A span of an agent's.
    pub(super) fn span(
        &self,
        id: SpanId,
        parent: Option<SpanId>,
        name: &str,
        kind: SpanKind,
        start: Timestamp,
    ) -> Span {
        Span {
            parent_span_id: parent,
            session_id: self.session.clone(),
            ..Span::started(self.trace_id, id, name, kind, start)
        }
    }
}

/// Why something failed.
pub(super) fn failure(error_type: &str, message: String) -> ErrorInfo {
    ErrorInfo {
        error_type: error_type.to_owned(),
        message,
        stack: None,
        category: None,
        severity: None,
        retryable: None,
    }
}

//! The trace in which the calls of all agents happen, and what their spans have in common.

use telemetron_model::record::{ErrorInfo, Span, SpanKind};
use telemetron_model::{SpanId, Timestamp, TraceId};

use telemetron_otlp::claude_hooks::{ids, project};

/// The trace in which all this happens.
pub(super) struct Scene {
    pub(super) trace_id: TraceId,
    pub(super) session: Option<String>,
    /// The folder it works in, whose name is the project's.
    pub(super) cwd: Option<String>,
    /// Whether nothing comes after it: what has no end broke off there. It may still be at work, but
    /// a recording does not run.
    pub(super) is_last: bool,
}

impl Scene {
    /// The span of an agent; the main agent has no id.
    pub(super) fn agent(&self, id: Option<&str>) -> SpanId {
        ids::agent(self.trace_id, id)
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
            project: self.cwd.as_deref().and_then(project),
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

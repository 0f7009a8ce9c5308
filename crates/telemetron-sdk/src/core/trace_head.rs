//! What is known of a trace when it starts.

use std::sync::{Arc, OnceLock};

use telemetron_model::{RawJson, TraceId};

use super::{AgentRef, FailedChild, Shared, Start};
use crate::SpanContext;

/// What is known of a trace when it starts, shared by all of its spans.
#[derive(Debug)]
pub(crate) struct TraceHead {
    pub(crate) collector: Arc<Shared>,
    pub(crate) trace_id: TraceId,
    pub(crate) name: String,
    pub(crate) session_id: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) user_input: Option<RawJson>,
    pub(crate) metadata: Option<RawJson>,
    pub(crate) start: Start,
    /// The span of another process that this trace continues; that process owns the trace.
    pub(crate) remote_parent: Option<SpanContext>,
    pub(crate) baggage: Arc<[(String, String)]>,
    pub(crate) failed_child: FailedChild,
    pub(crate) root_agent: OnceLock<AgentRef>,
}

impl TraceHead {
    /// The first agent at the top is the one that took the request.
    pub(crate) fn note_root_agent(&self, at_top: bool, agent: Option<&AgentRef>) {
        if at_top && let Some(agent) = agent {
            self.root_agent.get_or_init(|| agent.clone());
        }
    }
}

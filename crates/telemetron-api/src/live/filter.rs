//! Which frames a subscriber wants. An empty list means all; lists are combined with and.

use std::collections::HashSet;

use telemetron_model::TraceId;
use telemetron_model::record::Severity;
use telemetron_view::LiveKind;

use super::{Frame, Words};

/// Which frames a subscriber wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Only of these traces.
    pub(crate) trace_ids: HashSet<TraceId>,
    /// Only of these agents, by name or id.
    pub(crate) agent_names: Words,
    /// Only these sorts of events.
    pub(crate) event_types: Words,
    /// Only these kinds of records.
    pub(crate) kinds: Vec<LiveKind>,
    /// Only what is at least so bad.
    pub(crate) min_severity: Option<Severity>,
}

impl Filter {
    /// Whether a frame is wanted.
    pub(crate) fn wants(&self, frame: &Frame) -> bool {
        let trace = frame
            .trace_id
            .is_some_and(|id| self.trace_ids.contains(&id));
        let mut agents = frame.agents.into_iter().flatten();
        let agent = agents.any(|agent| self.agent_names.contains(agent));
        (self.trace_ids.is_empty() || trace)
            && (self.agent_names.is_empty() || agent)
            && (self.event_types.is_empty() || self.event_types.contains(frame.event_type))
            && (self.kinds.is_empty() || self.kinds.contains(&frame.kind))
            && self
                .min_severity
                .is_none_or(|least| frame.severity >= least)
    }
}

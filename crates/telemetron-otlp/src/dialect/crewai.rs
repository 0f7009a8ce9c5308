//! CrewAI's own telemetry, which reaches us where it shares the tracer provider of the program.
//!
//! Its spans are marks beside the work (`Tool Usage` stands below the span of the tool, and takes
//! two milliseconds), so all of them are steps: the instrumentation of OpenInference beside them has
//! the agents and tools.

use telemetron_model::record::SpanKind;

use super::{SemanticFields, words};
use crate::SpanSource;

/// Whether CrewAI's telemetry made the span.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.scope == "crewai.telemetry"
}

/// Reads who was at work and with which tool.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    SemanticFields {
        kind: Some(SpanKind::Chain),
        agent_name: words(source, &["agent_role"]),
        tool_name: words(source, &["tool_name"]),
        ..SemanticFields::default()
    }
}

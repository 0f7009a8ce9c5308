//! AutoGen: the messages of its runtime. Its agents and tools speak OpenTelemetry GenAI.
//!
//! A message is processed by the agent it was sent to (`writer.(default)-A`; topics end in `-T`), so
//! that agent is at work in the span.

use telemetron_model::record::SpanKind;

use super::Reading;
use crate::SpanSource;

/// Whether AutoGen's runtime made the span.
pub(super) fn speaks(source: &SpanSource<'_>) -> bool {
    source.span.name.starts_with("autogen ") && source.attributes.has("messaging.operation")
}

/// Reads a message of the runtime.
pub(super) fn read(source: &SpanSource<'_>) -> Reading {
    let processes = source.attributes.text("messaging.operation") == Some("process");
    let agent = source
        .attributes
        .text("messaging.destination")
        .and_then(agent_of);
    Reading {
        kind: Some(SpanKind::Chain),
        agent_name: agent.filter(|_| processes).map(str::to_owned),
        ..Reading::default()
    }
}

/// The type of the agent in a destination; none when it is a topic.
fn agent_of(destination: &str) -> Option<&str> {
    let (agent, _key) = destination.strip_suffix(")-A")?.rsplit_once(".(")?;
    (!agent.is_empty()).then_some(agent)
}

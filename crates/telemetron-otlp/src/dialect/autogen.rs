//! AutoGen: the messages of its runtime. Its agents and tools speak OpenTelemetry GenAI.
//!
//! A message is processed by the agent it was sent to (`writer.(default)-A`; topics end in `-T`), so
//! that agent is at work in the span. In a team the type has the team's id behind it, which is no
//! part of a name, and the team's manager is no agent but what keeps the turns. A member of a team is
//! at work when it is asked to, not when it hears of others.

use telemetron_model::record::SpanKind;

use super::SemanticFields;
use crate::SpanSource;

/// Whether AutoGen's runtime made the span.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.span.name.starts_with("autogen ") && source.attributes.has("messaging.operation")
}

/// Reads a message of the runtime.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let processes = source.attributes.text("messaging.operation") == Some("process");
    let agent = source
        .attributes
        .text("messaging.destination")
        .and_then(agent_of);
    SemanticFields {
        kind: Some(SpanKind::Chain),
        agent_name: agent
            .filter(|_| processes && !is_manager(source) && is_asked(source))
            .map(|agent| without_team(agent).to_owned()),
        ..SemanticFields::default()
    }
}

/// Whether the recipient only keeps the turns of a team.
fn is_manager(source: &SpanSource<'_>) -> bool {
    let class = source.attributes.text("recipient_agent_class");
    class.is_some_and(|class| class.ends_with("GroupChatManager"))
}

/// Whether the recipient is asked to work. Members of a team hear of whatever happens in it; what asks
/// one of them is a message without content from whoever keeps the turns.
fn is_asked(source: &SpanSource<'_>) -> bool {
    let text = |name: &str| source.attributes.text(name);
    let is_member = text("recipient_agent_class") == Some("ChatAgentContainer");
    let asks = text("sender_agent_type").is_some() && text("message") == Some("{}");
    !is_member || asks
}

/// The type of an agent without the id of its team: `writer_01ac8e93-57b9-44bc-9f94-89666938a3ee`.
pub(super) fn without_team(agent: &str) -> &str {
    match agent.rsplit_once('_') {
        Some((name, team)) if is_uuid(team) && !name.is_empty() => name,
        _ => agent,
    }
}

/// Whether a text is a UUID in its usual form.
pub(super) fn is_uuid(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok() && text.len() == 36
}

/// The type of the agent in a destination; none when it is a topic.
fn agent_of(destination: &str) -> Option<&str> {
    let (agent, _key) = destination.strip_suffix(")-A")?.rsplit_once(".(")?;
    (!agent.is_empty()).then_some(agent)
}

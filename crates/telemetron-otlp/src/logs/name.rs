//! What a log record is: its name, and the sort of event that it makes.

use telemetron_model::record::event_type;

use super::record::Source;
use crate::attributes::text_of;

/// A message to or from a model, or between people and agents.
const MESSAGE: &str = "message";
/// Events that are messages of a model's call; the last one tells everything of it.
const MESSAGES: [&str; 8] = [
    "gen_ai.content.prompt",
    "gen_ai.content.completion",
    "gen_ai.system.message",
    "gen_ai.user.message",
    "gen_ai.assistant.message",
    "gen_ai.tool.message",
    "gen_ai.choice",
    "gen_ai.client.inference.operation.details",
];
/// A judgement of what a model said.
pub(super) const EVALUATION: &str = "evaluation";
/// A line of a log.
const LOG: &str = "log";

/// How Claude Code's events begin.
const CLAUDE_CODE: &str = "claude_code.";

/// The sorts of Claude Code's events.
const CLAUDE_CODE_TYPES: [(&str, &str); 15] = [
    ("user_prompt", MESSAGE),
    ("assistant_response", MESSAGE),
    ("tool_result", event_type::TOOL_CALL),
    ("tool_decision", event_type::TOOL_CALL),
    ("api_request", event_type::LLM_CALL),
    ("api_request_body", event_type::LLM_CALL),
    ("api_response_body", event_type::LLM_CALL),
    ("api_error", event_type::ERROR),
    ("api_refusal", event_type::ERROR),
    ("api_retries_exhausted", event_type::ERROR),
    ("internal_error", event_type::ERROR),
    ("subagent_completed", event_type::AGENT_END),
    ("compaction", event_type::STATE_CHANGE),
    ("permission_mode_changed", event_type::STATE_CHANGE),
    ("mcp_server_connection", event_type::STATE_CHANGE),
];

/// What a record is.
pub(super) struct Name {
    /// Its name: `claude_code.api_error`, `gen_ai.choice`, `log`.
    pub(super) text: String,
    /// The sort of event.
    pub(super) event_type: &'static str,
}

impl Name {
    /// The event of Claude Code that it is, if it is one.
    pub(super) fn claude_code(&self) -> Option<&str> {
        self.text.strip_prefix(CLAUDE_CODE)
    }
}

impl Source<'_> {
    /// What this record is.
    pub(super) fn name(&self) -> Name {
        let named = (!self.record.event_name.is_empty()).then_some(self.record.event_name.as_str());
        let named = named.or_else(|| self.attributes.text("event.name"));
        if self.is_claude_code() {
            let body = text_of(self.record.body.as_ref());
            let event = named.or(body).unwrap_or(LOG);
            return claude_code(event.strip_prefix(CLAUDE_CODE).unwrap_or(event));
        }
        let text = named.unwrap_or(LOG).to_owned();
        let event_type = match text.as_str() {
            name if MESSAGES.contains(&name) => MESSAGE,
            "gen_ai.evaluation.result" => EVALUATION,
            _ if self.is_error() => event_type::ERROR,
            LOG => LOG,
            _ => event_type::CUSTOM,
        };
        Name { text, event_type }
    }

    fn is_claude_code(&self) -> bool {
        let body = text_of(self.record.body.as_ref());
        self.scope.name.starts_with("com.anthropic.claude_code")
            || body.is_some_and(|body| body.starts_with(CLAUDE_CODE))
    }
}

fn claude_code(event: &str) -> Name {
    let known = CLAUDE_CODE_TYPES.iter().find(|(name, _)| *name == event);
    Name {
        text: format!("{CLAUDE_CODE}{event}"),
        event_type: known.map_or(event_type::CUSTOM, |(_, event_type)| *event_type),
    }
}

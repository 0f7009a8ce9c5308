//! A hook as Claude Code posts it. Fields that are not known are kept with the rest.

use serde::Deserialize;
use serde_json::value::RawValue;
use telemetron_model::RawJson;

/// One hook.
#[derive(Debug, Clone, Deserialize)]
pub struct Hook {
    /// The session.
    pub session_id: String,
    /// What happened.
    pub hook_event_name: String,
    /// The prompt that is being worked on.
    #[serde(default)]
    pub prompt_id: Option<String>,
    /// The sub-agent at work; the main agent has none.
    #[serde(default)]
    pub agent_id: Option<String>,
    /// What that sub-agent is called.
    #[serde(default)]
    pub agent_type: Option<String>,
    #[serde(default)]
    pub(super) transcript_path: Option<String>,
    #[serde(default)]
    pub(super) cwd: Option<String>,
    #[serde(default)]
    pub(super) permission_mode: Option<String>,
    #[serde(default)]
    pub(super) prompt: Option<String>,
    #[serde(default)]
    pub(super) tool_name: Option<String>,
    #[serde(default)]
    pub(super) tool_use_id: Option<String>,
    #[serde(default)]
    pub(super) tool_input: Option<Box<RawValue>>,
    #[serde(default)]
    pub(super) tool_response: Option<Box<RawValue>>,
    #[serde(default)]
    pub(super) duration_ms: Option<f64>,
    #[serde(default)]
    pub(super) error: Option<Box<RawValue>>,
    /// What the error says, where `error` is only its sort.
    #[serde(default)]
    pub(super) error_details: Option<Box<RawValue>>,
    #[serde(default)]
    pub(super) is_interrupt: Option<bool>,
    #[serde(default)]
    pub(super) last_assistant_message: Option<Box<RawValue>>,
    #[serde(default)]
    pub(super) message: Option<String>,
    #[serde(default)]
    pub(super) reason: Option<String>,
    /// The hook as it came.
    #[serde(skip)]
    pub(super) whole: Option<RawJson>,
}

/// Why a body is no hook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is no hook of Claude Code: {0}")]
pub struct HookError(String);

/// What is read of the input of an `Agent` call.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Spawn {
    #[serde(default)]
    pub(super) subagent_type: Option<String>,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) prompt: Option<String>,
}

/// What is read of the answer of an `Agent` call.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Spawned {
    #[serde(default, rename = "agentId")]
    pub(super) agent_id: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) content: Option<Box<RawValue>>,
}

/// The name of a sub-agent whose call names none.
const USUAL_SUBAGENT: &str = "general-purpose";

impl Hook {
    /// Reads a hook.
    ///
    /// # Errors
    /// When the body is no JSON object with a session and the name of a hook.
    pub fn parse(body: &[u8]) -> Result<Self, HookError> {
        let refuse = |error: &dyn std::fmt::Display| HookError(error.to_string());
        let mut hook: Self = serde_json::from_slice(body).map_err(|error| refuse(&error))?;
        if hook.session_id.is_empty() || hook.hook_event_name.is_empty() {
            return Err(refuse(
                &"`session_id` and `hook_event_name` must not be empty",
            ));
        }
        let text = String::from_utf8_lossy(body).into_owned();
        hook.whole = RawJson::from_text(text).ok();
        Ok(hook)
    }

    /// The agent at work.
    pub(super) fn agent_name(&self) -> &str {
        match (&self.agent_id, &self.agent_type) {
            (None, _) => "main",
            (Some(_), Some(name)) => name,
            (Some(id), None) => id,
        }
    }

    /// The call that spawns a sub-agent, if this hook is about one: its tool is `Agent`, and was
    /// `Task` before.
    pub(super) fn spawn(&self) -> Option<Spawn> {
        if !matches!(self.tool_name.as_deref(), Some("Agent" | "Task")) {
            return None;
        }
        let input = self.tool_input.as_ref()?;
        serde_json::from_str(input.get()).ok()
    }

    /// What that call came back with.
    pub(super) fn spawned(&self) -> Spawned {
        let response = self.tool_response.as_ref();
        let read = response.and_then(|response| serde_json::from_str(response.get()).ok());
        read.unwrap_or_default()
    }

    /// What went wrong, in words.
    pub(super) fn error_text(&self) -> String {
        self.error.as_deref().map(text_of).unwrap_or_default()
    }

    /// What the user was answered.
    pub(super) fn answer_text(&self) -> Option<String> {
        let said = self.last_assistant_message.as_deref().map(text_of);
        said.filter(|text| !text.is_empty())
    }

    /// What the user was told of it: the details, else the message in place of an answer.
    pub(super) fn failure_text(&self) -> Option<String> {
        let said = [&self.error_details, &self.last_assistant_message];
        let mut said = said.into_iter().flatten().map(|said| text_of(said));
        said.find(|text| !text.is_empty())
    }
}

/// A text as it is; anything else as its JSON, and `null` as nothing.
fn text_of(raw: &RawValue) -> String {
    let text = serde_json::from_str::<Option<String>>(raw.get());
    text.map_or_else(|_| raw.get().to_owned(), Option::unwrap_or_default)
}

impl Spawn {
    /// The sub-agent that is asked for.
    pub(super) fn target(&self) -> &str {
        let named = self.subagent_type.as_deref();
        named
            .filter(|name| !name.is_empty())
            .unwrap_or(USUAL_SUBAGENT)
    }
}

//! What is remembered of a session, because no later hook carries it. Bounded.

use std::collections::{BTreeMap, VecDeque};

use telemetron_model::RawJson;

use super::Hook;

/// Most calls that wait for their sub-agent, and most sub-agents whose call is known.
const MOST: usize = 256;

/// Longest prompt that is remembered.
const MAX_PROMPT_BYTES: usize = 256 * 1024;

/// What is remembered of a session.
#[derive(Debug, Clone, Default)]
pub struct Session {
    turn: Option<Turn>,
    waiting: VecDeque<Call>,
    spawned: BTreeMap<String, String>,
}

/// The prompt that is being worked on.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    pub(super) prompt_id: Option<String>,
    pub(super) input: Option<RawJson>,
}

/// An `Agent` call whose sub-agent has not begun.
#[derive(Debug, Clone)]
struct Call {
    target: String,
    tool_use_id: String,
}

impl Session {
    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.turn.is_none() && self.waiting.is_empty() && self.spawned.is_empty()
    }

    /// A prompt was given.
    pub(super) fn prompt(&mut self, hook: &Hook) {
        let text = hook.prompt.as_deref().unwrap_or_default();
        let end = text.floor_char_boundary(MAX_PROMPT_BYTES);
        self.turn = Some(Turn {
            prompt_id: hook.prompt_id.clone(),
            input: RawJson::of(&text[..end]).filter(|_| !text.is_empty()),
        });
    }

    /// The turn of a hook, where it is remembered.
    pub(super) fn turn(&self, hook: &Hook) -> Option<&Turn> {
        self.turn
            .as_ref()
            .filter(|turn| turn.prompt_id == hook.prompt_id)
    }

    /// The turn that is open, which is forgotten.
    pub(super) fn end_turn(&mut self) -> Option<Turn> {
        self.turn.take()
    }

    /// A tool is called; a sub-agent may follow.
    pub(super) fn calls(&mut self, hook: &Hook) {
        let (Some(spawn), Some(id)) = (hook.spawn(), &hook.tool_use_id) else {
            return;
        };
        if self.waiting.len() == MOST {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Call {
            target: spawn.target().to_owned(),
            tool_use_id: id.clone(),
        });
    }

    /// A call came to nothing: no sub-agent follows.
    pub(super) fn gave_up(&mut self, hook: &Hook) {
        self.waiting
            .retain(|call| Some(&call.tool_use_id) != hook.tool_use_id.as_ref());
    }

    /// A sub-agent has begun: that of the oldest call that asked for one of its name.
    pub(super) fn started(&mut self, hook: &Hook) {
        let (Some(agent_id), Some(name)) = (&hook.agent_id, &hook.agent_type) else {
            return;
        };
        let place = self.waiting.iter().position(|call| call.target == *name);
        if let Some(call) = place.and_then(|place| self.waiting.remove(place)) {
            self.belongs(agent_id, &call.tool_use_id);
        }
    }

    /// A sub-agent is known to come from a call.
    pub(super) fn belongs(&mut self, agent_id: &str, tool_use_id: &str) {
        self.waiting.retain(|call| call.tool_use_id != tool_use_id);
        if self.spawned.len() == MOST {
            self.spawned.pop_first();
        }
        self.spawned
            .insert(agent_id.to_owned(), tool_use_id.to_owned());
    }

    /// The call that a sub-agent comes from, where it is known.
    pub(super) fn call_of(&self, agent_id: &str) -> Option<&str> {
        self.spawned.get(agent_id).map(String::as_str)
    }
}

//! Which prompt a trace of telemetry is.

use telemetron_model::{Timestamp, TraceId};

use crate::claude_hooks::Hook;
use crate::claude_hooks::session::{Joined, Session, bounded};

/// Most traces of telemetry that are remembered.
const MOST: usize = 64;

/// What is known of a trace of telemetry.
#[derive(Debug, Default)]
pub(super) struct Clues<'a> {
    /// The prompt, where it is named.
    pub(super) prompt: Option<&'a str>,
    /// Tool calls in it.
    pub(super) tools: Vec<&'a str>,
    /// The text of its prompt.
    pub(super) text: Option<&'a str>,
    /// When the first of its spans began.
    pub(super) began: Option<Timestamp>,
}

impl Session {
    /// Which of our traces a trace of telemetry is.
    pub(super) fn trace_of_telemetry(
        &mut self,
        session: &str,
        theirs: &[u8],
        clues: &Clues<'_>,
    ) -> Option<TraceId> {
        let known = self
            .joined
            .iter()
            .position(|joined| joined.theirs == theirs);
        if let Some(place) = known {
            let joined = &mut self.joined[place];
            joined.text = joined.text.take().or_else(|| clues.text.map(bounded));
            let trace = joined.trace;
            if let Some(prompt) = clues.prompt {
                self.note_prompt(Some(prompt), trace);
            }
            return Some(trace);
        }
        let trace = self.guess(session, clues);
        let trace = trace.map_or_else(|| TraceId::from_slice(theirs), Ok).ok()?;
        if self.joined.len() == MOST {
            self.joined.pop_front();
        }
        self.joined.push_back(Joined {
            theirs: theirs.to_vec(),
            trace,
            text: clues.text.map(bounded),
        });
        Some(trace)
    }

    fn guess(&mut self, session: &str, clues: &Clues<'_>) -> Option<TraceId> {
        if let Some(prompt) = clues.prompt {
            let trace = self.trace_of_prompt(session, Some(prompt));
            self.note_prompt(Some(prompt), trace);
            return Some(trace);
        }
        let mut tools = clues.tools.iter();
        let called = tools.find_map(|id| Some(self.calls.get(id)?.trace));
        if called.is_some() {
            return called;
        }
        let is_free = |trace: TraceId| !self.joined.iter().any(|joined| joined.trace == trace);
        let free = || self.prompts.iter().filter(|prompt| is_free(prompt.trace));
        let same = clues
            .text
            .and_then(|text| free().find(|prompt| prompt.text.as_deref() == Some(text)));
        let before = clues.began.and_then(|began| {
            let given = |at: Option<Timestamp>| at.is_some_and(|at| at <= began);
            free().rfind(|prompt| given(prompt.began))
        });
        let found = same.or(before).or_else(|| free().next())?;
        Some(found.trace)
    }

    /// The trace of a prompt that is given now: where telemetry of it has come already, that one.
    pub(in crate::claude_hooks) fn trace_of_new(&self, hook: &Hook) -> TraceId {
        let id = hook.prompt_id.as_deref();
        let text = hook.prompt.as_deref().filter(|text| !text.is_empty());
        if self.prompt(id).is_none()
            && let Some(text) = text
        {
            let is_named = |trace: TraceId| self.prompts.iter().any(|prompt| prompt.trace == trace);
            let told = self
                .joined
                .iter()
                .find(|joined| joined.text.as_deref() == Some(text) && !is_named(joined.trace));
            if let Some(told) = told {
                return told.trace;
            }
        }
        self.trace_of_prompt(&hook.session_id, id)
    }

    /// Learns from a tool of the main agent of which trace its prompt is.
    pub(in crate::claude_hooks) fn learn_prompt(&mut self, hook: &Hook, trace: TraceId) {
        let id = hook.prompt_id.as_deref();
        if id.is_some() && hook.agent_id.is_none() && self.prompt(id).is_none() {
            self.note_prompt(id, trace);
        }
    }
}

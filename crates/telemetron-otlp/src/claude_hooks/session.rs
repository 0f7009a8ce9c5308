//! What is remembered of a session, because no later message carries it. Bounded.

use std::collections::VecDeque;

use telemetron_model::record::Span;
use telemetron_model::{RawJson, SpanId, Timestamp, TraceId};

use super::recent::Recent;
use super::{Hook, ids};

/// Most calls that wait for their sub-agent, and most spans that may still end.
const MOST: usize = 64;

/// Most prompts, and traces of telemetry, that are remembered.
const PROMPTS: usize = 16;

/// Longest text that is remembered.
const MAX_TEXT_BYTES: usize = 256 * 1024;

/// Longest input of something that has begun that is remembered until it ends.
const MAX_INPUT_BYTES: usize = 4 * 1024;

/// What is remembered of a session.
#[derive(Debug, Clone, Default)]
pub struct Session {
    /// The folder it works in.
    pub(super) cwd: Option<String>,
    pub(super) prompts: VecDeque<Prompt>,
    /// Which of our traces the traces of telemetry are.
    pub(super) joined: VecDeque<Joined>,
    /// Calls of tools by their ids.
    pub(super) calls: Recent<Call>,
    /// Sub-agents by their ids.
    pub(super) agents: Recent<Agent>,
    /// Agent calls whose sub-agent has not begun, oldest first: their ids.
    waiting: VecDeque<String>,
    /// What hooks have told to begin and not to end.
    pub(super) open: VecDeque<Box<Span>>,
    /// What telemetry told, for what comes later.
    pub(super) telemetry: super::telemetry::KnownTelemetry,
}

/// A trace of telemetry.
#[derive(Debug, Clone)]
pub(super) struct Joined {
    /// Its id there.
    pub(super) theirs: Vec<u8>,
    /// Its id here.
    pub(super) trace: TraceId,
    /// The text of its prompt.
    pub(super) text: Option<String>,
}

/// A prompt that was given.
#[derive(Debug, Clone)]
pub(super) struct Prompt {
    /// Its id; sessions of old have one prompt without.
    pub(super) id: Option<String>,
    /// Its trace.
    pub(super) trace: TraceId,
    /// When it was given, as far as that is known by the clock that hooks go by.
    pub(super) began: Option<Timestamp>,
    /// Its text.
    pub(super) text: Option<String>,
    /// What was answered.
    pub(super) answer: Option<String>,
    /// Whether a hook told that it is worked on, and none that it is done.
    pub(super) is_open: bool,
}

/// A call of a tool.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) trace: TraceId,
    /// The sub-agent that it asks for.
    pub(super) target: Option<String>,
    /// Whether a hook told its end.
    pub(super) has_ended: bool,
}

/// A run of a sub-agent.
#[derive(Debug, Clone)]
pub(super) struct Agent {
    pub(super) trace: TraceId,
    pub(super) name: Option<String>,
    /// The call that it comes from.
    pub(super) call: Option<String>,
    /// Whether hooks tell of it.
    pub(super) is_hooked: bool,
    /// Whether it goes on when its call and its prompt have ended.
    pub(super) is_background: bool,
    /// When it was at work, as far as telemetry tells.
    pub(super) at_work: Option<(u64, u64)>,
}

impl Agent {
    pub(super) const fn new(trace: TraceId) -> Self {
        Self {
            trace,
            name: None,
            call: None,
            is_hooked: false,
            is_background: false,
            at_work: None,
        }
    }
}

impl Session {
    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.prompts.is_empty() && self.calls.is_empty() && self.agents.is_empty()
    }

    /// The trace that a hook is about: that of its tool, of its sub-agent, else of its prompt.
    ///
    /// What a sub-agent in the background does bears the id of the prompt of that moment, which may
    /// be a later one.
    pub(super) fn trace_of(&self, hook: &Hook) -> TraceId {
        let tool = hook.tool_use_id.as_deref();
        let tool = tool.and_then(|id| Some(self.calls.get(id)?.trace));
        let agent = hook.agent_id.as_deref();
        let agent = || agent.and_then(|id| Some(self.agents.get(id)?.trace));
        let known = tool.or_else(agent);
        known.unwrap_or_else(|| self.trace_of_prompt(&hook.session_id, hook.prompt_id.as_deref()))
    }

    /// The trace of a prompt.
    pub(super) fn trace_of_prompt(&self, session: &str, prompt: Option<&str>) -> TraceId {
        let known = self.prompt(prompt).map(|prompt| prompt.trace);
        known.unwrap_or_else(|| ids::trace(session, prompt))
    }

    pub(super) fn prompt(&self, id: Option<&str>) -> Option<&Prompt> {
        self.prompts
            .iter()
            .find(|prompt| prompt.id.as_deref() == id)
    }

    /// A prompt by its trace.
    pub(super) fn prompt_in(&mut self, trace: TraceId) -> Option<&mut Prompt> {
        self.prompts.iter_mut().find(|prompt| prompt.trace == trace)
    }

    /// Notes a prompt, unless it is known.
    pub(super) fn note_prompt(&mut self, id: Option<&str>, trace: TraceId) -> &mut Prompt {
        let place = self
            .prompts
            .iter()
            .position(|prompt| prompt.id.as_deref() == id);
        let place = place.unwrap_or_else(|| {
            if self.prompts.len() == PROMPTS {
                self.prompts.pop_front();
            }
            // Texts are long, and none but the last prompts still needs its own.
            if let Some(old) = self.prompts.iter_mut().rev().nth(1) {
                old.text = old.text.take().filter(|text| text.len() <= MAX_INPUT_BYTES);
            }
            self.prompts.push_back(Prompt {
                id: id.map(str::to_owned),
                trace,
                began: None,
                text: None,
                answer: None,
                is_open: false,
            });
            self.prompts.len() - 1
        });
        &mut self.prompts[place]
    }

    /// A prompt was given.
    pub(super) fn prompted(&mut self, hook: &Hook, trace: TraceId, now: Timestamp) {
        self.cwd = hook.cwd.clone().or_else(|| self.cwd.take());
        let text = hook.prompt.as_deref().map(bounded);
        let prompt = self.note_prompt(hook.prompt_id.as_deref(), trace);
        prompt.text = text
            .filter(|text| !text.is_empty())
            .or_else(|| prompt.text.take());
        prompt.is_open |= prompt.began.is_none();
        prompt.began = prompt.began.or(Some(now));
    }

    /// A prompt was answered, or could not be.
    pub(super) fn answered(&mut self, hook: &Hook, trace: TraceId) {
        let answer = hook.answer_text().map(|text| bounded(&text));
        let prompt = self.note_prompt(hook.prompt_id.as_deref(), trace);
        prompt.is_open = false;
        prompt.answer = answer.or_else(|| prompt.answer.take());
    }

    /// The text of the prompt of a trace.
    pub(super) fn input(&self, trace: TraceId) -> Option<RawJson> {
        let prompt = self.prompts.iter().find(|prompt| prompt.trace == trace)?;
        RawJson::of(prompt.text.as_deref()?)
    }

    /// A tool is called; a sub-agent may follow.
    pub(super) fn calls(&mut self, hook: &Hook, trace: TraceId) {
        let Some(id) = &hook.tool_use_id else {
            return;
        };
        let target = hook.spawn().map(|spawn| spawn.target().to_owned());
        if target.is_some() && !self.waiting.contains(id) {
            if self.waiting.len() == MOST {
                self.waiting.pop_front();
            }
            self.waiting.push_back(id.clone());
        }
        self.note_call(id, trace).target = target;
    }

    pub(super) fn note_call(&mut self, id: &str, trace: TraceId) -> &mut Call {
        self.calls.entry(id, || Call {
            trace,
            target: None,
            has_ended: false,
        })
    }

    /// A call has ended, or came to nothing.
    pub(super) fn call_ended(&mut self, hook: &Hook, trace: TraceId) {
        if let Some(id) = &hook.tool_use_id {
            self.note_call(id, trace).has_ended = true;
        }
    }

    /// A call came to nothing: no sub-agent follows.
    pub(super) fn gave_up(&mut self, hook: &Hook) {
        self.waiting
            .retain(|call| Some(call) != hook.tool_use_id.as_ref());
    }

    /// A sub-agent has begun: that of the oldest call that asked for one of its name.
    pub(super) fn started(&mut self, hook: &Hook, trace: TraceId) {
        let (Some(agent_id), Some(name)) = (&hook.agent_id, &hook.agent_type) else {
            return;
        };
        let asks = |id: &String| {
            let target = self.calls.get(id).and_then(|call| call.target.as_ref());
            target == Some(name)
        };
        let place = self.waiting.iter().position(asks);
        let call = place.and_then(|place| self.waiting.remove(place));
        let agent = self.agents.entry(agent_id, || Agent::new(trace));
        agent.is_hooked = true;
        agent.name = Some(name.clone());
        agent.call = agent.call.take().or(call);
    }

    /// A sub-agent is known to come from a call.
    pub(super) fn belongs(&mut self, agent_id: &str, tool_use_id: &str, trace: TraceId) {
        self.waiting.retain(|call| call != tool_use_id);
        let agent = self.agents.entry(agent_id, || Agent::new(trace));
        agent.call = Some(tool_use_id.to_owned());
    }

    /// What a call has told of the sub-agent that it spawned.
    pub(super) fn spawned(&mut self, agent_id: &str, name: &str, is_background: bool) {
        if let Some(agent) = self.agents.get_mut(agent_id) {
            agent.is_hooked = true;
            agent.is_background = is_background;
            agent.name = Some(name.to_owned());
        }
    }

    /// The call that a sub-agent comes from, where it is known.
    pub(super) fn call_of(&self, agent_id: &str) -> Option<&str> {
        self.agents.get(agent_id)?.call.as_deref()
    }

    /// The sub-agent that comes from a call, where it is known.
    pub(super) fn agent_of_call(&self, call: &str) -> Option<String> {
        let mut agents = self.agents.iter();
        let found = agents.find(|(_, agent)| agent.call.as_deref() == Some(call));
        found.map(|(id, _)| id.clone())
    }

    /// Something has begun.
    pub(super) fn begun(&mut self, span: &Span) {
        let is_it = |open: &Span| is(open, span.trace_id, span.span_id);
        self.open.retain(|open| !is_it(open));
        if self.open.len() == MOST {
            self.open.pop_front();
        }
        let mut span = Box::new(span.clone());
        let input = span.input_data.take();
        span.input_data = input.filter(|input| input.get().len() <= MAX_INPUT_BYTES);
        self.open.push_back(span);
    }

    /// Something has ended.
    pub(super) fn ended(&mut self, span: &Span) {
        self.open
            .retain(|open| !is(open, span.trace_id, span.span_id));
    }
}

fn is(open: &Span, trace: TraceId, span: SpanId) -> bool {
    open.trace_id == trace && open.span_id == span
}

/// A text without what is too long of it.
pub(super) fn bounded(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_TEXT_BYTES)].to_owned()
}

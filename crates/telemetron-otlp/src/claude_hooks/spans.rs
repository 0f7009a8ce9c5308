//! The spans of a hook: the main agent, sub-agents, and the tools that they call.

use serde_json::json;
use serde_json::value::RawValue;
use telemetron_model::record::{
    ErrorInfo, Handoff, HandoffMode, HandoffRule, Record, Span, SpanKind, Status, Trace,
};
use telemetron_model::{RawJson, SpanId, Timestamp, TraceId, classify};

use super::{Hook, Session, ids, title};
use crate::reserved::DIALECT;
use crate::{bounds, cut};

/// Nanoseconds in a millisecond.
const MILLI: f64 = 1e6;

/// A hook, its trace and the moment it came.
pub(super) struct Scene<'a> {
    pub(super) hook: &'a Hook,
    pub(super) trace: TraceId,
    pub(super) now: Timestamp,
}

impl<'a> Scene<'a> {
    pub(super) const fn of(hook: &'a Hook, trace: TraceId, now: Timestamp) -> Self {
        Self { hook, trace, now }
    }

    /// The trace of a prompt, as its main agent stands.
    pub(super) fn trace(&self, session: &Session, main: &Span) -> Option<Trace> {
        let hook = self.hook;
        let prompt = session.prompt(hook.prompt_id.as_deref());
        let text = prompt.and_then(|prompt| prompt.text.as_deref());
        hook.prompt_id.as_ref()?;
        let folder = hook.cwd.as_deref().or(session.cwd.as_deref());
        Some(Trace {
            name: text.and_then(title::title),
            status: main.status,
            end_time: main.end_time,
            session_id: bounds::id(Some(hook.session_id.clone())),
            project: folder.and_then(title::project),
            root_agent_name: Some("main".to_owned()),
            user_input: main.input_data.clone(),
            final_output: main.output_data.clone(),
            error: main.error.clone(),
            metadata: RawJson::of(&json!({"cwd": folder})).filter(|_| folder.is_some()),
            ..Trace::opened(self.trace, self.now)
        })
    }

    /// The main agent at work on a prompt.
    pub(super) fn main(&self, session: &Session, status: Status) -> Span {
        let name = "claude_code.interaction";
        let mut span = self.span(ids::agent(self.trace, None), name, SpanKind::Agent, status);
        span.agent_name = Some("main".to_owned());
        span.agent_id = None;
        span.input_data = session.input(self.trace);
        span.output_data = payload(self.hook.last_assistant_message.as_deref());
        finished(span)
    }

    /// The main agent has answered, or could not. Without a prompt id it goes on until the session
    /// ends.
    pub(super) fn turn_ended(&self, session: &mut Session, status: Status) -> Vec<Record> {
        let mut span = self.main(session, status);
        if status == Status::Failed {
            span.error = Some(self.stop_failure());
        }
        if self.hook.prompt_id.is_none() {
            return vec![super::notes::of(self.hook, self.trace, self.now).into()];
        }
        session.answered(self.hook, self.trace);
        session.ended(&span);
        let trace = self.trace(session, &span).map(Into::into);
        trace.into_iter().chain([span.into()]).collect()
    }

    /// The session is over: prompts that are still worked on were given up.
    pub(super) fn session_ended(&self, session: &mut Session) -> Vec<Record> {
        let open = session.prompts.iter_mut().filter(|prompt| prompt.is_open);
        let left: Vec<_> = open
            .map(|prompt| {
                prompt.is_open = false;
                (prompt.id.clone(), prompt.trace)
            })
            .collect();
        let ends = left.into_iter().map(|(prompt_id, trace)| {
            let is_turn = prompt_id.is_some();
            let hook = Hook {
                prompt_id,
                ..self.hook.clone()
            };
            let scene = Scene::of(&hook, trace, self.now);
            if !is_turn {
                return scene.main(session, Status::Completed).into();
            }
            let mut span = scene.main(session, Status::Failed);
            let reason = hook.reason.as_deref().unwrap_or("no reason given");
            span.error = Some(error_of(
                "session_ended",
                format!("the session ended: {reason}"),
            ));
            span.into()
        });
        ends.collect()
    }

    /// The tool that is called, has answered, or has failed.
    pub(super) fn tool(&self, status: Status) -> Option<Span> {
        let hook = self.hook;
        let (id, name) = (hook.tool_use_id.as_deref()?, hook.tool_name.as_deref()?);
        let mut span = self.span(ids::tool(self.trace, id), name, SpanKind::Tool, status);
        span.parent_span_id = Some(ids::agent(self.trace, hook.agent_id.as_deref()));
        span.tool_name = Some(name.to_owned());
        span.tool_call_id = Some(id.to_owned());
        span.input_data = payload(hook.tool_input.as_deref());
        span.output_data = payload(hook.tool_response.as_deref());
        if let (Status::Completed | Status::Failed, Some(millis)) = (status, hook.duration_ms) {
            span.start_time = self.now.plus_nanos(-nanos(millis));
        }
        if status == Status::Failed {
            let interrupted = hook.is_interrupt == Some(true);
            let kind = match hook.hook_event_name.as_str() {
                "PermissionDenied" => "permission_denied",
                _ if interrupted => "interrupted",
                _ => "tool_failure",
            };
            span.error = Some(self.error(kind));
        }
        Some(finished(span))
    }

    /// The sub-agent that a hook is about, below the call that spawned it.
    pub(super) fn subagent(&self, session: &Session, status: Status) -> Option<Span> {
        let hook = self.hook;
        let agent_id = hook.agent_id.as_deref()?;
        let mut span = self.agent(agent_id, hook.agent_name(), status);
        let call = session.call_of(agent_id);
        span.parent_span_id = Some(match call {
            Some(call) => ids::tool(self.trace, call),
            None => ids::agent(self.trace, None),
        });
        span.output_data = payload(hook.last_assistant_message.as_deref());
        Some(finished(span))
    }

    /// The sub-agent that a call names when it has ended: whole, and below that call for certain.
    ///
    /// A call that has only launched it says so, and then the sub-agent goes on.
    pub(super) fn spawned(&self, session: &mut Session) -> Option<Span> {
        let (spawn, answer) = (self.hook.spawn()?, self.hook.spawned());
        let (agent_id, call) = (answer.agent_id?, self.hook.tool_use_id.as_deref()?);
        session.belongs(&agent_id, call, self.trace);
        let status = match answer.status.as_deref() {
            None | Some("completed") => Status::Completed,
            Some(_) => Status::Running,
        };
        session.spawned(&agent_id, spawn.target(), status == Status::Running);
        let mut span = self.agent(&agent_id, spawn.target(), status);
        span.parent_span_id = Some(ids::tool(self.trace, call));
        span.input_data = spawn.prompt.as_ref().and_then(RawJson::of);
        span.output_data = payload(answer.content.as_deref());
        Some(finished(span))
    }

    /// The work that an `Agent` call passes on.
    pub(super) fn handoff(&self) -> Option<Handoff> {
        let (spawn, call) = (self.hook.spawn()?, self.hook.tool_use_id.as_deref()?);
        Some(Handoff {
            // As telemetry and transcripts call it.
            handoff_id: ids::tool(self.trace, call).to_string(),
            trace_id: self.trace,
            span_id: Some(ids::tool(self.trace, call)),
            source_agent_id: bounds::id(self.hook.agent_id.clone()),
            source_agent_name: Some(self.hook.agent_name().to_owned()),
            target_agent_id: None,
            target_agent_name: spawn.target().to_owned(),
            timestamp: self.now,
            until: None,
            reason: spawn.description,
            mode: Some(HandoffMode::Delegate),
            rule: Some(HandoffRule::HandoffTool.as_str().to_owned()),
            context: spawn.prompt.as_ref().and_then(RawJson::of),
        })
    }

    fn agent(&self, agent_id: &str, name: &str, status: Status) -> Span {
        let id = ids::agent(self.trace, Some(agent_id));
        let mut span = self.span(id, name, SpanKind::Agent, status);
        span.agent_id = bounds::id(Some(agent_id.to_owned()));
        span.agent_name = Some(name.to_owned());
        span
    }

    /// What all spans of a hook have.
    fn span(&self, id: SpanId, name: &str, kind: SpanKind, status: Status) -> Span {
        let hook = self.hook;
        let mut span = Span::started(self.trace, id, name, kind, self.now);
        span.status = status;
        span.end_time = (status != Status::Running).then_some(self.now);
        span.agent_id = bounds::id(hook.agent_id.clone());
        span.agent_name = Some(hook.agent_name().to_owned());
        span.session_id = bounds::id(Some(hook.session_id.clone()));
        span.project = hook.cwd.as_deref().and_then(title::project);
        span.attributes = RawJson::of(&json!({
            DIALECT: ["claude_code_hooks"],
            "hook_event_name": hook.hook_event_name,
            "prompt.id": hook.prompt_id,
            "cwd": hook.cwd,
            "permission_mode": hook.permission_mode,
            "transcript_path": hook.transcript_path,
        }));
        span
    }

    fn error(&self, kind: &str) -> ErrorInfo {
        let said = self.hook.error_text();
        let why = || self.hook.reason.clone().unwrap_or_default();
        error_of(kind, if said.is_empty() { why() } else { said })
    }

    /// Why there is no answer, which Claude Code says in one word: `rate_limit`, `overloaded`, …
    fn stop_failure(&self) -> ErrorInfo {
        let word = self.hook.error_text();
        let is_word = !word.is_empty() && word.len() < 64 && !word.contains(char::is_whitespace);
        let kind = if is_word {
            word.as_str()
        } else {
            "stop_failure"
        };
        error_of(
            kind,
            self.hook.failure_text().unwrap_or_else(|| word.clone()),
        )
    }
}

fn error_of(kind: &str, message: String) -> ErrorInfo {
    let message = cut::cut_text(&message, cut::MAX_ERROR_BYTES);
    let classified = classify::classify(kind, &message);
    ErrorInfo {
        error_type: kind.to_owned(),
        message,
        stack: None,
        category: Some(classified.category),
        severity: Some(classified.severity),
        retryable: Some(classified.retryable),
    }
}

fn payload(raw: Option<&RawValue>) -> Option<RawJson> {
    let raw = raw.filter(|raw| raw.get() != "null")?;
    RawJson::of(raw)
}

/// Cuts what is too large for a record.
fn finished(mut span: Span) -> Span {
    cut::fit_span(&mut span);
    span
}

fn nanos(millis: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to a day")]
    let nanos = (millis * MILLI).clamp(0.0, 86_400_000.0 * MILLI) as i64;
    nanos
}

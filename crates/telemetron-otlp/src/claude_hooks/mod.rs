//! Claude Code as one: what hooks, telemetry and transcripts tell of a session is one set of traces.
//!
//! ```text
//!  UserPromptSubmit ─────────────────── agent `main`, running ──────────────── Stop, StopFailure
//!    PreToolUse Read ──── tool ──── PostToolUse, PostToolUseFailure
//!    PreToolUse Agent ─── tool ─────────────────────────────────── PostToolUse
//!      SubagentStart ──── agent `Explore` ──── SubagentStop            └ names the sub-agent
//! ```
//!
//! **A trace is a prompt** (`prompt_id`) and what came of it: that is one request, and what people
//! look for; `session_id` ties the prompts of a session together. A session lives for days. Hooks of
//! a Claude Code that sends no `prompt_id` make one trace of the session, whose main agent runs until
//! `SessionEnd`.
//!
//! [Ids](ids) are hashes of what all three ways carry (prompt, agent, tool call, request), so each
//! finds its span by itself. What one message does not carry is remembered ([`Session`]): the text of
//! the prompt, which only its first hook has; which `Agent` call spawned a sub-agent; of which prompt
//! a sub-agent in the background is; what has begun and may never be told to end (`endings`); and
//! which trace of telemetry is which prompt, since its spans do not say (`telemetry`). Without it
//! (the gateway was started anew meanwhile) a sub-agent stands below the main agent until its `Agent`
//! call has ended and named it, and telemetry of a prompt that nothing names has a trace of its own.

mod endings;
mod hook;
pub mod ids;
mod notes;
mod recent;
mod session;
mod sessions;
mod spans;
mod telemetry;
#[cfg(test)]
mod tests;
mod title;

use telemetron_model::Timestamp;
use telemetron_model::record::{Record, Span, Status};

pub use hook::{Hook, HookError};
pub use session::Session;
pub use sessions::Sessions;
use spans::Scene;
pub use telemetry::{tells_logs, tells_spans};
pub use title::{project, title};

/// The records of a hook that came at this moment; hooks carry no time.
///
/// The same hook, memory and moment give the same records.
pub fn map(hook: &Hook, session: &mut Session, now: Timestamp) -> Vec<Record> {
    let trace = match hook.hook_event_name.as_str() {
        "UserPromptSubmit" => session.trace_of_new(hook),
        _ => session.trace_of(hook),
    };
    session.learn_prompt(hook, trace);
    let scene = Scene::of(hook, trace, now);
    match hook.hook_event_name.as_str() {
        "UserPromptSubmit" => prompted(&scene, session),
        "PreToolUse" => {
            session.calls(hook, trace);
            let mut records = begun(session, scene.tool(Status::Running));
            records.extend(scene.handoff().map(Into::into));
            records
        }
        "PostToolUse" => {
            let tool = scene.tool(Status::Completed);
            session.call_ended(hook, trace);
            let mut records = ended(session, tool);
            records.extend(spawned(&scene, session));
            records
        }
        "PostToolUseFailure" => failed(&scene, session),
        "PermissionDenied" => {
            let mut records = failed(&scene, session);
            records.push(notes::of(hook, trace, now).into());
            records
        }
        "SubagentStart" => {
            session.started(hook, trace);
            let span = scene.subagent(session, Status::Running);
            begun(session, span)
        }
        "SubagentStop" => {
            let span = scene.subagent(session, Status::Completed);
            let mut records = ended(session, span);
            let left = session.give_up(trace, hook.agent_id.as_deref(), endings::NO_RESULT, now);
            records.extend(left.into_iter().map(Into::into));
            records
        }
        "Stop" => answered(&scene, session, Status::Completed),
        "StopFailure" => answered(&scene, session, Status::Failed),
        "SessionEnd" => {
            let mut records = scene.session_ended(session);
            let left = session.give_up_all(now);
            records.extend(left.into_iter().map(Into::into));
            records.push(notes::of(hook, trace, now).into());
            records
        }
        _ => vec![notes::of(hook, trace, now).into()],
    }
}

/// A prompt is given: what came before it and waits for nobody any more ends.
fn prompted(scene: &Scene<'_>, session: &mut Session) -> Vec<Record> {
    let (hook, now) = (scene.hook, scene.now);
    let known = session.prompt(hook.prompt_id.as_deref());
    let is_new = known.is_none_or(|prompt| prompt.began.is_none());
    let mut ends = Vec::new();
    if is_new && hook.prompt_id.is_some() {
        ends = session.interrupted(now);
    }
    let notice = hook.prompt.as_deref().and_then(title::finished_agent);
    ends.extend(notice.and_then(|agent_id| session.announced_end(agent_id, now)));
    session.prompted(hook, scene.trace, now);
    let main = scene.main(session, Status::Running);
    session.begun(&main);
    let mut records: Vec<Record> = ends.into_iter().map(Into::into).collect();
    records.extend(scene.trace(session, &main).map(Into::into));
    records.push(main.into());
    records
}

/// The main agent has answered, or could not.
fn answered(scene: &Scene<'_>, session: &mut Session, status: Status) -> Vec<Record> {
    let mut records = scene.turn_ended(session, status);
    let left = session.give_up(scene.trace, None, endings::NO_RESULT, scene.now);
    records.extend(left.into_iter().map(Into::into));
    records
}

fn failed(scene: &Scene<'_>, session: &mut Session) -> Vec<Record> {
    session.gave_up(scene.hook);
    session.call_ended(scene.hook, scene.trace);
    ended(session, scene.tool(Status::Failed))
}

/// The sub-agent that a call names when it has ended.
fn spawned(scene: &Scene<'_>, session: &mut Session) -> Option<Record> {
    let span = scene.spawned(session)?;
    match span.status {
        Status::Running => session.begun(&span),
        _ => session.ended(&span),
    }
    Some(span.into())
}

fn begun(session: &mut Session, span: Option<Span>) -> Vec<Record> {
    if let Some(span) = &span {
        session.begun(span);
    }
    span.into_iter().map(Into::into).collect()
}

fn ended(session: &mut Session, span: Option<Span>) -> Vec<Record> {
    if let Some(span) = &span {
        session.ended(span);
    }
    span.into_iter().map(Into::into).collect()
}

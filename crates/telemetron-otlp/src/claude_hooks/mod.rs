//! Claude Code's HTTP hooks to records: a session's work while it happens.
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
//! Ids are hashes of what the hooks carry, so every hook finds its span by itself. Two things take
//! memory ([`Session`]): the text of the prompt, which only its first hook carries, and which `Agent`
//! call spawned a sub-agent, which no hook carries while it runs. Without it (the gateway was started
//! anew meanwhile) a sub-agent stands below the main agent until its `Agent` call has ended and named
//! it, and the whole record of a prompt lacks its text; all else is the same.

mod hook;
mod ids;
mod notes;
mod session;
mod spans;
#[cfg(test)]
mod tests;

use telemetron_model::Timestamp;
use telemetron_model::record::{Record, Status};

pub use hook::{Hook, HookError};
pub use session::Session;
use spans::Scene;

/// The records of a hook that came at this moment; hooks carry no time.
///
/// The same hook, memory and moment give the same records.
pub fn map(hook: &Hook, session: &mut Session, now: Timestamp) -> Vec<Record> {
    let scene = Scene::of(hook, now);
    let mut records = Vec::new();
    match hook.hook_event_name.as_str() {
        "UserPromptSubmit" => {
            session.prompt(hook);
            records.push(scene.main(session, Status::Running).into());
        }
        "PreToolUse" => {
            session.calls(hook);
            records.extend(scene.tool(Status::Running).map(Into::into));
            records.extend(scene.handoff().map(Into::into));
        }
        "PostToolUse" => {
            records.extend(scene.tool(Status::Completed).map(Into::into));
            records.extend(scene.spawned(session).map(Into::into));
        }
        "PostToolUseFailure" => {
            session.gave_up(hook);
            records.extend(scene.tool(Status::Failed).map(Into::into));
        }
        "SubagentStart" => {
            session.started(hook);
            records.extend(scene.subagent(session, Status::Running).map(Into::into));
        }
        "SubagentStop" => {
            records.extend(scene.subagent(session, Status::Completed).map(Into::into));
        }
        "Stop" => records.extend(scene.turn_ended(session, Status::Completed)),
        "StopFailure" => records.extend(scene.turn_ended(session, Status::Failed)),
        "SessionEnd" => {
            records.extend(scene.session_ended(session));
            records.push(notes::of(hook, now).into());
        }
        _ => records.push(notes::of(hook, now).into()),
    }
    records
}

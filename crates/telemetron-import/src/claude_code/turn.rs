//! Turns: a prompt of the user and everything until the next one.

use serde_json::json;
use telemetron_model::record::{Event, Record, Severity, Status, Trace, event_type};
use telemetron_model::{RawJson, Timestamp};
use telemetron_otlp::claude_hooks::{ids as claude, project, title};

use super::line::Line;
use super::scene::Scene;
use super::subagents::Subagents;
use super::thread::{MAIN, Thread};
use crate::{ids, payload};

/// The records of each turn, in order.
pub(super) fn runs(lines: Vec<Line>) -> Vec<Vec<Record>> {
    let (own, others): (Vec<_>, Vec<_>) = lines
        .into_iter()
        .partition(|line| !line.is_sidechain && line.agent_id.is_none());
    let mut subagents = Subagents::of(others);
    let turns = turns(own);
    let last = turns.len().saturating_sub(1);
    let mut runs: Vec<_> = turns
        .iter()
        .enumerate()
        .map(|(place, turn)| records(turn, place == last, &mut subagents))
        .collect();
    runs.extend(subagents.orphans().into_iter().map(orphan));
    runs.retain(|records| !records.is_empty());
    runs
}

fn turns(lines: Vec<Line>) -> Vec<Vec<Line>> {
    let mut turns: Vec<Vec<Line>> = Vec::new();
    for line in lines {
        if line.is_prompt() || turns.is_empty() && line.begins_without_prompt() {
            turns.push(vec![line]);
        } else if let Some(turn) = turns.last_mut() {
            turn.push(line);
        }
    }
    turns
}

/// The records of one turn; only the last of a session may still be running.
fn records(turn: &[Line], is_last: bool, subagents: &mut Subagents) -> Vec<Record> {
    let Some((prompt, began)) = turn.first().and_then(|line| Some((line, line.time()?))) else {
        return Vec::new();
    };
    let scene = scene(prompt, is_last);
    let thread = Thread::of(turn);
    let mut records = vec![trace(&scene, prompt, &thread, began).into()];
    records.extend(thread.records(&scene, MAIN, None, None, subagents));
    records.extend(
        turn.iter()
            .filter_map(|line| note(&scene, line))
            .map(Into::into),
    );
    records
}

/// The trace of a prompt: the one that hooks and telemetry tell of, where the line names the prompt.
fn scene(prompt: &Line, is_last: bool) -> Scene {
    let session = prompt.session_id.as_deref().unwrap_or_default();
    let named = prompt.prompt_id.as_deref();
    Scene {
        trace_id: named.map_or_else(
            || ids::trace_id("claude-code", &prompt.uuid),
            |id| claude::trace(session, Some(id)),
        ),
        session: prompt.session_id.clone(),
        cwd: prompt.cwd.clone(),
        is_last,
    }
}

/// A sub-agent whose session is not at hand: below the prompt that it worked for, where that is
/// named, else a trace of its own.
fn orphan((id, lines): (String, Vec<Line>)) -> Vec<Record> {
    let Some((first, began)) = lines.first().and_then(|line| Some((line, line.time()?))) else {
        return Vec::new();
    };
    let scene = scene(first, false);
    let thread = Thread::of(&lines);
    let name = lines.iter().find_map(|line| line.attribution_agent.clone());
    let name = name.unwrap_or_else(|| id.clone());
    let above = first.prompt_id.as_ref().map(|_| scene.agent(None));
    let mut records = Vec::new();
    if above.is_none() {
        records.push(trace(&scene, first, &thread, began).into());
    }
    records.extend(thread.records(&scene, &name, Some(&id), above, &mut Subagents::default()));
    records
}

fn trace(scene: &Scene, prompt: &Line, thread: &Thread, began: Timestamp) -> Trace {
    let failure = thread.failure();
    let metadata = json!({
        "cwd": prompt.cwd, "git_branch": prompt.git_branch, "version": prompt.version,
        "imported_from": "claude-code",
    });
    Trace {
        name: Some(title(&prompt.text()).unwrap_or_else(|| "claude-code".to_owned())),
        session_id: scene.session.clone(),
        project: scene.cwd.as_deref().and_then(project),
        root_agent_name: Some(MAIN.to_owned()),
        user_input: thread.asked(),
        final_output: thread.answer().as_deref().and_then(payload::text),
        status: match &failure {
            Some(_) => Status::Failed,
            None => Status::Completed,
        },
        error: failure,
        end_time: Some(thread.ended),
        metadata: RawJson::of(&metadata),
        ..Trace::opened(scene.trace_id, began)
    }
}

/// What Claude Code itself noted: compaction, interruption, a failed hook.
fn note(scene: &Scene, line: &Line) -> Option<Event> {
    let text = line.text();
    let interrupted = text.starts_with("[Request interrupted");
    let name = match line.kind.as_str() {
        "system" => line.subtype.clone().unwrap_or_else(|| "system".to_owned()),
        "user" if interrupted => "interrupted".to_owned(),
        "user" if line.is_compact_summary => "compacted".to_owned(),
        _ => return None,
    };
    let message = line.content.as_str().map(str::to_owned);
    Some(Event {
        event_id: Some(line.uuid.clone()),
        trace_id: Some(scene.trace_id),
        span_id: Some(scene.agent(None)),
        agent_id: None,
        agent_name: Some(MAIN.to_owned()),
        event_type: event_type::STATE_CHANGE.to_owned(),
        event_name: name,
        severity: if interrupted {
            Severity::Warning
        } else {
            Severity::Info
        },
        message: message.or_else(|| (!text.is_empty()).then_some(text)),
        data: None,
        timestamp: line.time()?,
        correlation_id: None,
        cause: None,
    })
}

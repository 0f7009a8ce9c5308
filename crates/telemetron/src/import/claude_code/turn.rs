//! Turns: a prompt of the user and everything until the next one.

use serde_json::json;
use telemetron_model::record::{Event, Record, Severity, Status, Trace, event_type};
use telemetron_model::{RawJson, Timestamp};

use super::line::Line;
use super::scene::Scene;
use super::subagents::Subagents;
use super::thread::{MAIN, Thread};
use crate::import::{ids, payload};

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
        if line.is_prompt() {
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
    let scene = Scene {
        trace_id: ids::trace_id("claude-code", &prompt.uuid),
        session: prompt.session_id.clone(),
        is_last,
    };
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

/// A sub-agent whose session is not at hand: a trace of its own.
fn orphan((id, lines): (String, Vec<Line>)) -> Vec<Record> {
    let Some((first, began)) = lines.first().and_then(|line| Some((line, line.time()?))) else {
        return Vec::new();
    };
    let scene = Scene {
        trace_id: ids::trace_id("claude-code", &first.uuid),
        session: first.session_id.clone(),
        is_last: false,
    };
    let thread = Thread::of(&lines);
    let mut records = vec![trace(&scene, first, &thread, began).into()];
    records.extend(thread.records(&scene, &id, Some(&id), None, &mut Subagents::default()));
    records
}

fn trace(scene: &Scene, prompt: &Line, thread: &Thread, began: Timestamp) -> Trace {
    let runs = scene.is_last && thread.is_unfinished();
    let failure = thread.failure().filter(|_| !runs);
    let metadata = json!({
        "cwd": prompt.cwd, "git_branch": prompt.git_branch, "version": prompt.version,
        "imported_from": "claude-code",
    });
    Trace {
        name: Some("claude-code".to_owned()),
        session_id: scene.session.clone(),
        user_input: payload::text(&prompt.text()),
        final_output: thread.answer().as_deref().and_then(payload::text),
        status: match (runs, &failure) {
            (true, _) => Status::Running,
            (false, Some(_)) => Status::Failed,
            (false, None) => Status::Completed,
        },
        error: failure,
        end_time: (!runs).then_some(thread.ended),
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
        span_id: Some(scene.agent(MAIN)),
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

//! Transcripts of Claude Code (`~/.claude/projects/**/*.jsonl`): a trace for each prompt.
//!
//! ```text
//!  session.jsonl ─┐                              ┌─ AGENT main ─┬─ LLM, one a message
//!  agent-*.jsonl ─┴─▶ lines ─▶ turns ─▶ Thread ──┤              └─ TOOL ─ AGENT sub-agent ─ …
//!                                                └─ handoffs, events, errors
//! ```
//!
//! A session may last for days, so a trace is one prompt and what came of it; `session_id` ties
//! them together. Ids are hashes of the prompt's line, so that importing again, and importing a
//! session that was resumed and copied its past, changes nothing. An answer stands in several lines,
//! one a block, each with the usage of the whole: they are one call, counted once.

mod call;
mod files;
mod line;
mod scene;
mod subagents;
mod thread;
mod tool;
mod turn;

use std::path::Path;

use line::Line;

use super::{Reading, Run};
pub use files::is_part_of_another;

/// The name of the form.
const FORMAT: &str = "claude-code";

/// Whether these bytes begin as a transcript does.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    let first = bytes
        .split(|byte| *byte == b'\n')
        .find(|line| !line.is_empty());
    first.is_some_and(line::begins_transcript)
}

/// Reads a transcript, and those of its sub-agents that stand beside it.
pub(super) fn read(bytes: &[u8], path: Option<&Path>) -> Vec<Reading> {
    let (mut lines, mut skipped) = (Vec::new(), Vec::new());
    collect(bytes, &mut lines, &mut skipped);
    for part in path.map(files::parts).unwrap_or_default() {
        match std::fs::read(&part) {
            Ok(bytes) => collect(&bytes, &mut lines, &mut skipped),
            Err(error) => skipped.push(format!("{}: {error}", part.display())),
        }
    }
    let mut readings: Vec<_> = turn::runs(lines)
        .into_iter()
        .map(|records| Reading::Run {
            format: FORMAT,
            run: Run::from(records),
        })
        .collect();
    readings.extend(skipped.into_iter().map(Reading::Skipped));
    readings
}

fn collect(bytes: &[u8], lines: &mut Vec<Line>, skipped: &mut Vec<String>) {
    for text in bytes.split(|byte| *byte == b'\n') {
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice::<Line>(text) {
            Ok(line) => lines.push(line),
            Err(error) => skipped.push(format!("a line that is no entry of a transcript: {error}")),
        }
    }
}

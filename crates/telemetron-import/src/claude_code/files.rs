//! Where transcripts stand, and which belong together.
//!
//! A sub-agent's transcript is a file of its own: `agent-ID.jsonl` beside that of its session, or
//! in `SESSION/subagents/`. It is read with its session, which alone knows who spawned it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The transcripts of the sub-agents of a session, in order of their names.
pub(super) fn parts(session: &Path) -> Vec<PathBuf> {
    if agent_of(session).is_some() {
        return Vec::new();
    }
    let (Some(beside), Some(stem)) = (session.parent(), session.file_stem()) else {
        return Vec::new();
    };
    let below = beside.join(stem).join("subagents");
    let named = |path: &PathBuf| session_named_in(path).as_deref() == stem.to_str();
    let mut parts: Vec<_> = agents_in(&below);
    parts.extend(agents_in(beside).into_iter().filter(named));
    parts
}

/// Whether a file is the transcript of a sub-agent whose session is at hand, and read with it; or
/// what stands beside such a transcript and says nothing that it does not.
pub fn is_part_of_another(path: &Path) -> bool {
    if is_about_transcript(path) {
        return true;
    }
    if agent_of(path).is_none() {
        return false;
    }
    let (Some(folder), Some(session)) = (path.parent(), session_named_in(path)) else {
        return false;
    };
    let file = format!("{session}.jsonl");
    let above = folder.parent().and_then(Path::parent);
    folder.join(&file).exists() || above.is_some_and(|above| above.join(&file).exists())
}

/// Whether a file is the `agent-ID.meta.json` of a transcript.
fn is_about_transcript(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let agent = name
        .strip_suffix(".meta.json")
        .filter(|agent| agent.starts_with("agent-"));
    agent.is_some_and(|agent| path.with_file_name(format!("{agent}.jsonl")).exists())
}

fn agents_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut agents: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| agent_of(path).is_some())
        .collect();
    agents.sort();
    agents
}

/// The id in `agent-ID.jsonl`.
fn agent_of(path: &Path) -> Option<&str> {
    let stem = path.file_stem().and_then(OsStr::to_str)?;
    (path.extension()? == "jsonl").then(|| stem.strip_prefix("agent-"))?
}

/// The session that the first line of a transcript names.
fn session_named_in(path: &Path) -> Option<String> {
    use std::io::{BufRead as _, BufReader};
    let mut first = String::new();
    BufReader::new(fs::File::open(path).ok()?)
        .read_line(&mut first)
        .ok()?;
    serde_json::from_str::<super::Line>(&first).ok()?.session_id
}

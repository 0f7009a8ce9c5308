//! HyperAgent on SWE-bench, as MAST holds it: a `trajectory` of the lines of its log.
//!
//! ```text
//! HyperAgent_repo-1 - INFO - Initialized tools
//! HyperAgent_repo-1 - INFO - Planner's Response: Thought: …
//! Subgoal: find the file
//! HyperAgent_repo-1 - INFO - Inner-Navigator-Assistant's Response: …
//! HyperAgent_repo-1 - INFO - Navigator->Planner: …
//! ```
//!
//! Calls stand in the text as `open_file._run(…)`; their results are not in the log. The patch
//! that solves the task (`other_data`) and labels (`note`) are left out.

use serde::Deserialize;
use serde_json::Map;
use telemetron_model::record::ToolCall;

use super::text::Text;
use crate::conversation::{Conversation, Entry, Turn, note};
use crate::{Document, Format, Run, payload, records};

/// The form of HyperAgent's logs.
pub(crate) struct HyperAgent;

const PREFIX: &str = "HyperAgent_";

#[derive(Deserialize)]
struct Log {
    instance_id: Option<String>,
    problem_statement: Option<Text>,
    trajectory: Vec<String>,
}

impl Format for HyperAgent {
    fn name(&self) -> &'static str {
        "hyperagent"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let lines = document.field("trajectory");
        let first = lines.trim_start_matches('[').trim_start();
        first.starts_with('"') && lines.contains(&format!("\"{PREFIX}"))
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let log: Log = document.parse()?;
        Ok(records::of(document, &conversation(log, self.name())).into())
    }
}

fn conversation(log: Log, format: &'static str) -> Conversation {
    let mut metadata = Map::new();
    if let Some(id) = log.instance_id {
        metadata.insert("instance_id".to_owned(), id.into());
    }
    Conversation {
        format,
        name: "hyperagent",
        question: log.problem_statement.map(Text::whole),
        metadata,
        entries: entries(&log.trajectory),
        ..Conversation::default()
    }
}

/// Lines without a prefix go on with the entry before them.
fn entries(lines: &[String]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for line in lines {
        match message(line) {
            Some(message) => {
                entries.extend(entry(&open));
                open = vec![message];
            }
            None => open.push(line),
        }
    }
    entries.extend(entry(&open));
    entries
}

/// The message of a line that begins an entry.
fn message(line: &str) -> Option<&str> {
    let rest = line.strip_prefix(PREFIX)?;
    let (_instance, rest) = rest.split_once(" - ")?;
    let (_level, message) = rest.split_once(" - ")?;
    Some(message)
}

fn entry(lines: &[&str]) -> Option<Entry> {
    let text = lines.join("\n");
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    Some(turn(text).map_or_else(|| note(text), Entry::from))
}

/// `Planner's Response: …` and `Navigator->Planner: …` are turns.
fn turn(text: &str) -> Option<Turn> {
    let (head, content) = text.split_once(": ").or_else(|| text.split_once(':'))?;
    if let Some(agent) = head.strip_suffix("'s Response") {
        return Some(Turn {
            calls: calls(content),
            request: subgoal(content),
            ..Turn::new(agent, content.trim())
        });
    }
    let (source, target) = head.split_once("->")?;
    let turn = Turn::new(source, content.trim());
    Some(turn.with("addressed_to", target))
}

/// What the planner wants done.
fn subgoal(content: &str) -> Option<String> {
    let (_, goal) = content.rsplit_once("Subgoal:")?;
    Some(goal.trim().to_owned())
}

/// The calls in a text: `name._run(arguments)`.
fn calls(text: &str) -> Vec<ToolCall> {
    const CALL: &str = "._run(";
    let places = text.match_indices(CALL).map(|(place, _)| place);
    places
        .filter_map(|place| {
            let (before, after) = (&text[..place], &text[place + CALL.len()..]);
            let begin = before.rfind(|c: char| !c.is_alphanumeric() && c != '_');
            let name = &before[begin.map_or(0, |begin| begin + 1)..];
            (!name.is_empty()).then(|| call(name, arguments(after)))
        })
        .collect()
}

fn call(name: &str, arguments: &str) -> ToolCall {
    ToolCall {
        tool_name: name.to_owned(),
        call_id: None,
        arguments: payload::text(arguments),
        result: None,
        duration_ns: None,
        error: None,
    }
}

/// What stands before the bracket that closes the call; brackets inside quotes do not count.
fn arguments(text: &str) -> &str {
    let (mut depth, mut quote, mut escaped) = (1, None, false);
    for (place, letter) in text.char_indices() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (_, '\\') => escaped = true,
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
        if depth == 0 {
            return &text[..place];
        }
    }
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_with_their_arguments() {
        let text = "Action:\nresult = open_file._run(path=\"a (b).py\", line=int(3))\nx._run()";
        let found: Vec<_> = calls(text)
            .into_iter()
            .map(|call| {
                (
                    call.tool_name,
                    call.arguments.map(|raw| raw.parse().unwrap()),
                )
            })
            .collect();
        let open_file = "path=\"a (b).py\", line=int(3)".to_owned();
        assert_eq!(
            found,
            [
                ("open_file".to_owned(), Some(open_file)),
                ("x".to_owned(), None)
            ]
        );
    }

    #[test]
    fn an_unclosed_call_ends_with_its_line() {
        assert_eq!(arguments("path='a\nmore"), "path='a");
    }
}

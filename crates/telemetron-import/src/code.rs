//! Code in messages: the blocks that were written, and what running them gave.

use serde::Serialize;
use telemetron_model::record::ToolCall;

use super::conversation::{Entry, Turn};
use super::payload;

/// What a code execution is called, since logs give it no name.
const TOOL: &str = "code_execution";

/// A fenced block of code in a message.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Block<'a> {
    /// The language after the fence.
    pub(crate) language: &'a str,
    /// The code.
    pub(crate) code: String,
}

/// What a message says that running code gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome<'a> {
    /// What was printed.
    pub(crate) output: &'a str,
    /// Why it failed.
    pub(crate) error: Option<String>,
}

/// The fenced blocks of a message that name their language.
pub(crate) fn blocks(message: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, Vec<&str>)> = None;
    for line in message.lines() {
        let fence = line.trim_start().strip_prefix("```");
        match (fence, open.take()) {
            (Some(rest), None) => open = Some((rest.trim(), Vec::new())),
            (Some(_), Some((language, lines))) if !language.is_empty() => blocks.push(Block {
                language,
                code: lines.join("\n"),
            }),
            (Some(_), Some(_)) | (None, None) => {}
            (None, Some((language, mut lines))) => {
                lines.push(line);
                open = Some((language, lines));
            }
        }
    }
    blocks
}

/// The outcome that a message reports, in the words of AG2's and Magentic-One's executors.
pub(crate) fn outcome(message: &str) -> Option<Outcome<'_>> {
    ag2(message).or_else(|| magentic(message))
}

/// `exitcode: 1 (execution failed)`, then `Code output: …`.
fn ag2(message: &str) -> Option<Outcome<'_>> {
    let (first, rest) = message.split_once('\n').unwrap_or((message, ""));
    let verdict = first.strip_prefix("exitcode: ")?;
    let failed = verdict.contains("failed");
    Some(Outcome {
        output: rest.strip_prefix("Code output:").unwrap_or(rest).trim(),
        error: failed.then(|| first.trim().to_owned()),
    })
}

/// `The script ran, then exited with Unix exit code: 0`, then `Its output was:` and so on.
fn magentic(message: &str) -> Option<Outcome<'_>> {
    let rest = message.strip_prefix("The script ran")?;
    let (_, after) = rest
        .split_once("xit code was: ")
        .or_else(|| rest.split_once("xit code: "))?;
    let end = after
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(after.len());
    let (code, after) = after.split_at(end);
    let output = after
        .split_once("Its output was:")
        .map_or("", |(_, output)| output);
    Some(Outcome {
        output: output.trim(),
        error: (code != "0").then(|| format!("exit code {code}")),
    })
}

/// The call that a turn reports: its outcome, and the code that was written before it.
pub(crate) fn execution(outcome: &Outcome<'_>, before: &[Entry]) -> ToolCall {
    let written = before.iter().rev().find_map(|entry| match entry {
        Entry::Turn(Turn { content, .. }) => {
            Some(blocks(content)).filter(|found| !found.is_empty())
        }
        Entry::Note(_) => None,
    });
    ToolCall {
        tool_name: TOOL.to_owned(),
        call_id: None,
        arguments: written.and_then(|blocks| payload::payload(&blocks)),
        result: payload::text(outcome.output),
        duration_ns: None,
        error: outcome.error.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_with_a_language_are_code_and_others_are_quotes() {
        let message =
            "Run\n```python\nprint(1)\nprint(2)\n```\nthen\n```\nplain\n```\n```sh\nls\n```";
        let found: Vec<_> = blocks(message)
            .into_iter()
            .map(|b| (b.language, b.code))
            .collect();
        let expected = [
            ("python", "print(1)\nprint(2)".to_owned()),
            ("sh", "ls".to_owned()),
        ];
        assert_eq!(found, expected);
        assert_eq!(blocks("```python\nnever closed"), []);
    }

    #[test]
    fn outcomes_are_read_in_the_words_of_each_executor() {
        let cases = [
            (
                "exitcode: 0 (execution succeeded)\nCode output: 4\n",
                "4",
                None,
            ),
            (
                "exitcode: 1 (execution failed)\nCode output: Traceback",
                "Traceback",
                Some("exitcode: 1 (execution failed)"),
            ),
            (
                "The script ran, then exited with Unix exit code: 0\nIts output was:\n7\n",
                "7",
                None,
            ),
            (
                "The script ran but printed nothing. The Unix exit code was: 0. Fine.",
                "",
                None,
            ),
            (
                "The script ran, then exited with Unix exit code: 2\nIts output was:\n",
                "",
                Some("exit code 2"),
            ),
        ];
        for (message, output, error) in cases {
            let error = error.map(str::to_owned);
            assert_eq!(
                outcome(message),
                Some(Outcome { output, error }),
                "{message}"
            );
        }
        assert_eq!(outcome("The result is 4"), None);
    }

    #[test]
    fn an_execution_carries_the_latest_code_before_it() {
        let before: Vec<Entry> = vec![
            Turn::new("a", "```python\nold()\n```").into(),
            Turn::new("b", "```python\nnew()\n```").into(),
            Turn::new("c", "let us see").into(),
        ];
        let outcome = Outcome {
            output: "4",
            error: None,
        };
        let call = execution(&outcome, &before);
        let arguments = call.arguments.unwrap();
        assert_eq!(arguments.get(), r#"[{"language":"python","code":"new()"}]"#);
        assert_eq!(call.result.unwrap().get(), "\"4\"");
    }
}

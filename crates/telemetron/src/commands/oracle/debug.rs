//! `telemetron oracle debug`: one question after another, with completion and help.

use axum::http::Uri;
use clap::{CommandFactory as _, Parser, Subcommand};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Context, Editor, Helper};
use telemetron_view::oracle::IssueReport;

use super::ask::{self, At, Range};
use super::{history, issues, state, tables};
use crate::client::{Client, Query};
use crate::output::{self, paint};

const WELCOME: &str =
    "Ask about the system; `help` says what, Tab completes, `quit` or Ctrl-D leaves.";

/// A line that was typed.
#[derive(Debug, Parser)]
#[command(
    name = "",
    no_binary_name = true,
    disable_help_flag = true,
    help_template = "{all-args}",
    max_term_width = 100
)]
struct Typed {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
    /// Everything in one answer
    State(state::Choice),
    /// Agents, and what they are at work on
    Agents(At),
    /// Deployments and their pods
    Workload(At),
    /// Queues, and the tasks that wait in them
    Queues(At),
    /// Models: limits, and how much of them is used
    Llm(At),
    /// What is wrong, the worst first
    Issues(issues::Choice),
    /// The states that are remembered
    History(history::Choice),
    /// When issues were opened, changed and resolved
    Timeline(history::Part),
    /// What changed between two moments
    Diff(Range),
    /// Any path of the API as JSON, such as /api/v1/traces?limit=1
    Get {
        /// The path with its query
        path: Uri,
    },
    /// Leave
    #[command(alias = "exit")]
    Quit,
}

/// Asks until the person leaves. What goes wrong is told, and the next question may be asked.
pub(super) async fn run(client: &Client) -> anyhow::Result<()> {
    let config = Config::builder().auto_add_history(true).build();
    let mut editor: Editor<Words, MemHistory> = Editor::with_history(config, MemHistory::new())?;
    editor.set_helper(Some(Words::of_commands()));
    output::line(paint::painted(paint::QUIET, WELCOME))?;
    if let Err(error) = greet(client).await {
        output::complain(&error);
    }
    loop {
        // Reading blocks the thread; others go on meanwhile.
        let read = tokio::task::block_in_place(|| editor.readline("oracle> "));
        let line = match read {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        match Typed::try_parse_from(words(&line)) {
            Ok(Typed {
                question: Question::Quit,
            }) => return Ok(()),
            Ok(typed) => {
                if let Err(error) = answer(client, typed.question).await {
                    output::complain(&error);
                }
            }
            Err(_) if line.trim().is_empty() => {}
            Err(error) => output::line(error.render().ansi())?,
        }
    }
}

/// How the system is, so that one knows what to ask.
async fn greet(client: &Client) -> anyhow::Result<()> {
    let report: IssueReport = ask::read(client, "issues", &Query::default()).await?;
    let status = paint::painted(paint::STRONG, report.status);
    Ok(output::line(match report.issues.len() {
        0 => format!("The system is {status}."),
        1 => format!("The system is {status}: 1 issue. `issues` tells of it."),
        count => format!("The system is {status}: {count} issues. `issues` tells of them."),
    })?)
}

async fn answer(client: &Client, question: Question) -> anyhow::Result<()> {
    match question {
        Question::State(choice) => state::run(client, &choice, false).await,
        Question::Agents(at) => tables::agents(client, &at, false).await,
        Question::Workload(at) => tables::workload(client, &at, false).await,
        Question::Queues(at) => tables::queues(client, &at, false).await,
        Question::Llm(at) => tables::llm(client, &at, false).await,
        Question::Issues(choice) => issues::run(client, &choice, false).await,
        Question::History(choice) => history::run(client, &choice, false).await,
        Question::Timeline(part) => history::timeline(client, &part, false).await,
        Question::Diff(range) => history::diff(client, &range, false).await,
        Question::Get { path } => {
            let json: serde_json::Value = client.open(&path).await?.json().await?;
            output::json(&json)
        }
        Question::Quit => Ok(()),
    }
}

/// The words of a line.
fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// What can be typed: commands, and the options of each.
#[derive(Debug)]
struct Words(Vec<(String, Vec<String>)>);

impl Words {
    fn of_commands() -> Self {
        let command = Typed::command();
        let options = |command: &clap::Command| {
            let longs = command.get_arguments().filter_map(clap::Arg::get_long);
            longs.map(|long| format!("--{long}")).collect()
        };
        let known = command
            .get_subcommands()
            .map(|command| (command.get_name().to_owned(), options(command)));
        Self(known.chain([("help".to_owned(), Vec::new())]).collect())
    }

    /// Where the word before the cursor begins, and what it may become.
    fn completions(&self, head: &str) -> (usize, Vec<&str>) {
        let start = head.rfind(char::is_whitespace).map_or(0, |blank| blank + 1);
        let word = head.get(start..).unwrap_or_default();
        let first = words(head.get(..start).unwrap_or_default())
            .first()
            .copied();
        let candidates: Vec<&str> = match first {
            None | Some("help") => self.0.iter().map(|(name, _)| name.as_str()).collect(),
            Some(first) => {
                let known = self.0.iter().find(|(name, _)| name == first);
                known.map_or_else(Vec::new, |(_, options)| {
                    options.iter().map(String::as_str).collect()
                })
            }
        };
        (
            start,
            candidates
                .into_iter()
                .filter(|candidate| candidate.starts_with(word))
                .collect(),
        )
    }
}

impl Completer for Words {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, found) = self.completions(line.get(..pos).unwrap_or_default());
        let pairs = found.into_iter().map(|found| Pair {
            display: found.to_owned(),
            replacement: format!("{found} "),
        });
        Ok((start, pairs.collect()))
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {}

impl Validator for Words {}

impl Helper for Words {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_their_options_are_completed() {
        let known = Words::of_commands();
        assert_eq!(known.completions("iss"), (0, vec!["issues"]));
        assert_eq!(
            known.completions("issues --min"),
            (7, vec!["--min-severity"])
        );
        assert_eq!(known.completions("help st"), (5, vec!["state"]));
        assert_eq!(known.completions("nothing --"), (8, Vec::new()));
    }

    #[test]
    fn a_line_is_a_question() {
        let typed = |line: &str| Typed::try_parse_from(words(line));
        assert!(matches!(
            typed("issues --min-severity error").unwrap().question,
            Question::Issues(_)
        ));
        assert!(matches!(typed("exit").unwrap().question, Question::Quit));
        assert!(
            typed("help")
                .unwrap_err()
                .to_string()
                .contains("What is wrong")
        );
        assert!(typed("isues").unwrap_err().to_string().contains("issues"));
    }
}

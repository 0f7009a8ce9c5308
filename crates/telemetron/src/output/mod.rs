//! What people and programs read: lines, tables, colours; JSON for machines.
//!
//! Colours disappear by themselves when the output is no terminal, `NO_COLOR` is set, or
//! `--no-color` is given.

pub(crate) mod paint;
mod table;
mod target;
mod words;

use std::fmt::Display;
use std::io::{self, Write as _};

use serde::Serialize;

pub(crate) use table::{Cell, Table};
pub(crate) use target::Target;
pub(crate) use telemetron_view::figures::{
    cost as cost_text, count as count_text, duration as duration_text,
};
pub(crate) use words::{bytes_text, shortened, time_text};

/// Writes a line to standard output.
pub(crate) fn line(text: impl Display) -> io::Result<()> {
    writeln!(anstream::stdout().lock(), "{text}")
}

/// Writes a value as JSON to standard output: readable on a terminal, else one line.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> anyhow::Result<()> {
    let text = if io::IsTerminal::is_terminal(&io::stdout()) {
        serde_json::to_string_pretty(value)?
    } else {
        serde_json::to_string(value)?
    };
    Ok(line(text)?)
}

/// Says on standard error why the command failed.
pub(crate) fn complain(error: &anyhow::Error) {
    let word = paint::FAILED;
    // Nobody is left to tell when standard error is closed.
    drop(writeln!(
        anstream::stderr().lock(),
        "{word}error:{word:#} {}",
        sentence(error)
    ));
}

/// Says on standard error what a person should know.
pub(crate) fn warn(text: &str) {
    let word = paint::RUNNING;
    // As with `complain`.
    drop(writeln!(
        anstream::stderr().lock(),
        "{word}warning:{word:#} {text}"
    ));
}

/// An error and its causes, each said once: some messages quote their cause.
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    let mut sentence = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !sentence.contains(&cause) {
            sentence = format!("{sentence}: {cause}");
        }
    }
    sentence
}

/// Whether the reader of our output has left, as `head` does: no failure of ours.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_cause_that_the_message_quotes_is_not_repeated() {
        let quoted = anyhow!("port 1 is taken").context("api failed: port 1 is taken");
        assert_eq!(sentence(&quoted), "api failed: port 1 is taken");
        let told = anyhow!("no such file").context("cannot read x");
        assert_eq!(sentence(&told), "cannot read x: no such file");
    }

    #[test]
    fn a_reader_that_has_left_is_no_failure() {
        let left = anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(is_closed_pipe(&left));
        assert!(!is_closed_pipe(&anyhow!("broken pipe")));
    }
}

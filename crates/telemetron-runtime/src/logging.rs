//! Logs to standard error: for people, or one JSON object a line.

use std::io::IsTerminal as _;
use std::str::FromStr as _;

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::SubscriberBuilder;
use tracing_subscriber::fmt::format::{DefaultFields, Format};

use crate::Error;

/// Flags for what is logged and how.
#[derive(Debug, Clone, Args)]
pub struct LogArgs {
    /// Least severe level to log: error, warn, info, debug or trace
    #[arg(long, env = "LOG_LEVEL", default_value = "info", global = true)]
    pub log_level: String,

    /// Levels by target, such as `telemetron=debug,info`; replaces the log level
    #[arg(long, env = "RUST_LOG", value_name = "FILTER", global = true)]
    pub log_filter: Option<String>,

    /// Form of the log lines
    #[arg(long, env = "LOG_FORMAT", default_value = "human", global = true)]
    pub log_format: LogFormat,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line to read, coloured on a terminal.
    Human,
    /// One JSON object a line.
    Json,
}

impl LogArgs {
    fn filter(&self) -> Result<EnvFilter, Error> {
        let named = self
            .log_filter
            .as_deref()
            .filter(|filter| !filter.trim().is_empty());
        let filter = match named {
            Some(filter) => filter,
            None => level(&self.log_level)?,
        };
        EnvFilter::try_new(filter).map_err(|error| Error::LogFilter {
            filter: filter.to_owned(),
            reason: error.to_string(),
        })
    }
}

/// A level, or levels by target. A lone word that is no level would name a target, and silence all
/// others. An empty variable is none.
fn level(named: &str) -> Result<&str, Error> {
    let named = named.trim();
    if named.is_empty() {
        return Ok("info");
    }
    let by_target = named.contains(['=', ',', '[']);
    if by_target || LevelFilter::from_str(named).is_ok() {
        return Ok(named);
    }
    Err(Error::LogLevel(named.to_owned()))
}

/// Starts logging for the whole process.
///
/// Standard output stays free for what commands print.
///
/// # Errors
/// [`Error::LogLevel`] and [`Error::LogFilter`] when level or filter cannot be understood, [`Error::LoggingTwice`] when
/// logging was started before.
pub fn init(args: &LogArgs) -> Result<(), Error> {
    let base = builder(args.filter()?);
    let started = match args.log_format {
        LogFormat::Human => base.with_ansi(colours()).try_init(),
        LogFormat::Json => base
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .try_init(),
    };
    started.map_err(|_| Error::LoggingTwice)
}

type Base = SubscriberBuilder<DefaultFields, Format, EnvFilter, fn() -> std::io::Stderr>;

fn builder(filter: EnvFilter) -> Base {
    let stderr: fn() -> std::io::Stderr = std::io::stderr;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
}

/// Colours on a terminal, unless `NO_COLOR` asks for none.
fn colours() -> bool {
    std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(level: &str, filter: Option<&str>) -> LogArgs {
        LogArgs {
            log_level: level.into(),
            log_filter: filter.map(str::to_owned),
            log_format: LogFormat::Human,
        }
    }

    #[test]
    fn a_filter_replaces_the_level() {
        let filter = args("debug", Some("telemetron=trace,warn"))
            .filter()
            .unwrap();
        assert_eq!(filter.to_string(), "telemetron=trace,warn");
    }

    #[test]
    fn an_empty_filter_leaves_the_level() {
        assert_eq!(
            args("debug", Some(" ")).filter().unwrap().to_string(),
            "debug"
        );
    }

    #[test]
    fn a_word_that_is_no_level_is_refused() {
        for good in [
            "error",
            "WARN",
            " info ",
            "off",
            "",
            "telemetron=debug,info",
        ] {
            assert!(args(good, None).filter().is_ok(), "{good}");
        }
        for wrong in ["loud", "information", "2x"] {
            let refused = args(wrong, None).filter().unwrap_err().to_string();
            let said = format!("`{wrong}` is no log level: use error, warn, info, debug, trace");
            assert!(refused.starts_with(&said), "{refused}");
        }
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        let refused = args("telemetron=loud", None)
            .filter()
            .unwrap_err()
            .to_string();
        assert!(
            refused.starts_with("`telemetron=loud` is no log filter"),
            "{refused}"
        );
    }
}

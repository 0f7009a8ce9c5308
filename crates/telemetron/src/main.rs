//! Telemetron: one binary with a subcommand for every role, so that one image serves every
//! deployment.
//!
//! ```text
//!  up ─────────▶ watches over a process with own Kafka, own Postgres, and all of the roles below
//!  gateway, consumer, api, migrate, topics ─▶ the roles alone
//!  import, demo ─▶ Kafka            traces, oracle, dlq, mcp ─▶ HTTP API
//! ```
//!
//! Invariants: the environment is read here alone, through clap; standard output carries what a
//! command answers, standard error everything else; an error is one sentence that says what to do.

mod args;
mod cli;
mod client;
mod commands;
mod output;
mod platform;

use std::process::ExitCode;
use std::time::Duration;

use cli::Cli;
use telemetron_runtime::config::{self, Settings};
use telemetron_runtime::logging::{self, LogArgs};

/// What is still at work when a command has ended gets this long before it is dropped.
const LAST_MOMENT: Duration = Duration::from_secs(2);

/// A person who looks on reads what `up` says itself; the Kafka client repeats itself while a
/// broker is away.
const WATCHED: &str = ",telemetron_runtime=warn,telemetron_consumer=warn,telemetron_api=warn,\
                       telemetron_gateway=warn,\
                       telemetron_kafka::context=error";

fn main() -> ExitCode {
    let (cli, settings) = config::parse::<Cli>();
    match run(cli, settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// At the usual level and without a filter, leaves out what says nothing new: notices of
/// migrations, and, where a person looks on, what operators of a role want to read.
fn quieter(mut log: LogArgs, is_watched: bool) -> LogArgs {
    let is_filtered = log
        .log_filter
        .as_deref()
        .is_some_and(|filter| !filter.is_empty());
    if !is_filtered && log.log_level == "info" {
        let more = if is_watched { WATCHED } else { "" };
        log.log_filter = Some(format!("info,sqlx::postgres::notice=warn{more}"));
    }
    log
}

fn run(cli: Cli, settings: Settings) -> anyhow::Result<()> {
    if cli.no_color {
        anstream::ColorChoice::Never.write_global();
    }
    logging::init(&quieter(cli.log, cli.command.is_watched()))?;
    telemetron_runtime::doors::raise_file_limit();
    let runtime = tokio::runtime::Runtime::new()?;
    let verdict = runtime.block_on(commands::run(cli.command, cli.data_dir, settings));
    // Dropping what is left kills children that were not stopped in order.
    runtime.shutdown_timeout(LAST_MOMENT);
    verdict
}

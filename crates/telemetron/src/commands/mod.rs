//! The subcommands, one module each.

pub(crate) mod api;
mod clients;
pub(crate) mod consumer;
pub(crate) mod demo;
pub(crate) mod dlq;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod gateway;
pub(crate) mod health;
pub(crate) mod import;
pub(crate) mod mcp;
pub(crate) mod metrics;
pub(crate) mod migrate;
pub(crate) mod oracle;
mod role;
pub(crate) mod shell;
pub(crate) mod topics;
pub(crate) mod traces;
pub(crate) mod up;

use std::path::PathBuf;

use telemetron_runtime::config::Settings;

use crate::cli::Command;
use crate::platform::Platform;
pub(crate) use role::listen;

/// Runs a subcommand to its end.
pub(crate) async fn run(
    command: Command,
    data_dir: Option<PathBuf>,
    settings: Settings,
) -> anyhow::Result<()> {
    let platform = Platform::new(data_dir);
    match command {
        Command::Up(options) => Box::pin(up::run(*options, &platform, settings)).await,
        Command::Import(options) => Box::pin(import::run(*options, &platform)).await,
        Command::Export(options) => export::run(*options, &platform).await,
        Command::Demo(options) => Box::pin(demo::run(*options, &platform)).await,
        Command::Traces(options) => traces::run(*options, &platform).await,
        Command::Oracle(options) => oracle::run(*options, &platform).await,
        Command::Mcp(options) => mcp::run(*options, &platform).await,
        Command::Dlq(options) => dlq::run(*options, &platform).await,
        Command::Doctor(options) => doctor::run(*options, &platform).await,
        Command::Health(options) => health::run(&options).await,
        Command::Api(options) => Box::pin(api::run(*options, &platform, settings)).await,
        Command::Gateway(options) => Box::pin(gateway::run(*options, &platform, settings)).await,
        Command::Consumer(options) => Box::pin(consumer::run(*options, &platform, settings)).await,
        Command::Migrate(options) => migrate::run(*options, &platform).await,
        Command::Metrics(options) => metrics::run(*options, &platform).await,
        Command::Completions(options) => shell::completions(&options),
        Command::Man(options) => shell::man(&options),
        Command::Topics(options) => topics::run(*options, &platform).await,
    }
}

//! `telemetron traces`: traces as tables and trees, through the API.

mod list;
mod notes;
mod show;
mod tree;
mod waterfall;

use clap::{Args, Subcommand};

use crate::args::ApiTarget;
use crate::platform::Platform;

/// Options of `telemetron traces`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  telemetron traces list --errors-only --since 1h
  telemetron traces list --agent researcher --min-tokens 10000
  telemetron traces show 4bf92f3577b34da6a3ce929d0e0e4736 --payloads
  telemetron traces show 4bf92f3577b34da6a3ce929d0e0e4736 --json | jq .trace")]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Action,

    #[command(flatten)]
    api: ApiTarget,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List traces, the newest first
    List(Box<list::Filter>),
    /// Show a trace as a tree of its spans, with a waterfall
    Show(show::Choice),
}

/// Lists or shows.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let client = options.api.client(platform)?;
    match options.action {
        Action::List(filter) => list::run(&client, &filter, options.api.json).await,
        Action::Show(choice) => show::run(&client, &choice, options.api.json).await,
    }
}

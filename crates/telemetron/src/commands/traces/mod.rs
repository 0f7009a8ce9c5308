//! `telemetron traces`: traces as tables and trees, why they failed, what differs; all through
//! the API.

mod compare;
mod diagnose;
mod graph;
mod list;
mod notes;
mod show;
mod tail;
mod timeline;
mod tree;
mod waterfall;

use clap::{Args, Subcommand};
pub(crate) use list::Criteria;

use crate::args::ApiTarget;
use crate::platform::Platform;

/// Options of `telemetron traces`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  telemetron traces list --errors-only --since 1h
  telemetron traces list --agent researcher --min-tokens 10000
  telemetron traces show 4bf92f3577b34da6a3ce929d0e0e4736 --payloads
  telemetron traces show 4bf92f3577b34da6a3ce929d0e0e4736 --json | jq .trace
  telemetron traces diagnose 4bf92f3577b34da6a3ce929d0e0e4736
  telemetron traces compare 4bf92f3577b34da6a3ce929d0e0e4736 last-good
  telemetron traces tail --kinds error,handoff")]
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
    /// Say why a trace failed: where the error began, likely causes, what the time went into
    Diagnose(diagnose::Choice),
    /// Say what differs between two traces, such as a bad one and the last good one
    Compare(compare::Choice),
    /// List everything of a trace in order of time
    Timeline(timeline::Choice),
    /// Show the agents of a trace, and who called whom
    Graph(graph::Choice),
    /// Follow what happens now
    Tail(tail::Choice),
}

/// Lists or shows.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let client = options.api.client(platform)?;
    match options.action {
        Action::List(filter) => list::run(&client, &filter, options.api.json).await,
        Action::Show(choice) => show::run(&client, &choice, options.api.json).await,
        Action::Diagnose(choice) => diagnose::run(&client, &choice, options.api.json).await,
        Action::Compare(choice) => compare::run(&client, &choice, options.api.json).await,
        Action::Timeline(choice) => timeline::run(&client, &choice, options.api.json).await,
        Action::Graph(choice) => graph::run(&client, &choice, options.api.json).await,
        Action::Tail(choice) => tail::run(&client, &choice, options.api.json).await,
    }
}

//! `telemetron oracle`: the state of the whole system, what is wrong with it, and what changed.

mod ask;
mod debug;
mod history;
mod issues;
mod next;
mod state;
mod tables;
mod watch;

use std::time::Duration;

use clap::{Args, Subcommand};
use telemetron_runtime::config::duration;

use crate::args::ApiTarget;
use crate::platform::Platform;
use ask::{At, Range};

/// Options of `telemetron oracle`.
#[derive(Debug, Args)]
#[command(after_help = "\
Times are RFC 3339 or how long ago: 30m, 2h, 7d.

Examples:
  telemetron oracle issues                      what is wrong now, the worst first
  telemetron oracle state --at 2h               how it was two hours ago
  telemetron oracle state --format summary      the same in a few lines, for a language model
  telemetron oracle diff --from 1h              what changed within the last hour
  telemetron oracle watch                       a live screen; q leaves it
  telemetron oracle state --json | jq .agents   for machines
  telemetron oracle state --output state.json   the same into a file")]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Action,

    #[command(flatten)]
    api: ApiTarget,
}

#[derive(Debug, Subcommand)]
enum Action {
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
    /// The states that are remembered, the newest first
    History(history::Choice),
    /// When issues were opened, changed and resolved, the earliest first
    Timeline(history::Part),
    /// What changed between two moments
    Diff(Range),
    /// A live screen of agents, queues, models and issues
    Watch(Pace),
    /// Ask one thing after another, with completion
    Debug,
}

/// How often the screen is renewed.
#[derive(Debug, Args)]
struct Pace {
    /// Time between two looks, such as 1s or 500ms
    #[arg(long, default_value = "2s", value_parser = duration)]
    interval: Duration,
}

/// Asks, and shows the answer.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let ApiTarget { json, .. } = options.api;
    let client = options.api.client(platform)?;
    match options.action {
        Action::State(choice) => state::run(&client, &choice, json).await,
        Action::Agents(at) => tables::agents(&client, &at, json).await,
        Action::Workload(at) => tables::workload(&client, &at, json).await,
        Action::Queues(at) => tables::queues(&client, &at, json).await,
        Action::Llm(at) => tables::llm(&client, &at, json).await,
        Action::Issues(choice) => issues::run(&client, &choice, json).await,
        Action::History(choice) => history::run(&client, &choice, json).await,
        Action::Timeline(part) => history::timeline(&client, &part, json).await,
        Action::Diff(range) => history::diff(&client, &range, json).await,
        Action::Watch(pace) => watch::run(client, pace.interval).await,
        Action::Debug => debug::run(&client).await,
    }
}

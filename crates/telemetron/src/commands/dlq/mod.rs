//! `telemetron dlq`: records that could not be stored, through the API; and the way past one that stops
//! its partition, which needs none.

mod list;
mod replay;
mod show;
mod skip;

use clap::{Args, Subcommand};
use serde_json::value::RawValue;

use crate::args::ApiTarget;
use crate::client::{Client, Query};
use crate::platform::Platform;

/// Where the API keeps them.
const PATH: [&str; 3] = ["api", "v1", "dead-letters"];

/// Options of `telemetron dlq`.
#[derive(Debug, Args)]
#[command(after_help = "\
A record that cannot be stored goes to the dead letters with its reason, and the others go on. Once
what was wrong is put right (a newer version, a repaired producer), send it again. One that was too
large for the dead letters was cut, and cannot be sent again.

Should a record ever stop its partition, skip it: it counts as rejected, and the others go on. That
works whether a consumer runs or not.

Examples:
  telemetron dlq list --code malformed
  telemetron dlq show 42
  telemetron dlq replay 42 43
  telemetron dlq replay --all
  telemetron dlq skip agent-telemetry-spans 3 1042 --reason 'the consumer dies of it'")]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Action,

    #[command(flatten)]
    api: ApiTarget,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List dead letters, the latest first
    List(list::Filter),
    /// Show one, with the record itself
    Show {
        /// Its id, as the list names it
        id: i64,
    },
    /// Send dead letters again
    Replay {
        /// Their ids, as the list names them
        #[arg(required_unless_present = "all", value_name = "ID")]
        ids: Vec<i64>,
        /// All that have not been sent again yet
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
    /// Go past a record that stops its partition
    Skip(Box<skip::Record>),
}

/// Lists, shows or replays.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let json = options.api.json;
    let client = || options.api.client(platform);
    match options.action {
        Action::List(filter) => list::run(&client()?, &filter, json).await,
        Action::Show { id } => show::run(&client()?, id, json).await,
        Action::Replay { ids, all: false } => replay::some(&client()?, &ids, json).await,
        Action::Replay { all: true, .. } => replay::all(&client()?, json).await,
        Action::Skip(record) => skip::run(&record, platform, json).await,
    }
}

/// Asks for one dead letter, or for something to be done with it.
async fn one(client: &Client, id: i64, action: &[&str]) -> anyhow::Result<Box<RawValue>> {
    let id = id.to_string();
    let path = [&PATH[..], &[id.as_str()], action].concat();
    if action.is_empty() {
        client.get(&path, &Query::default()).await
    } else {
        client.post(&path).await
    }
}

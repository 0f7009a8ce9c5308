//! `telemetron up`: the whole platform on this machine, from one command.
//!
//! ```text
//!  lock ─▶ ports ─▶ Kafka ┐
//!                Postgres ┴▶ schema, topics ─▶ endpoints.json ─▶ gateway, consumer, API ─▶ READY
//! ```
//!
//! `endpoints.json` tells the other commands where everything is. It is there before the API can say
//! that it is ready, so that whoever waits for `/ready` can use them at once.
//!
//! Whatever is named in the environment is used instead of a child process of our own. Whatever
//! dies is started again and counted: children, each role, and, by a small process that watches
//! over all of it, the platform itself. On a signal the roles end first, then the children; a
//! second signal drops everything at once, which kills the children. `run.json` notes how a run
//! ended, for the next one to say.

mod backoff;
mod children;
mod options;
mod ready;
mod roles;
mod run;
mod signals;
mod start;
mod steps;
mod watch_over;

use telemetron_runtime::config::Settings;

use crate::args::settings;
use crate::output;
use crate::platform::Platform;

pub(crate) use options::Options;

/// Runs the platform, watched over by this process, or as the one that is watched over.
pub(crate) async fn run(
    options: Options,
    platform: &Platform,
    settings: Settings,
) -> anyhow::Result<()> {
    if options.check_config {
        return Ok(output::line(settings::of_up(settings))?);
    }
    match options.watched_by {
        Some(parent) => {
            watch_over::end_with(parent)?;
            Box::pin(run::run(options, platform)).await
        }
        None => watch_over::run(platform).await,
    }
}

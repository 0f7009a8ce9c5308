//! `telemetron migrate`: brings the database to the schema of this version.

use std::time::Instant;

use clap::Args;
use telemetron_store::{Owner, StoreError};

use crate::args::{StoreArgs, Use, Wait};
use crate::output;
use crate::platform::Platform;

/// Options of `telemetron migrate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Safe to repeat, and safe while other processes run: a database that is up to date is left alone.

Examples:
  DATABASE_URL=postgres://user:password@host/telemetron telemetron migrate")]
pub(crate) struct Options {
    #[command(flatten)]
    wait: Wait,

    #[command(flatten)]
    store: StoreArgs,
}

fn is_away(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<StoreError>();
    error.is_some_and(|error| error.owner() == Owner::Environment)
}

/// Runs the migrations.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let started = Instant::now();
    let url = options.store.resolve(platform)?;
    let attempt = async || {
        let database = options.store.database(&url, Use::Migrate)?;
        options.store.migrate(database).await
    };
    options.wait.until_done(is_away, attempt).await?;
    let took = output::duration_text(started.elapsed().as_secs_f64() * 1e3);
    output::line(format_args!("the database is up to date ({took})"))?;
    Ok(())
}

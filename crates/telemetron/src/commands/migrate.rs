//! `telemetron migrate`: brings the database to the schema of this version.

use std::time::Instant;

use clap::Args;

use crate::args::{StoreArgs, Use};
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
    store: StoreArgs,
}

/// Runs the migrations.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let started = Instant::now();
    let url = options.store.resolve(platform)?;
    let database = options.store.database(&url, Use::Migrate)?;
    options.store.migrate(database).await?;
    let took = output::duration_text(started.elapsed().as_secs_f64() * 1e3);
    output::line(format_args!("the database is up to date ({took})"))?;
    Ok(())
}

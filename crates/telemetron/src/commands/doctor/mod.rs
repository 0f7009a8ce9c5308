//! `telemetron doctor`: finds out why nothing arrives.

mod exporter;
mod otlp;
mod settings;

use clap::{Args, Subcommand};

use crate::args::ApiTarget;
use crate::platform::Platform;

/// Options of `telemetron doctor`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  telemetron doctor otlp
  OTEL_EXPORTER_OTLP_ENDPOINT=http://gateway:4318 telemetron doctor otlp")]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,

    #[command(flatten)]
    api: ApiTarget,
}

/// What is looked into.
#[derive(Debug, Subcommand)]
enum What {
    /// Read the settings of an exporter as its SDK would (`OTEL_*`), send a span with them, and watch
    /// it arrive
    Otlp,
}

/// Looks into it.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    match options.what {
        What::Otlp => otlp::run(&options.api, platform).await,
    }
}

//! `telemetron health`: asks a role whether it is ready, for health checks in places without a shell.

use anyhow::bail;
use axum::http::Uri;
use clap::Args;

use crate::client::Client;
use crate::output;

/// Options of `telemetron health`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exits with 0 when the role is ready, else with 1 and what it waits for.

Examples:
  telemetron health                          the API on this machine
  telemetron health http://127.0.0.1:9102    a consumer
  telemetron health http://127.0.0.1:4318    a gateway")]
pub(crate) struct Options {
    /// Where the role answers
    #[arg(default_value = "http://127.0.0.1:8080", value_name = "URL")]
    url: String,
}

/// Asks once.
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let client = Client::new(&options.url)?;
    let answer = client.open(&Uri::from_static("/ready")).await?;
    let (status, text) = (answer.status(), answer.text().await?);
    if !status.is_success() {
        bail!("not ready ({status}): {}", text.trim());
    }
    output::line("ready")?;
    Ok(())
}

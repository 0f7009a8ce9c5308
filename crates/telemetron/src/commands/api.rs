//! `telemetron api`: the HTTP API alone.

use clap::Args;
use telemetron_api::ApiConfig;
use telemetron_runtime::config::Settings;
use telemetron_runtime::doors::DoorArgs;

use super::role::{self, Roles};
use crate::args::{KafkaTarget, StoreArgs, Use, dashboard, settings};
use crate::output;
use crate::platform::Platform;

/// Options of `telemetron api`.
#[derive(Debug, Args)]
#[command(after_help = "\
Stateless: run as many as you like. Kafka and Postgres may be away at the start and at any time;
/ready says which, and readers get 503 with Retry-After until they are back.

Examples:
  telemetron api --server-port 8081                     beside a running `telemetron up`
  KAFKA_BOOTSTRAP_SERVERS=kafka:9092 DATABASE_URL=postgres://… telemetron api --server-host 0.0.0.0")]
pub(crate) struct Options {
    /// Print the settings in effect and exit
    #[arg(long)]
    check_config: bool,

    #[command(flatten)]
    api: ApiConfig,

    #[command(flatten)]
    doors: DoorArgs,

    #[command(flatten)]
    kafka: KafkaTarget,

    #[command(flatten)]
    store: StoreArgs,
}

/// Serves until stopped.
pub(crate) async fn run(
    mut options: Options,
    platform: &Platform,
    settings: Settings,
) -> anyhow::Result<()> {
    if options.check_config {
        return Ok(output::line(settings::of_role(settings, platform))?);
    }
    let dashboard = options.api.dashboard_dir.take();
    options.api.dashboard_dir = dashboard.or_else(dashboard::beside_the_binary);
    let kafka = options.kafka.resolve(platform)?;
    let url = options.store.resolve(platform)?;
    let database = options.store.database(&url, Use::Api)?;
    let (host, port) = (options.api.host, options.api.port);
    let listener = role::listen(host, port, "--server-port").await?;
    tracing::info!(address = %listener.local_addr()?, "the API listens");

    let mut roles = Roles::new(options.doors);
    roles.api(&kafka, database, options.api, listener)?;
    roles.start().until_stopped().await
}

//! `telemetron consumer`: the consumer alone, with probes and metrics on a port of its own.

mod probes;

use std::net::IpAddr;

use clap::Args;
use telemetron_runtime::config::Settings;
use telemetron_runtime::doors::DoorArgs;

use super::role::{self, Roles};
use crate::args::{ConsumerArgs, KafkaTarget, StoreArgs, Use, settings};
use crate::output;
use crate::platform::Platform;

/// Options of `telemetron consumer`.
#[derive(Debug, Args)]
#[command(after_help = "\
Run several with the same group to share the partitions. Every record is stored exactly once,
however often a consumer is stopped or killed. Run `telemetron migrate` and
`telemetron topics create` before the first one.

Probes: GET /health, /ready and /metrics on the metrics port.

Examples:
  KAFKA_BOOTSTRAP_SERVERS=kafka:9092 DATABASE_URL=postgres://… telemetron consumer
  telemetron consumer --metrics-port 0                  a second one on the same machine")]
pub(crate) struct Options {
    /// Print the settings in effect and exit
    #[arg(long)]
    check_config: bool,

    /// Address of the probes and metrics; anything but loopback is open to the network
    #[arg(long, env, default_value = "127.0.0.1", value_name = "IP")]
    metrics_host: IpAddr,

    /// Port of the probes and metrics; 0 takes any free one
    #[arg(long, env, default_value_t = 9102, value_name = "PORT")]
    metrics_port: u16,

    #[command(flatten)]
    consumer: ConsumerArgs,

    #[command(flatten)]
    doors: DoorArgs,

    #[command(flatten)]
    kafka: KafkaTarget,

    #[command(flatten)]
    store: StoreArgs,
}

/// Consumes until stopped.
pub(crate) async fn run(
    options: Options,
    platform: &Platform,
    settings: Settings,
) -> anyhow::Result<()> {
    if options.check_config {
        return Ok(output::line(settings::of_role(settings, platform))?);
    }
    let kafka = options.kafka.resolve(platform)?;
    let url = options.store.resolve(platform)?;
    let database = options.store.database(&url, Use::Consumer)?;
    let (host, port) = (options.metrics_host, options.metrics_port);
    let listener = role::listen(host, port, "--metrics-port").await?;
    tracing::info!(address = %listener.local_addr()?, "probes and metrics are served");

    let mut roles = Roles::new(options.doors);
    let door = roles.door("probes", listener)?;
    roles.consumer(&kafka, database, &options.consumer, &platform.data_dir()?)?;
    let mut running = roles.start();
    let shutdown = running.services.shutdown();
    let probes = probes::serve(
        door,
        running.health.clone(),
        running.metrics.clone(),
        shutdown,
    );
    running.services.add("probes", probes);
    running.until_stopped().await
}

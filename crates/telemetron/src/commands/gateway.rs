//! `telemetron gateway`: OpenTelemetry comes in.

use clap::Args;
use telemetron_runtime::config::Settings;
use telemetron_runtime::doors::DoorArgs;

use super::role::Roles;
use crate::args::{GatewayArgs, KafkaTarget, settings};
use crate::output;
use crate::platform::Platform;

/// Options of `telemetron gateway`.
#[derive(Debug, Args)]
#[command(after_help = "\
Point any OpenTelemetry exporter here: gRPC on 4317, protobuf or JSON over HTTP on 4318. A request
is answered well only after Kafka has acknowledged all of it. Stateless: run as many as you like.
Claude Code's hooks are taken at /hooks/claude-code. See docs/OTLP.md and docs/CLAUDE_CODE.md.

Probes: GET /health, /ready and /metrics on the HTTP port.

Examples:
  telemetron gateway --otlp-grpc-listen 127.0.0.1:14317 --otlp-http-listen 127.0.0.1:14318
  KAFKA_BOOTSTRAP_SERVERS=kafka:9092 OTLP_GRPC_LISTEN=0.0.0.0:4317 telemetron gateway
  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 python my_agent.py")]
pub(crate) struct Options {
    /// Print the settings in effect and exit
    #[arg(long)]
    check_config: bool,

    #[command(flatten)]
    gateway: GatewayArgs,

    #[command(flatten)]
    doors: DoorArgs,

    #[command(flatten)]
    kafka: KafkaTarget,
}

/// Takes telemetry in until stopped.
pub(crate) async fn run(
    options: Options,
    platform: &Platform,
    settings: Settings,
) -> anyhow::Result<()> {
    if options.check_config {
        return Ok(output::line(settings::of_role(settings, platform))?);
    }
    let kafka = options.kafka.resolve(platform)?;
    let prices = options.gateway.prices().await?;
    let ports = options.gateway.listen().await?;
    let (grpc, http) = (ports.grpc.local_addr()?, ports.http.local_addr()?);
    tracing::info!(%grpc, %http, "the gateway listens");

    let mut roles = Roles::new(options.doors);
    roles.gateway(&kafka, &options.gateway.config, prices, ports)?;
    roles.start().until_stopped().await
}

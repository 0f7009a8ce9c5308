//! Options of `telemetron up`.

use clap::{Arg, Args};
use telemetron_api::ApiConfig;
use telemetron_runtime::doors::DoorArgs;

use crate::args::{ConsumerArgs, GatewayArgs, KafkaTarget, StoreArgs, TopicArgs};

/// Options of `telemetron up`.
#[derive(Debug, Args)]
#[command(mut_arg("port", short_flag))]
#[command(after_help = "\
Apache Kafka (Java 17 or later, jars fetched by scripts/run.sh) and Postgres (15 or later) run as
child processes with their data in the data directory, unless KAFKA_BOOTSTRAP_SERVERS or
DATABASE_URL name others. Ctrl-C stops everything in order; a second one stops it at once. Started
again, also after a crash, it goes on where it was.

Examples:
  telemetron up --demo                          with a few traces in it, and more trickling in
  telemetron up --port 9000 --kafka-port 0      another port for the API, any free one for Kafka
  telemetron up --data-dir ./data               data in a directory of your choice
  DATABASE_URL=postgres://… telemetron up       with a database that is there already")]
pub(crate) struct Options {
    /// Send the data of a simulated team of agents once the platform is ready, and go on with it
    #[arg(long)]
    pub(crate) demo: bool,

    /// Port of our own Kafka; 0 takes that of the last start, or any free one
    #[arg(
        long,
        env = "TELEMETRON_KAFKA_PORT",
        default_value_t = 9092,
        value_name = "PORT"
    )]
    pub(crate) kafka_port: u16,

    /// Most heap of our own Kafka, in MiB
    #[arg(
        long,
        env = "TELEMETRON_KAFKA_HEAP_MIB",
        default_value_t = 384,
        value_name = "MIB"
    )]
    #[arg(value_parser = clap::value_parser!(u32).range(128..=65_536))]
    pub(crate) kafka_heap_mib: u32,

    /// Print the addresses as one line of JSON when ready, and nothing else
    #[arg(long)]
    pub(crate) json: bool,

    /// Print the settings in effect and exit
    #[arg(long)]
    pub(crate) check_config: bool,

    /// The process that watches over this one; told by itself when it starts us
    #[arg(long, hide = true, value_name = "PID")]
    pub(crate) watched_by: Option<i32>,

    /// How often this run has been started again
    #[arg(long, hide = true, default_value_t = 0, value_name = "COUNT")]
    pub(crate) restarted: u64,

    #[command(flatten)]
    pub(crate) api: ApiConfig,

    #[command(flatten)]
    pub(crate) gateway: GatewayArgs,

    #[command(flatten)]
    pub(crate) doors: DoorArgs,

    #[command(flatten)]
    pub(crate) consumer: ConsumerArgs,

    #[command(flatten)]
    pub(crate) kafka: KafkaTarget,

    #[command(flatten)]
    pub(crate) topics: TopicArgs,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `--port` beside `--server-port`: this command has one port that people choose.
fn short_flag(port: Arg) -> Arg {
    port.visible_alias("port")
}

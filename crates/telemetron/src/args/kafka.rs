//! Which Kafka: the one that is named, else the running platform's, else the usual place.

use clap::Arg;
use telemetron_kafka::{KafkaArgs, KafkaConfig};

use crate::platform::Platform;

/// Where Kafka usually listens.
const USUAL: &str = "localhost:9092";

/// How to reach Kafka. When no server is named, the running platform says where it is.
#[derive(Debug, Clone, clap::Args)]
#[command(mut_arg("kafka_bootstrap_servers", without_default))]
pub(crate) struct KafkaTarget {
    /// The options as they were given.
    #[command(flatten)]
    pub(crate) args: KafkaArgs,
}

/// An empty default tells "not named" apart from "localhost".
fn without_default(servers: Arg) -> Arg {
    servers
        .default_value("")
        .hide_default_value(true)
        .value_name("HOST:PORT,...")
        .help("Kafka brokers to use; else those of the running platform, else localhost:9092")
}

impl KafkaTarget {
    /// Whether servers are named.
    pub(crate) fn is_named(&self) -> bool {
        !self.args.kafka_bootstrap_servers.trim().is_empty()
    }

    /// The way to the servers that are named, else to those of the running platform.
    pub(crate) fn resolve(&self, platform: &Platform) -> anyhow::Result<KafkaConfig> {
        if self.is_named() {
            return self.named();
        }
        let running = platform.endpoints().ok();
        let servers = running.map(|endpoints| endpoints.kafka_bootstrap_servers);
        self.at(servers.unwrap_or_else(|| USUAL.to_owned()))
    }

    /// The way to the servers that are named.
    pub(crate) fn named(&self) -> anyhow::Result<KafkaConfig> {
        self.args.config().map_err(anyhow::Error::msg)
    }

    /// The way to these servers, with the other options as given.
    pub(crate) fn at(&self, servers: String) -> anyhow::Result<KafkaConfig> {
        let mut args = self.args.clone();
        args.kafka_bootstrap_servers = servers;
        args.config().map_err(anyhow::Error::msg)
    }
}

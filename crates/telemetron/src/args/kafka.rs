//! Which Kafka: the one that is named, else the running platform's, else the usual place.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::Arg;
use telemetron_kafka::admin::{self, TopicPlan};
use telemetron_kafka::{KafkaArgs, KafkaConfig};

use crate::platform::Platform;

/// Where Kafka usually listens.
pub(super) const USUAL: &str = "localhost:9092";

/// How long Kafka may take to answer at first.
const PATIENCE: Duration = Duration::from_secs(10);

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

    /// The way to the servers that are named, else to those of the running platform, else to the
    /// usual place; of a data directory that is named the platform has to run.
    pub(crate) fn resolve(&self, platform: &Platform) -> anyhow::Result<KafkaConfig> {
        if self.is_named() {
            return self.named();
        }
        match platform.endpoints() {
            Ok(running) => self.at(running.kafka_bootstrap_servers),
            // Who names a platform does not mean another one.
            Err(error) if platform.named().is_some() => {
                Err(error).context("KAFKA_BOOTSTRAP_SERVERS is not set")
            }
            Err(_) => self.at(USUAL.to_owned()),
        }
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

/// Makes sure that Kafka answers and has our topics, before anything is sent.
pub(crate) async fn check(kafka: &KafkaConfig) -> anyhow::Result<()> {
    let servers = &kafka.bootstrap_servers;
    let plan = TopicPlan::default();
    let topics = tokio::time::timeout(PATIENCE, admin::describe(kafka, &plan)).await;
    let Ok(topics) = topics else {
        bail!(
            "Kafka at {servers} does not answer; start a platform with `telemetron up`, or name \
             another Kafka in KAFKA_BOOTSTRAP_SERVERS"
        );
    };
    let topics = topics?;
    let wanted = kafka.topics().records().count() + 1;
    ensure!(
        topics.len() == wanted,
        "Kafka at {servers} lacks topics; `telemetron topics create` makes them"
    );
    Ok(())
}

//! How topics are made.

use std::time::Duration;

use telemetron_kafka::admin::TopicPlan;
use telemetron_runtime::config::duration;

/// How topics are made when they are missing. Topics that exist are never changed.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Topics")]
pub(crate) struct TopicArgs {
    /// Partitions of each record topic: as many consumers can share the work
    #[arg(long, env, default_value_t = 6, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) kafka_partitions: u16,

    /// Brokers that keep each partition; 3 when absent, or as many as there are
    #[arg(long, env, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=100))]
    pub(crate) kafka_replication: Option<i32>,

    /// Brokers that must have a record before it counts as delivered; when absent, 2 of 3, else 1
    #[arg(long, env, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=100))]
    pub(crate) kafka_min_insync_replicas: Option<i32>,

    /// How long records are kept
    #[arg(long, env, default_value = "7d", value_name = "TIME", value_parser = duration)]
    pub(crate) kafka_retention: Duration,

    /// How long dead letters are kept
    #[arg(long, env, default_value = "30d", value_name = "TIME", value_parser = duration)]
    pub(crate) kafka_dead_letter_retention: Duration,
}

impl TopicArgs {
    /// How the topics ought to be.
    pub(crate) fn plan(&self) -> TopicPlan {
        TopicPlan {
            partitions: self.kafka_partitions.into(),
            replication: self.kafka_replication,
            min_in_sync: self.kafka_min_insync_replicas,
            retention: self.kafka_retention,
            dead_letter_retention: self.kafka_dead_letter_retention,
        }
    }
}

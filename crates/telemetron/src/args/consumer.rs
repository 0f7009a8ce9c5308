//! How the consumer reads, batches and forgets.

use std::path::{Path, PathBuf};
use std::time::Duration;

use telemetron_consumer::BatchLimits;
use telemetron_kafka::SourceOptions;
use telemetron_runtime::config::{bytes, duration};
use telemetron_store::retention::Retention;

/// How the consumer reads, batches and forgets.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Consumer")]
pub(crate) struct ConsumerArgs {
    /// Consumer group; its members share the partitions
    #[arg(long, env, default_value = "telemetron", value_name = "NAME")]
    pub(crate) consumer_group: String,

    /// Name that this member keeps over restarts, so that a quick one moves no partitions; two
    /// living members must never share one
    #[arg(long, env, value_name = "NAME")]
    pub(crate) consumer_instance: Option<String>,

    /// Most records in a batch
    #[arg(long, env, default_value_t = 10_000, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) batch_max_records: u32,

    /// Most transactions that store a batch side by side, each with partitions of its own
    #[arg(long, env, default_value_t = 2, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u8).range(1..=16))]
    pub(crate) batch_lanes: u8,

    /// Most bytes in a batch
    #[arg(long, env, default_value = "32MiB", value_name = "SIZE", value_parser = bytes)]
    pub(crate) batch_max_bytes: u64,

    /// Longest a record waits for its batch to fill
    #[arg(long, env, default_value = "100ms", value_name = "TIME", value_parser = duration)]
    pub(crate) batch_max_wait: Duration,

    /// Folder for records of which Kafka takes no dead letter, in any size; else `dead-letters` in the
    /// data directory
    #[arg(long, env, value_name = "DIR")]
    pub(crate) dead_letter_dir: Option<PathBuf>,

    /// Days that traces are kept since their last record, and tasks that ended
    #[arg(long, env, default_value_t = 7, value_name = "DAYS")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) retention_traces_days: u32,

    /// Days that metric points are kept
    #[arg(long, env, default_value_t = 30, value_name = "DAYS")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) retention_metrics_days: u32,

    /// Days that aggregates are kept
    #[arg(long, env, default_value_t = 90, value_name = "DAYS")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) retention_aggregates_days: u32,

    /// Days that rows of dead letters are kept; Kafka keeps the records for
    /// KAFKA_DEAD_LETTER_RETENTION
    #[arg(long, env, default_value_t = 30, value_name = "DAYS")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) retention_dead_letters_days: u32,

    /// Days that agents are kept since they were last heard of
    #[arg(long, env, default_value_t = 30, value_name = "DAYS")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) retention_agents_days: u32,

    /// Days that tasks which never ended are kept since their last record
    #[arg(long, env, default_value_t = 30, value_name = "DAYS")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) retention_open_tasks_days: u32,
}

impl ConsumerArgs {
    /// How to join the group.
    pub(crate) fn source(&self) -> SourceOptions {
        let instance = self.consumer_instance.clone();
        SourceOptions {
            group: self.consumer_group.clone(),
            instance: instance.filter(|name| !name.is_empty()),
            ..SourceOptions::default()
        }
    }

    /// How much a batch may hold.
    pub(crate) fn limits(&self) -> BatchLimits {
        BatchLimits {
            max_records: usize::try_from(self.batch_max_records).unwrap_or(usize::MAX),
            max_bytes: usize::try_from(self.batch_max_bytes).unwrap_or(usize::MAX),
            max_wait: self.batch_max_wait,
            lanes: usize::from(self.batch_lanes),
        }
    }

    /// The folder for records of which Kafka takes no dead letter, when our data is here.
    pub(crate) fn letter_files(&self, data: &Path) -> PathBuf {
        let named = self.dead_letter_dir.clone();
        let named = named.filter(|folder| !folder.as_os_str().is_empty());
        named.unwrap_or_else(|| data.join("dead-letters"))
    }

    /// How long data is kept.
    pub(crate) const fn retention(&self) -> Retention {
        Retention {
            traces_days: self.retention_traces_days,
            metrics_days: self.retention_metrics_days,
            rollups_days: self.retention_aggregates_days,
            dead_letters_days: self.retention_dead_letters_days,
            agents_days: self.retention_agents_days,
            open_tasks_days: self.retention_open_tasks_days,
        }
    }
}

//! What may be chosen of a source, and what may not.

use std::time::Duration;

use rdkafka::ClientConfig;
use telemetron_model::topic::Topic;

use crate::KafkaConfig;

/// The group, and how much a source holds in memory.
#[derive(Debug, Clone)]
pub struct SourceOptions {
    /// The consumer group.
    pub group: String,
    /// The topics that are read.
    pub topics: &'static [Topic],
    /// A name that this member keeps over restarts (static membership): a quick restart then
    /// moves no partitions. Two living members must never share one.
    pub instance: Option<String>,
    /// Most messages that wait for the consuming task; as many again may have been taken by it.
    pub max_messages: usize,
    /// Most bytes that wait for the consuming task, and what librdkafka holds before them.
    pub max_bytes: usize,
    /// How long a revocation waits for the batch in flight.
    pub revoke_patience: Duration,
}

impl Default for SourceOptions {
    fn default() -> Self {
        Self {
            group: "telemetron".to_owned(),
            topics: &Topic::ALL,
            instance: None,
            max_messages: 20_000,
            max_bytes: 32 * 1024 * 1024,
            revoke_patience: Duration::from_secs(5),
        }
    }
}

impl SourceOptions {
    pub(super) fn client(&self, config: &KafkaConfig) -> ClientConfig {
        let kbytes = (self.max_bytes / 1024).max(1).to_string();
        let mut client = config.client(
            &[
                ("session.timeout.ms", "6000"),
                ("heartbeat.interval.ms", "1500"),
                ("queued.max.messages.kbytes", &kbytes),
                ("fetch.wait.max.ms", "100"),
                ("fetch.queue.backoff.ms", "20"),
                ("fetch.error.backoff.ms", "100"),
                ("fetch.message.max.bytes", "2097152"),
                // New topics and partitions are found this quickly.
                ("topic.metadata.refresh.interval.ms", "10000"),
            ],
            &[
                ("partition.assignment.strategy", "range"),
                ("auto.offset.reset", "error"),
                ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"),
                ("enable.partition.eof", "false"),
                ("check.crcs", "true"),
            ],
        );
        client.set("group.id", &self.group);
        if let Some(instance) = &self.instance {
            client.set("group.instance.id", instance);
        }
        client
    }
}

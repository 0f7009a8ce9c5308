//! What may be chosen of a producer, and what may not.

use std::time::Duration;

use rdkafka::ClientConfig;

use crate::KafkaConfig;

/// Largest message: a dead letter of the largest record, with room for its headers.
const MAX_MESSAGE_BYTES: &str = "12582912";

/// librdkafka multiplies this time in 32 bits: a longer one overflows, and nothing is waited for.
const LONGEST_TOPIC_PATIENCE: Duration = Duration::from_secs(35 * 60);

/// How batches are packed for the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Smallest on the wire and on the broker's disk.
    Zstd,
    /// Larger than zstd, and cheaper to pack: for those who send for others (docs/PERFORMANCE.md).
    Lz4,
}

impl Compression {
    const fn codec(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
        }
    }

    /// The fastest of the codec; of lz4, that is its default.
    const fn level(self) -> &'static str {
        match self {
            Self::Zstd => "1",
            Self::Lz4 => "-1",
        }
    }
}

/// Sizes and times of a producer.
#[derive(Debug, Clone)]
pub struct ProducerOptions {
    /// How batches are packed.
    pub compression: Compression,
    /// Most bytes that wait in memory.
    pub queue_bytes: usize,
    /// Most messages that wait in memory.
    pub queue_messages: usize,
    /// How long a message waits for others to travel with.
    pub linger: Duration,
    /// How long a message may wait for its acknowledgement before it has failed.
    pub delivery_timeout: Duration,
    /// How long a message may wait for a topic that does not exist (yet); 35 minutes at most.
    pub topic_patience: Duration,
    /// How long nothing may be delivered, while messages are tried, before the producer counts as
    /// broken if the cluster answers others.
    pub patience: Duration,
}

impl Default for ProducerOptions {
    fn default() -> Self {
        Self {
            compression: Compression::Zstd,
            queue_bytes: 64 * 1024 * 1024,
            queue_messages: 100_000,
            linger: Duration::from_millis(5),
            delivery_timeout: Duration::from_secs(300),
            topic_patience: Duration::from_secs(30),
            patience: Duration::from_secs(10),
        }
    }
}

impl ProducerOptions {
    pub(super) fn client(&self, config: &KafkaConfig) -> ClientConfig {
        let kbytes = (self.queue_bytes / 1024).max(1).to_string();
        let messages = self.queue_messages.max(1).to_string();
        let linger = self.linger.as_millis().to_string();
        let timeout = self.delivery_timeout.as_millis().to_string();
        let patience = self.topic_patience.min(LONGEST_TOPIC_PATIENCE);
        let patience = patience.as_millis().to_string();
        config.client(
            &[
                ("linger.ms", linger.as_str()),
                ("compression.codec", self.compression.codec()),
                ("compression.level", self.compression.level()),
                ("queue.buffering.max.kbytes", &kbytes),
                ("queue.buffering.max.messages", &messages),
                ("message.timeout.ms", &timeout),
                ("topic.metadata.propagation.max.ms", &patience),
                ("topic.metadata.refresh.interval.ms", "30000"),
                ("message.max.bytes", MAX_MESSAGE_BYTES),
            ],
            &[
                ("enable.idempotence", "true"),
                ("acks", "all"),
                ("partitioner", "murmur2_random"),
                // A broker that creates topics by itself would give them one partition each.
                ("allow.auto.create.topics", "false"),
            ],
        )
    }
}

//! Kafka as an output.

use std::time::Duration;

use telemetron_kafka::{Error, KafkaConfig, ProducerOptions, RenewingProducer, SendError};
use telemetron_model::record::Record;

use super::output::{Output, Progress, Sent};

/// How long records wait for a Kafka that is away, once the producer has them. In memory they
/// are bounded by its queue, so time is no bound that is needed.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// An agent may be started before the platform has made its topics.
const TOPIC_PATIENCE: Duration = Duration::from_secs(30 * 60);

pub(crate) struct KafkaOutput {
    producer: RenewingProducer,
    /// Records that could not be sent at all.
    refused: u64,
}

impl KafkaOutput {
    pub(crate) fn connect(config: KafkaConfig) -> Result<Self, Error> {
        let options = ProducerOptions {
            delivery_timeout: DELIVERY_TIMEOUT,
            topic_patience: TOPIC_PATIENCE,
            ..ProducerOptions::default()
        };
        Ok(Self {
            producer: RenewingProducer::new(&config.with_role("agent"), options)?,
            refused: 0,
        })
    }
}

impl Output for KafkaOutput {
    fn send(&mut self, record: Record) -> Sent {
        match self.producer.usable().try_send(&record) {
            Ok(()) => Sent::Done,
            // After a fatal error the next attempt finds a new producer.
            Err(SendError::QueueFull | SendError::Fatal(_)) => Sent::Full(record),
            Err(error) => {
                tracing::warn!(%error, "a record cannot be sent");
                self.refused += 1;
                Sent::Done
            }
        }
    }

    fn progress(&self) -> Progress {
        // Who waits for the last records sends none: what is stuck is noticed here too.
        drop(self.producer.usable());
        let stats = self.producer.stats();
        Progress {
            delivered: stats.delivered,
            failed: self.refused + stats.failed,
            in_flight: stats.in_flight,
        }
    }
}

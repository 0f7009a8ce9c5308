//! Kafka as an output, made anew when its producer fails for good.

use std::time::Duration;

use telemetron_kafka::{Error, KafkaConfig, Producer, ProducerOptions, SendError};
use telemetron_model::record::Record;

use super::output::{Output, Progress, Sent};

/// How long records wait for a Kafka that is away, once the producer has them. In memory they
/// are bounded by its queue, so time is no bound that is needed.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// An agent may be started before the platform has made its topics.
const TOPIC_PATIENCE: Duration = Duration::from_secs(30 * 60);

pub(crate) struct KafkaOutput {
    config: KafkaConfig,
    options: ProducerOptions,
    producer: Producer,
    /// Of producers that failed for good, and of records that could not be sent at all.
    past: Progress,
}

impl KafkaOutput {
    pub(crate) fn connect(config: KafkaConfig) -> Result<Self, Error> {
        let options = ProducerOptions {
            delivery_timeout: DELIVERY_TIMEOUT,
            topic_patience: TOPIC_PATIENCE,
            ..ProducerOptions::default()
        };
        Ok(Self {
            producer: Producer::new(&config, &options)?,
            config,
            options,
            past: Progress::default(),
        })
    }

    /// Counts what the broken producer still had as failed, and makes a new one.
    fn replace_producer(&mut self) {
        match Producer::new(&self.config, &self.options) {
            Ok(producer) => {
                let stats = self.producer.stats();
                self.past.delivered += stats.delivered;
                self.past.failed += stats.failed + stats.in_flight;
                self.producer = producer;
            }
            Err(error) => tracing::error!(%error, "cannot make a new kafka producer"),
        }
    }
}

impl Output for KafkaOutput {
    fn send(&mut self, record: Record) -> Sent {
        match self.producer.try_send(&record) {
            Ok(()) => Sent::Done,
            Err(SendError::QueueFull) => Sent::Full(record),
            Err(SendError::Fatal(_)) => {
                self.replace_producer();
                Sent::Full(record)
            }
            Err(error) => {
                tracing::warn!(%error, "a record cannot be sent");
                self.past.failed += 1;
                Sent::Done
            }
        }
    }

    fn progress(&self) -> Progress {
        let stats = self.producer.stats();
        Progress {
            delivered: self.past.delivered + stats.delivered,
            failed: self.past.failed + stats.failed,
            in_flight: stats.in_flight,
        }
    }
}

//! The producer in use; one that broke for good is replaced by a new one.

use std::sync::{Arc, PoisonError, RwLock};

use telemetron_kafka::{KafkaConfig, Producer, ProducerOptions};

use crate::config::Limits;

/// The producer in use. Cheap to clone.
#[derive(Clone)]
pub(super) struct Clients(Arc<Inner>);

struct Inner {
    kafka: KafkaConfig,
    options: ProducerOptions,
    current: RwLock<Producer>,
}

impl Clients {
    /// Makes the first producer.
    pub(super) fn new(
        kafka: &KafkaConfig,
        limits: &Limits,
    ) -> Result<Self, telemetron_kafka::Error> {
        let options = ProducerOptions {
            // Somewhat more than is ever reserved: what is reserved always fits.
            queue_bytes: limits.queue_bytes + limits.queue_bytes / 4,
            queue_messages: limits.queue_messages + limits.queue_messages / 4,
            delivery_timeout: limits.ack_time,
            ..ProducerOptions::default()
        };
        let first = Producer::new(kafka, &options)?;
        Ok(Self(Arc::new(Inner {
            kafka: kafka.clone(),
            options,
            current: RwLock::new(first),
        })))
    }

    /// The producer in use, made anew when the one before has broken.
    pub(super) async fn current(&self) -> Result<Producer, telemetron_kafka::Error> {
        let current = self.peek();
        if current.fatal_error().is_none() {
            return Ok(current);
        }
        drop(current);
        let clients = self.clone();
        // Making one and dropping one both wait for threads.
        let renewed = tokio::task::spawn_blocking(move || clients.renew());
        renewed.await.unwrap_or_else(|_| Ok(self.peek()))
    }

    /// The producer in use, broken or not.
    pub(super) fn peek(&self) -> Producer {
        let current = self.0.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn renew(&self) -> Result<Producer, telemetron_kafka::Error> {
        let current = self.0.current.write();
        let mut current = current.unwrap_or_else(PoisonError::into_inner);
        let Some(cause) = current.fatal_error() else {
            // Somebody else has done it.
            return Ok(current.clone());
        };
        let new = Producer::new(&self.0.kafka, &self.0.options)?;
        tracing::warn!(cause, "the Kafka producer broke for good and was made anew");
        let broken = std::mem::replace(&mut *current, new.clone());
        drop(current);
        drop(broken);
        Ok(new)
    }
}

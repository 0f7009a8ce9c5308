//! A producer for those who never end: one that broke is replaced by a new one.

use std::sync::{Arc, PoisonError, RwLock};

use super::{Producer, ProducerOptions};
use crate::{Error, KafkaConfig};

/// The producer in use. Cheap to clone; all clones share it.
#[derive(Clone)]
pub struct RenewingProducer(Arc<Inner>);

struct Inner {
    kafka: KafkaConfig,
    options: ProducerOptions,
    current: RwLock<Producer>,
}

impl RenewingProducer {
    /// Makes the first producer. It connects by itself, now or when Kafka comes up.
    ///
    /// # Errors
    /// [`Error::Config`] when librdkafka refuses the configuration.
    pub fn new(kafka: &KafkaConfig, options: ProducerOptions) -> Result<Self, Error> {
        let first = Producer::new(kafka, &options)?;
        Ok(Self(Arc::new(Inner {
            kafka: kafka.clone(),
            options,
            current: RwLock::new(first),
        })))
    }

    /// The producer in use, made anew when the one before has broken ([`Producer::broken`]).
    ///
    /// When none can be made, it is the broken one, whose deliveries fail and say why.
    ///
    /// # Cancel safety
    /// A producer that is being made is in use from then on, whoever waits.
    pub async fn current(&self) -> Producer {
        let current = self.peek();
        if current.broken().is_none() {
            return current;
        }
        drop(current);
        let this = self.clone();
        // Making one and dropping one both wait for threads.
        let renewed = tokio::task::spawn_blocking(move || this.renew());
        renewed.await.unwrap_or_else(|_| self.peek())
    }

    /// The producer in use, broken or not.
    pub fn peek(&self) -> Producer {
        let current = self.0.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn renew(&self) -> Producer {
        let current = self.0.current.write();
        let mut current = current.unwrap_or_else(PoisonError::into_inner);
        let Some(cause) = current.broken() else {
            // Somebody else has done it.
            return current.clone();
        };
        match Producer::new(&self.0.kafka, &self.0.options) {
            Ok(new) => {
                tracing::warn!(cause, "the Kafka producer broke and was made anew");
                let broken = std::mem::replace(&mut *current, new.clone());
                drop(current);
                drop(broken);
                new
            }
            Err(error) => {
                tracing::error!(%error, cause, "the Kafka producer broke and cannot be made anew");
                current.clone()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rdkafka::mocking::MockCluster;
    use telemetron_model::topic::Topic;

    use super::*;
    use crate::{Headers, Outgoing, SendError};

    const NONE: &Headers = &Headers::new();

    fn message() -> Outgoing<'static> {
        Outgoing {
            topic: Topic::Spans.name(),
            partition: Some(0),
            key: None,
            headers: NONE,
            payload: Some(b"{}"),
        }
    }

    #[tokio::test]
    async fn one_that_delivers_nothing_for_long_is_made_anew() {
        let mock = MockCluster::new(1).unwrap();
        mock.create_topic(Topic::Spans.name(), 1, 1).unwrap();
        let options = ProducerOptions {
            delivery_timeout: Duration::from_millis(1_200),
            patience: Duration::ZERO,
            ..ProducerOptions::default()
        };
        let kafka = KafkaConfig::new(mock.bootstrap_servers());
        let renewing = RenewingProducer::new(&kafka, options).unwrap();
        let first = renewing.current().await;
        first.send_raw(&message()).await.unwrap();
        assert_eq!(first.broken(), None);

        mock.broker_down(1).unwrap();
        let failed = first.send_raw(&message()).await;
        assert_eq!(failed, Err(SendError::TimedOut));
        assert!(first.broken().is_some(), "it is thought to be well");
        mock.broker_up(1).unwrap();
        let second = renewing.current().await;
        assert_eq!((second.broken(), second.stats().failed), (None, 0));
    }
}

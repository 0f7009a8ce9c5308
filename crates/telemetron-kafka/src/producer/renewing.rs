//! A producer for those who never end: one that broke is replaced by a new one, which takes over what
//! the old one still had.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{AcqRel, Release};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::{Producer, ProducerOptions, ProducerStats};
use crate::vigil::cluster_answers;
use crate::{Error, KafkaConfig};

/// The producer in use. Cheap to clone; all clones share it.
#[derive(Clone)]
pub struct RenewingProducer(Arc<Inner>);

struct Inner {
    kafka: KafkaConfig,
    options: ProducerOptions,
    current: RwLock<Producer>,
    /// What became of the messages of those before it.
    past: Mutex<ProducerStats>,
    /// Somebody is about to replace it.
    renewing: AtomicBool,
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
            past: Mutex::default(),
            renewing: AtomicBool::new(false),
        })))
    }

    /// The producer in use; one that failed for good is made anew first. One that delivers nothing
    /// while the cluster answers others is replaced aside, and what it was given is delivered all the
    /// same.
    ///
    /// When none can be made, it is the broken one, whose deliveries fail and say why.
    ///
    /// # Cancel safety
    /// A producer that is being made is in use from then on, whoever waits.
    pub async fn current(&self) -> Producer {
        if self.peek().fatal_error().is_none() {
            return self.usable();
        }
        let this = self.clone();
        // Making one and dropping one both wait for threads.
        let renewed = tokio::task::spawn_blocking(move || this.usable());
        renewed.await.unwrap_or_else(|_| self.peek())
    }

    /// [`RenewingProducer::current`] for threads without a runtime: it may block for a moment.
    pub fn usable(&self) -> Producer {
        let current = self.peek();
        if let Some(cause) = current.fatal_error() {
            self.replace(&current, &cause);
            return self.peek();
        }
        if let Some(cause) = current.stuck() {
            self.replace_aside(current.clone(), cause);
        }
        current
    }

    /// The producer in use, broken or not.
    pub fn peek(&self) -> Producer {
        let current = self.0.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What has become of the messages so far, those of producers that were replaced included.
    pub fn stats(&self) -> ProducerStats {
        let (past, now) = (*self.past(), self.peek().stats());
        ProducerStats {
            delivered: past.delivered + now.delivered,
            failed: past.failed + now.failed,
            in_flight: now.in_flight,
        }
    }

    /// On a thread of its own: asking the cluster takes a while when it is away.
    fn replace_aside(&self, stuck: Producer, cause: String) {
        let may = stuck.pulse().may_renew();
        if !may || self.0.renewing.swap(true, AcqRel) {
            return;
        }
        let this = self.clone();
        let aside = std::thread::Builder::new().name("kafka-renewal".to_owned());
        let started = aside.spawn(move || {
            if cluster_answers(&this.0.kafka) && !stuck.finds_back(this.0.options.patience / 2) {
                this.replace(&stuck, &cause);
            }
            this.0.renewing.store(false, Release);
        });
        if let Err(error) = started {
            tracing::warn!(%error, "cannot look after the Kafka producer");
            self.0.renewing.store(false, Release);
        }
    }

    /// Replaces a producer, unless somebody else has.
    fn replace(&self, broken: &Producer, cause: &str) {
        let current = self.0.current.write();
        let mut current = current.unwrap_or_else(PoisonError::into_inner);
        if !current.is(broken) {
            return;
        }
        match Producer::new(&self.0.kafka, &self.0.options) {
            Ok(new) => {
                *current = new.clone();
                drop(current);
                broken.hand_over_to(&new);
                self.retire(broken);
                tracing::warn!(cause, "the Kafka producer broke and was made anew");
            }
            Err(error) => {
                tracing::error!(%error, cause, "the Kafka producer broke and cannot be made anew");
            }
        }
    }

    /// Adds up what a producer did that is replaced; what it could not hand over has failed.
    fn retire(&self, broken: &Producer) {
        broken.pulse().renewed();
        let stats = broken.stats();
        let mut past = self.past();
        past.delivered += stats.delivered;
        past.failed += stats.failed + stats.in_flight;
    }

    fn past(&self) -> MutexGuard<'_, ProducerStats> {
        self.0.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rdkafka::mocking::MockCluster;
    use telemetron_model::topic::Topic;

    use super::*;
    use crate::{Headers, Outgoing};

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

    /// A client that cannot come back: it knows the broker by an address where it is no more.
    #[tokio::test]
    async fn what_a_stuck_producer_was_given_is_delivered_by_the_one_that_takes_its_place() {
        let (away, here) = (MockCluster::new(1).unwrap(), MockCluster::new(1).unwrap());
        for mock in [&away, &here] {
            mock.create_topic(Topic::Spans.name(), 1, 1).unwrap();
        }
        let options = ProducerOptions {
            patience: Duration::ZERO,
            ..ProducerOptions::default()
        };
        let kafka = KafkaConfig::new(away.bootstrap_servers());
        let mut renewing = RenewingProducer::new(&kafka, options).unwrap();
        let first = renewing.usable();
        first.send_raw(&message()).await.unwrap();
        assert_eq!(first.stuck(), None);

        away.broker_down(1).unwrap();
        let mut waiting = first.batch();
        for _ in 0..3 {
            waiting.send_raw(&message()).await.unwrap();
        }
        assert!(first.stuck().is_some(), "it is thought to be well");
        assert_eq!(renewing.stats().in_flight, 3);
        let inner = Arc::get_mut(&mut renewing.0).unwrap();
        inner.kafka.bootstrap_servers = here.bootstrap_servers();
        drop(renewing.usable());
        assert_eq!(waiting.delivered().await, Ok(3));
        let late = first.send_raw(&message()).await;
        assert!(
            late.is_ok(),
            "what is given to the old one goes to the new: {late:?}"
        );
        let stats = renewing.stats();
        assert_eq!((stats.delivered, stats.failed, stats.in_flight), (5, 0, 0));
        let reports = kafka.clients.reports();
        let producer = reports.iter().find(|report| report.client == "producer");
        assert_eq!(producer.unwrap().renewed, 1);
    }
}

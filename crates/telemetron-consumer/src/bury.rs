//! Sends what cannot be folded to the dead letters, each record once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use telemetron_kafka::dead_letter::DeadLetter;
use telemetron_kafka::{Delivered, Message, RenewingProducer};
use telemetron_model::Timestamp;
use telemetron_model::decode::Rejection;
use telemetron_model::topic::Topic;
use telemetron_runtime::Component;
use tokio_util::sync::CancellationToken;

use crate::metrics::Counters;
use crate::patience::{Tries, unless_stopped};
use crate::prepare::{Prepared, origin, rejected};

/// How many rejected records are on their way to the dead letters at a time.
const TOGETHER: usize = 256;

/// Delivered letters that are remembered until the transaction that counts them has committed.
const MOST_KNOWN: usize = 20_000;

/// Where a record stood, and when the broker took it: a topic that was made anew has the same offsets.
type Place = (Topic, i32, i64, Timestamp);

/// Sends rejected records to the dead letters. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Burial {
    producer: RenewingProducer,
    cluster_id: String,
    ready: Component,
    counters: Counters,
    known: Arc<Mutex<HashMap<Place, Delivered>>>,
}

impl Burial {
    pub(crate) fn new(producer: RenewingProducer, ready: Component, counters: Counters) -> Self {
        ready.ready();
        Self {
            producer,
            cluster_id: String::new(),
            ready,
            counters,
            known: Arc::default(),
        }
    }

    /// Begins with the partitions of a cluster.
    pub(crate) fn begin(&mut self, cluster_id: &str) {
        if self.cluster_id != cluster_id {
            cluster_id.clone_into(&mut self.cluster_id);
            self.lock().clear();
        }
    }

    /// Sends the rejected messages of a batch, many at a time, and waits until they are there: a flood
    /// of them must not hold up what is good. Those that are there already are not sent again.
    ///
    /// Says whether the commit may go on; the consumer may be asked to stop while Kafka is away.
    pub(crate) async fn bury(&self, prepared: &mut Prepared, shutdown: &CancellationToken) -> bool {
        let rejections = std::mem::take(&mut prepared.rejections);
        for together in rejections.chunks(TOGETHER) {
            let messages = &prepared.chunk.messages;
            let letters = together
                .iter()
                .map(|(index, reason)| self.bury_one(&messages[*index], reason, shutdown));
            let buried: Option<Vec<_>> = join_all(letters).await.into_iter().collect();
            let Some(buried) = buried else {
                return false;
            };
            for ((index, reason), letter) in together.iter().zip(buried) {
                let message = &prepared.chunk.messages[*index];
                let place = prepared.batch.place_of(message.topic, message.partition);
                let letter = (letter.partition, letter.offset);
                let rejected = rejected(message, place, reason, letter);
                prepared.batch.reject(rejected);
            }
        }
        true
    }

    /// Forgets the letters of messages that are counted now.
    pub(crate) fn counted(&self, messages: &[Message]) {
        let mut known = self.lock();
        if !known.is_empty() {
            messages.iter().for_each(|message| {
                known.remove(&place_of(message));
            });
        }
    }

    /// Sends one message, however often it takes; none when asked to stop.
    async fn bury_one(
        &self,
        message: &Message,
        reason: &Rejection,
        shutdown: &CancellationToken,
    ) -> Option<Delivered> {
        if let Some(delivered) = self.lock().get(&place_of(message)) {
            return Some(*delivered);
        }
        let (topic, partition, offset) = (message.topic, message.partition, message.offset);
        tracing::warn!(%topic, partition, offset, %reason, "rejecting a record to the dead letters");
        let mut tries = Tries::new(&self.ready, &self.counters, shutdown);
        loop {
            let producer = self.producer.current().await;
            let name = producer.topics().of(topic);
            let origin = origin(message, &self.cluster_id, name);
            let now = Timestamp::now();
            let letter = DeadLetter::of(message.clone(), origin, reason.code(), reason, now);
            match unless_stopped(letter.send(&producer), shutdown).await? {
                Ok(delivered) => {
                    self.ready.ready();
                    self.remember(message, delivered);
                    return Some(delivered);
                }
                Err(error) if !tries.pause(&error).await => return None,
                Err(_tried_again) => {}
            }
        }
    }

    fn remember(&self, message: &Message, delivered: Delivered) {
        let mut known = self.lock();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(place_of(message), delivered);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Place, Delivered>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn place_of(message: &Message) -> Place {
    let Message {
        topic,
        partition,
        offset,
        broker_time,
        ..
    } = message;
    (*topic, *partition, *offset, *broker_time)
}

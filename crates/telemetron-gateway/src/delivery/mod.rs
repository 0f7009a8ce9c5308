//! From records to acknowledged messages: all of a request, or word that it is to be sent again.
//!
//! ```text
//!  Pack ─▶ ProducerBudget::reserve ─▶ RenewingProducer::current ─▶ produce all ─▶ all acknowledged ─▶ Ok
//!              │ none within 2 s: Busy              └ any failed: Unavailable
//! ```
//!
//! A delivery that has begun goes on to its end, whether or not the exporter still waits: what was
//! reserved is given back only when nothing of it is in the producer's queue any more.

mod budget;
mod pack;

use std::time::Duration;

use telemetron_kafka::{
    Compression, KafkaConfig, Outgoing, Producer, ProducerOptions, RenewingProducer, SendError,
};
use tokio_util::task::TaskTracker;

use crate::config::Limits;
use crate::refusal::Refusal;
use budget::ProducerBudget;
pub(crate) use pack::Pack;

/// A message of this size or more is sent alone when Kafka found one of a request too large.
const SUSPICIOUS: usize = 256 * 1024;

/// Delivers packs to Kafka. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Delivery {
    producer: RenewingProducer,
    budget: ProducerBudget,
    tasks: TaskTracker,
}

/// What became of a pack that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delivered {
    /// Messages that Kafka refused as too large; all others are acknowledged.
    pub(crate) too_large: u64,
}

impl Delivery {
    /// Makes a producer. Kafka may be away.
    pub(crate) fn new(
        kafka: &KafkaConfig,
        limits: &Limits,
    ) -> Result<Self, telemetron_kafka::Error> {
        Ok(Self {
            producer: RenewingProducer::new(kafka, options(limits))?,
            budget: ProducerBudget::new(limits),
            tasks: TaskTracker::new(),
        })
    }

    /// Delivers all messages of a pack.
    ///
    /// # Errors
    /// When there is no room for them, or not all were acknowledged: some may have been, which
    /// sending them again does not change.
    ///
    /// # Cancel safety
    /// What was begun goes on when the future is dropped.
    pub(crate) async fn deliver(&self, pack: Pack) -> Result<Delivered, Refusal> {
        if pack.is_empty() {
            return Ok(Delivered { too_large: 0 });
        }
        if self.tasks.is_closed() {
            return Err(Refusal::Stopping);
        }
        let delivery = self.clone();
        let delivering = self.tasks.spawn(async move { delivery.carry(pack).await });
        let ended = delivering.await;
        ended.unwrap_or_else(|error| Err(Refusal::Internal(error.to_string())))
    }

    /// Waits until everything that was begun is settled.
    pub(crate) async fn drain(&self, within: Duration) {
        self.tasks.close();
        let settled = async {
            self.tasks.wait().await;
            self.producer.peek().flush(within).await
        };
        if tokio::time::timeout(within, settled).await.is_err() {
            tracing::warn!("requests were still waiting for Kafka when the gateway ended");
        }
    }

    async fn carry(self, pack: Pack) -> Result<Delivered, Refusal> {
        let _reserved = self.budget.reserve(&pack).await?;
        let producer = self.producer.current().await;
        let outcome = match together(&producer, pack.outgoing(producer.topics())).await {
            Ok(()) => Ok(Delivered { too_large: 0 }),
            Err(SendError::TooLarge { .. }) => apart(&producer, &pack).await,
            Err(error) => Err(error),
        };
        outcome.map_err(|error| unavailable(&error))
    }
}

fn options(limits: &Limits) -> ProducerOptions {
    ProducerOptions {
        // Packing is the largest part of what a span costs here beside its mapping.
        compression: Compression::Lz4,
        // Somewhat more than is ever reserved: what is reserved always fits.
        queue_bytes: limits.queue_bytes + limits.queue_bytes / 4,
        queue_messages: limits.queue_messages + limits.queue_messages / 4,
        delivery_timeout: limits.ack_time,
        ..ProducerOptions::default()
    }
}

/// Sends messages and waits for all of them.
async fn together<'a>(
    producer: &Producer,
    messages: impl Iterator<Item = Outgoing<'a>>,
) -> Result<(), SendError> {
    let mut batch = producer.batch();
    for message in messages {
        batch.send_raw(&message).await?;
    }
    batch.delivered().await.map(drop)
}

/// Sends the large messages one by one, so that Kafka refuses none for its neighbour's size.
async fn apart(producer: &Producer, pack: &Pack) -> Result<Delivered, SendError> {
    let size = |message: &Outgoing<'_>| message.payload.map_or(0, <[u8]>::len);
    let topics = producer.topics();
    let small = pack
        .outgoing(topics)
        .filter(|message| size(message) < SUSPICIOUS);
    together(producer, small).await?;
    let mut too_large = 0;
    let large = pack
        .outgoing(topics)
        .filter(|message| size(message) >= SUSPICIOUS);
    for message in large {
        match producer.send_raw(&message).await {
            Err(SendError::TooLarge { .. }) => too_large += 1,
            other => drop(other?),
        }
    }
    Ok(Delivered { too_large })
}

fn unavailable(error: &impl ToString) -> Refusal {
    Refusal::Unavailable {
        cause: error.to_string(),
    }
}

#[cfg(test)]
mod tests;

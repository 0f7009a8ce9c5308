//! The producer: idempotent, acknowledged by all replicas, bounded in memory, and never blocking.
//!
//! Two paths. [`Producer::try_send`] queues and counts, for those who send much and look at the
//! counters (SDK, import). [`Producer::send`], [`Producer::send_raw`] and [`Batch`] wait for room
//! and for the acknowledgement, for those who must know (gateway, API, dead letters).

mod batch;
mod context;
mod options;
mod outgoing;
mod renewing;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use rdkafka::config::FromClientConfigAndContext as _;
use rdkafka::producer::{BaseRecord, Producer as _, PurgeConfig, ThreadedProducer};
use telemetron_model::record::Record;
use tokio::time::Instant;

pub use batch::Batch;
use batch::Watch;
use context::Context;
pub use context::{Delivered, ProducerStats};
pub use options::{Compression, ProducerOptions};
pub use outgoing::Outgoing;
pub use renewing::RenewingProducer;

use crate::clients::Pulse;
use crate::{Error, KafkaConfig, SendError, TopicNames};

/// How long a producer that is replaced may take to hand over what it has.
const HAND_OVER: Duration = Duration::from_secs(10);

/// A producer to the record topics and the dead letters. Cheap to clone.
///
/// Dropping the last clone gives up what was not delivered: call [`Producer::flush`] before.
#[derive(Clone)]
pub struct Producer(Arc<Inner>);

struct Inner {
    client: ThreadedProducer<Context>,
    topics: TopicNames,
    unwatched: Arc<Watch>,
    patience: Duration,
}

impl Producer {
    /// Makes a producer. It connects by itself, now or when Kafka comes up.
    ///
    /// # Errors
    /// [`Error::Config`] when librdkafka refuses the configuration.
    pub fn new(config: &KafkaConfig, options: &ProducerOptions) -> Result<Self, Error> {
        let client = options.client(config);
        let context = Context::new(config.clients.pulse(config.role, "producer"));
        let client =
            ThreadedProducer::from_config_and_context(&client, context).map_err(Error::config)?;
        Ok(Self(Arc::new(Inner {
            client,
            topics: config.topics(),
            unwatched: Arc::new(Watch::nobody()),
            patience: options.patience,
        })))
    }

    /// The names of our topics in this cluster.
    pub fn topics(&self) -> &TopicNames {
        &self.0.topics
    }

    /// Queues a record without waiting; its fate shows in [`Producer::stats`].
    ///
    /// # Errors
    /// [`SendError::QueueFull`] when there is no room; others when it can never be sent.
    pub fn try_send(&self, record: &Record) -> Result<(), SendError> {
        let (payload, key) = (Self::written(record)?, record.key());
        let (topics, schema) = (&self.0.topics, record.schema());
        self.try_send_raw(&Outgoing::of_record(
            topics,
            schema,
            key.as_bytes(),
            &payload,
        ))
    }

    /// Queues a message as it is, without waiting; its fate shows in [`Producer::stats`].
    ///
    /// # Errors
    /// As [`Producer::try_send`].
    pub fn try_send_raw(&self, outgoing: &Outgoing<'_>) -> Result<(), SendError> {
        self.enqueue(outgoing, Arc::clone(&self.0.unwatched))
    }

    /// Sends a record and waits until all replicas have it.
    ///
    /// # Errors
    /// When it was not delivered, and the reason.
    ///
    /// # Cancel safety
    /// A record that is queued when the future is dropped is delivered all the same.
    pub async fn send(&self, record: &Record) -> Result<Delivered, SendError> {
        let mut batch = self.batch();
        batch.send(record).await?;
        batch.position().await
    }

    /// Sends a message as it is and waits until all replicas have it.
    ///
    /// # Errors
    /// When it was not delivered, and the reason.
    ///
    /// # Cancel safety
    /// As [`Producer::send`].
    pub async fn send_raw(&self, outgoing: &Outgoing<'_>) -> Result<Delivered, SendError> {
        let mut batch = self.batch();
        batch.send_raw(outgoing).await?;
        batch.position().await
    }

    /// Starts a batch, whose messages are awaited together.
    pub fn batch(&self) -> Batch {
        Batch::new(self.clone())
    }

    /// Waits until nothing is queued or in flight; returns how many messages still are.
    pub async fn flush(&self, timeout: Duration) -> u64 {
        let deadline = Instant::now() + timeout;
        let context = self.context();
        loop {
            let settled = context.settled();
            let in_flight = self.stats().in_flight;
            if in_flight == 0 || tokio::time::timeout_at(deadline, settled).await.is_err() {
                return in_flight;
            }
        }
    }

    /// [`Producer::flush`] for threads without a runtime.
    pub fn flush_blocking(&self, timeout: Duration) -> u64 {
        // It fails only by running out of time, which the count shows.
        let _timed_out = self.0.client.flush(timeout);
        self.stats().in_flight
    }

    /// What has become of the messages so far.
    pub fn stats(&self) -> ProducerStats {
        self.context().stats()
    }

    /// Why the producer is broken for good, if it is: it must be made anew.
    pub fn fatal_error(&self) -> Option<String> {
        // Asked of the client: its report may come after the deliveries that it failed.
        self.0
            .client
            .client()
            .fatal_error()
            .map(|(_, reason)| reason)
    }

    /// Why the producer may have to be made anew: it has delivered nothing for
    /// [`ProducerOptions::patience`] while messages were tried. That is what is seen of a Kafka that is
    /// away, and of a client that does not find its way back to one that has returned.
    pub(crate) fn stuck(&self) -> Option<String> {
        let silent = self.context().trying_for()?;
        let stuck = silent >= self.0.patience;
        stuck.then(|| format!("nothing was delivered for {} s", silent.as_secs()))
    }

    /// Whether the producer delivers again within so long, now that the cluster answers others: it waits
    /// between its attempts to connect.
    fn finds_back(&self, within: Duration) -> bool {
        let _timed_out = self.0.client.flush(within);
        self.stuck().is_none()
    }

    /// Lets another producer take the place of this one: what this one still has goes over to it, and
    /// whatever is given to this one from now on. Blocks for a moment.
    fn hand_over_to(&self, heir: &Self) {
        self.context().succeed(heir.clone());
        self.0
            .client
            .purge(PurgeConfig::default().queue().inflight());
        // The reports of what was purged hand it over.
        let _timed_out = self.0.client.flush(HAND_OVER);
    }

    /// Whether this is that producer, or a clone of it.
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn pulse(&self) -> &Pulse {
        self.context().pulse()
    }

    fn context(&self) -> &Context {
        self.0.client.client().context()
    }

    /// A record as it travels.
    fn written(record: &Record) -> Result<Vec<u8>, SendError> {
        let written = record.to_json();
        written.map_err(|error| SendError::Encode(error.to_string()))
    }

    /// Hands a message to librdkafka, which copies it.
    fn enqueue(&self, outgoing: &Outgoing<'_>, watch: Arc<Watch>) -> Result<(), SendError> {
        if let Some(heir) = self.context().heir() {
            return heir.enqueue(outgoing, watch);
        }
        let mut record = BaseRecord::with_opaque_to(outgoing.topic, watch);
        record.partition = outgoing.partition;
        record.key = outgoing.key;
        record.payload = outgoing.payload;
        if !outgoing.headers.is_empty() {
            record.headers = Some(outgoing.headers.to_kafka());
        }
        // Counted before it is queued: its delivery may be reported before `send` returns.
        let counters = &self.context().counters;
        counters.queued.fetch_add(1, Relaxed);
        self.context().tries();
        self.0.client.send(record).map_err(|(error, _record)| {
            counters.queued.fetch_sub(1, Relaxed);
            let bytes = outgoing.payload.map_or(0, <[u8]>::len);
            SendError::of(&error, outgoing.topic, bytes)
        })
    }
}

//! Messages that are awaited together: one allocation for the batch, none for each message.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::sync::{Arc, Mutex, PoisonError};

use telemetron_model::record::Record;
use tokio::sync::Notify;

use super::{Delivered, Outgoing, Producer};
use crate::{SendError, TopicNames};

/// Messages on their way, awaited together. Dropping it delivers them all the same.
#[must_use = "a batch is awaited with `delivered`"]
pub struct Batch {
    producer: Producer,
    watch: Arc<Watch>,
    count: u64,
}

impl Batch {
    pub(super) fn new(producer: Producer) -> Self {
        Self {
            producer,
            watch: Arc::new(Watch::somebody()),
            count: 0,
        }
    }

    /// The names of our topics in this cluster.
    pub fn topics(&self) -> &TopicNames {
        self.producer.topics()
    }

    /// Queues a record, waiting for room.
    ///
    /// # Errors
    /// When it can never be sent.
    ///
    /// # Cancel safety
    /// A future that was dropped before it was ready has queued nothing.
    pub async fn send(&mut self, record: &Record) -> Result<(), SendError> {
        let producer = self.producer.clone();
        let (payload, key) = (Producer::written(record)?, record.key());
        let (topics, schema) = (producer.topics(), record.schema());
        let outgoing = Outgoing::of_record(topics, schema, key.as_bytes(), &payload);
        self.send_raw(&outgoing).await
    }

    /// Queues a message as it is, waiting for room.
    ///
    /// # Errors
    /// When it can never be sent.
    ///
    /// # Cancel safety
    /// As [`Batch::send`].
    pub async fn send_raw(&mut self, outgoing: &Outgoing<'_>) -> Result<(), SendError> {
        // Most find room at once: only one that does not pays for being told of it.
        match self.try_queue(outgoing) {
            Err(SendError::QueueFull) => self.queue_when_there_is_room(outgoing).await,
            other => other,
        }
    }

    async fn queue_when_there_is_room(&mut self, outgoing: &Outgoing<'_>) -> Result<(), SendError> {
        let producer = self.producer.clone();
        loop {
            let room = producer.context().settled();
            match self.try_queue(outgoing) {
                Err(SendError::QueueFull) => room.await,
                other => return other,
            }
        }
    }

    fn try_queue(&mut self, outgoing: &Outgoing<'_>) -> Result<(), SendError> {
        self.watch.queue(&self.producer, outgoing)?;
        self.count += 1;
        Ok(())
    }

    /// Waits until every message is settled; returns how many were delivered, which is all.
    ///
    /// # Errors
    /// The first failure, once all are settled.
    pub async fn delivered(self) -> Result<u64, SendError> {
        self.watch.all_settled().await;
        self.watch.failure().map_or(Ok(self.count), Err)
    }

    /// Waits for the one message of this batch, and tells where it stands.
    pub(super) async fn position(self) -> Result<Delivered, SendError> {
        let watch = Arc::clone(&self.watch);
        self.delivered().await?;
        watch.position().ok_or(SendError::Closed)
    }
}

/// What is known of the messages of a batch. Each message on its way holds one.
#[derive(Debug)]
pub(super) struct Watch {
    /// Nobody waits: the counters of the producer are enough.
    idle: bool,
    outstanding: AtomicUsize,
    seen: Mutex<Seen>,
    settled: Notify,
}

#[derive(Debug, Default)]
struct Seen {
    failure: Option<SendError>,
    last: Option<Delivered>,
}

impl Watch {
    pub(super) fn nobody() -> Self {
        Self {
            idle: true,
            outstanding: AtomicUsize::new(0),
            seen: Mutex::default(),
            settled: Notify::new(),
        }
    }

    fn somebody() -> Self {
        Self {
            idle: false,
            ..Self::nobody()
        }
    }

    fn queue(
        self: &Arc<Self>,
        producer: &Producer,
        outgoing: &Outgoing<'_>,
    ) -> Result<(), SendError> {
        self.outstanding.fetch_add(1, AcqRel);
        let queued = producer.enqueue(outgoing, Arc::clone(self));
        if queued.is_err() {
            self.outstanding.fetch_sub(1, AcqRel);
        }
        queued
    }

    pub(super) fn settle(&self, outcome: Result<Delivered, SendError>) {
        if self.idle {
            return;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(delivered) => seen.last = Some(delivered),
            Err(error) => drop(seen.failure.get_or_insert(error)),
        }
        drop(seen);
        if self.outstanding.fetch_sub(1, AcqRel) == 1 {
            self.settled.notify_one();
        }
    }

    async fn all_settled(&self) {
        while self.outstanding.load(Acquire) > 0 {
            self.settled.notified().await;
        }
    }

    fn failure(&self) -> Option<SendError> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.failure.clone()
    }

    fn position(&self) -> Option<Delivered> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.last
    }
}

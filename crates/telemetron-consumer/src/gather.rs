//! Gathers messages into chunks, until one is full or its first message has waited enough, and
//! prepares them.

use std::sync::Arc;

use futures_util::future::try_join_all;
use telemetron_kafka::{AssignedPartition, Message, RevokeAck, Source, SourceError, SourceEvent};
use telemetron_model::weight;
use telemetron_store::write::Topics;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::chunk::{Chunk, Frontier};
use crate::prepare::{Prepared, prepare};
use crate::{BatchLimits, Error};

/// About how many bytes the records of a batch take once they are read: few bytes of JSON may become
/// many. Ordinary batches weigh less.
const MAX_WEIGHT: usize = 96 * 1024 * 1024;

/// What the batch loop has to deal with next.
#[derive(Debug)]
pub(crate) enum Gathered {
    /// Messages to commit, prepared: one or several lanes.
    Batch(Vec<Prepared>),
    /// A new assignment; nothing of an earlier one follows.
    Assigned {
        /// Its epoch.
        epoch: u64,
        /// Its partitions.
        partitions: Vec<AssignedPartition>,
    },
    /// The assignment ends.
    Revoked(RevokeAck),
    /// Kafka delivers nothing, for this reason.
    Silent(String),
    /// Kafka is heard again.
    Heard,
    /// Reading cannot go on.
    Failed(SourceError),
    /// The consumer was asked to stop.
    Stopped,
}

/// Owns the source, and knows where each partition stands once all that was handed out is
/// committed.
#[derive(Debug)]
pub(crate) struct Gatherer {
    source: Source,
    limits: BatchLimits,
    cluster_id: String,
    topics: Arc<Topics>,
    epoch: u64,
    frontier: Frontier,
    /// An event that ended a chunk and is dealt with after it.
    held: Option<Gathered>,
}

impl Gatherer {
    pub(crate) fn new(source: Source, limits: BatchLimits) -> Self {
        Self {
            source,
            limits,
            cluster_id: String::new(),
            topics: Arc::default(),
            epoch: 0,
            frontier: Frontier::new(),
            held: None,
        }
    }

    /// Takes over an assignment.
    pub(crate) fn begin(
        &mut self,
        (cluster_id, topics): (&str, &Arc<Topics>),
        epoch: u64,
        partitions: &[AssignedPartition],
    ) {
        cluster_id.clone_into(&mut self.cluster_id);
        self.topics = Arc::clone(topics);
        self.epoch = epoch;
        self.frontier = partitions
            .iter()
            .map(|start| (start.at(), start.offset))
            .collect();
    }

    /// Forgets the assignment.
    pub(crate) fn forget(&mut self) {
        self.frontier.clear();
    }

    /// Throws away what was fetched and has the offsets read again.
    pub(crate) fn reassign(&mut self) {
        self.forget();
        self.source.reassign();
    }

    /// Goes on with another source.
    pub(crate) fn replace(&mut self, source: Source) {
        self.forget();
        self.held = None;
        self.epoch = 0;
        self.source = source;
    }

    pub(crate) const fn source(&self) -> &Source {
        &self.source
    }

    pub(crate) fn into_source(self) -> Source {
        self.source
    }

    /// What comes next: a batch of at least one message, or an event.
    ///
    /// # Errors
    /// When a batch cannot be prepared.
    pub(crate) async fn next(&mut self, shutdown: &CancellationToken) -> Result<Gathered, Error> {
        if let Some(held) = self.held.take() {
            return Ok(held);
        }
        let mut chunk = Chunk::empty(&self.topics);
        let event = self.fill(&mut chunk, shutdown).await;
        if chunk.messages.is_empty() {
            return Ok(event.unwrap_or(Gathered::Stopped));
        }
        self.held = event;
        let lanes = chunk.lanes(self.limits.lanes, self.limits.max_records / 4);
        let prepared = lanes
            .into_iter()
            .map(|lane| prepare(lane, &self.cluster_id));
        Ok(Gathered::Batch(try_join_all(prepared).await?))
    }

    /// Fills a chunk; returns the event that ended it before it was full or had waited enough.
    async fn fill(&mut self, chunk: &mut Chunk, shutdown: &CancellationToken) -> Option<Gathered> {
        let (mut bytes, mut weighs) = (0, 0);
        let mut deadline = None;
        while chunk.messages.len() < self.limits.max_records
            && bytes < self.limits.max_bytes
            && weighs < MAX_WEIGHT
        {
            let event = tokio::select! {
                biased;
                () = shutdown.cancelled() => return Some(Gathered::Stopped),
                event = until(deadline, self.source.recv()) => event?,
            };
            match event {
                SourceEvent::Message(message) => {
                    if message.epoch == self.epoch {
                        deadline.get_or_insert_with(|| Instant::now() + self.limits.max_wait);
                        bytes += message.size();
                        weighs += weight::of(message.payload.as_deref().unwrap_or_default());
                        self.admit(message, chunk);
                    }
                }
                SourceEvent::Assigned { epoch, partitions } => {
                    return Some(Gathered::Assigned { epoch, partitions });
                }
                SourceEvent::Silent(reason) => return Some(Gathered::Silent(reason)),
                SourceEvent::Heard => return Some(Gathered::Heard),
                SourceEvent::Revoked { ack, .. } => return Some(Gathered::Revoked(ack)),
                SourceEvent::Failed(error) => return Some(Gathered::Failed(error)),
            }
        }
        None
    }

    fn admit(&mut self, message: Message, chunk: &mut Chunk) {
        let key = message.at();
        let Some(stands) = self.frontier.get_mut(&key) else {
            return;
        };
        chunk.start.entry(key).or_insert(*stands);
        *stands = message.offset + 1;
        chunk.messages.push(message);
    }
}

/// The future's value, or nothing when the deadline comes first.
async fn until<F: Future>(deadline: Option<Instant>, future: F) -> Option<F::Output> {
    match deadline {
        Some(deadline) => timeout_at(deadline, future).await.ok(),
        None => Some(future.await),
    }
}

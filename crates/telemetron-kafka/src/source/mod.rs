//! The source of a consumer group, whose offsets live in the caller's database (design §4).
//!
//! ```text
//!  polling thread                                   consuming task
//!  librdkafka ─poll─▶ batch ─▶ bounded queue ─▶ Source::recv ─▶ fold, store
//!      │ assign: offsets from OffsetStore ──▶ Assigned{epoch}
//!      │ revoke: purge, Revoked{epoch, ack} ──▶ finish the batch, ack
//!      └ what the queue cannot hold for a second pauses the partitions
//! ```
//!
//! Invariants: an assignment is made once, with the offsets it was looked up with, and nothing
//! seeks afterwards; every assignment has its own, increasing epoch; after `Revoked` or
//! [`Source::reassign`] no message of an earlier epoch is handed out. The thread that polls never
//! waits for the consuming task without a bound, so the two cannot wait for each other. A source that is
//! quiet is asked whether it still hears the cluster ([`crate::vigil`]); one that does not while others
//! do ends with [`SourceError::Standing`], and its owner makes a new one.

mod assignment;
mod committed;
mod context;
mod event;
mod offsets;
mod options;
mod poller;
mod queue;
mod rebalance;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use telemetron_model::topic::PartitionOffset;

pub use committed::CommittedOffsets;
pub use event::{AssignedPartition, Replaced, RevokeAck, SourceEvent};
pub use offsets::{Cluster, OffsetError, OffsetStore, StoredOffset, TopicId};
pub use options::SourceOptions;

use crate::{Error, KafkaConfig, SourceError};
use poller::Poller;
use queue::Queue;

/// The messages of the record topics that fall to this member of the group.
#[derive(Debug)]
pub struct Source {
    queue: Arc<Queue>,
    /// What was taken from the queue and not yet handed out.
    taken: VecDeque<SourceEvent>,
}

/// Copies offsets of a source to Kafka. Cheap to clone.
#[derive(Debug, Clone)]
pub struct OffsetCopies(Arc<Queue>);

impl OffsetCopies {
    /// As [`Source::commit_copy`].
    pub fn commit(&self, offsets: impl IntoIterator<Item = PartitionOffset>) {
        self.0.request_commit(offsets);
    }
}

impl Source {
    /// Joins the group and starts to read.
    ///
    /// `offsets` is called on the polling thread and may block; while it cannot be reached, the
    /// source keeps its place in the group and tries again.
    ///
    /// # Errors
    /// When the client refuses its configuration or the thread cannot be started.
    pub fn start(
        config: &KafkaConfig,
        options: SourceOptions,
        offsets: Arc<dyn OffsetStore>,
    ) -> Result<Self, Error> {
        let queue = Arc::new(Queue::new(options.max_messages, options.max_bytes));
        let poller = Poller::new(config, options, offsets, Arc::clone(&queue))?;
        std::thread::Builder::new()
            .name("kafka-source".to_owned())
            .spawn(move || poller.run())?;
        Ok(Self {
            queue,
            taken: VecDeque::new(),
        })
    }

    /// The next event. After [`SourceEvent::Failed`] nothing else comes.
    ///
    /// # Cancel safety
    /// A future that was dropped before it was ready has taken nothing.
    pub async fn recv(&mut self) -> SourceEvent {
        loop {
            if let Some(event) = self.try_recv() {
                return event;
            }
            if self.queue.is_over() {
                return SourceEvent::Failed(SourceError::Stopped);
            }
            self.queue.filled().await;
        }
    }

    /// The next event, if there is one already.
    pub fn try_recv(&mut self) -> Option<SourceEvent> {
        loop {
            if self.taken.is_empty() {
                self.queue.take_into(&mut self.taken);
            }
            let event = self.taken.pop_front()?;
            match &event {
                // Taken before its partition was lost.
                SourceEvent::Message(message) if self.queue.is_stale(message.epoch) => {}
                _ => return Some(event),
            }
        }
    }

    /// Throws away what was fetched, reads the offsets again and goes on there in a new epoch.
    ///
    /// For a consumer that was fenced: its expected offsets were not those of the database.
    pub fn reassign(&mut self) {
        self.taken
            .retain(|event| !matches!(event, SourceEvent::Message(_)));
        self.queue.request_reassign();
    }

    /// Copies offsets to Kafka, best effort, for tools that show lag. Nothing reads them here.
    ///
    /// Each names the next message to read.
    pub fn commit_copy(&self, offsets: impl IntoIterator<Item = PartitionOffset>) {
        self.queue.request_commit(offsets);
    }

    /// Copies offsets as [`Self::commit_copy`] does, for whoever commits while the source is read.
    pub fn copies(&self) -> OffsetCopies {
        OffsetCopies(Arc::clone(&self.queue))
    }

    /// Leaves the group and waits until it is left, at most `timeout`; says whether it was.
    pub async fn stop(self, timeout: Duration) -> bool {
        self.queue.request_stop();
        let queue = Arc::clone(&self.queue);
        tokio::time::timeout(timeout, queue.ended()).await.is_ok()
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.queue.request_stop();
    }
}

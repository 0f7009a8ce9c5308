//! What a source tells the consuming task.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use telemetron_model::topic::{Topic, TopicPartition};

use super::offsets::TopicId;
use crate::{Message, SourceError};

/// What happens to the consuming task.
#[derive(Debug)]
pub enum SourceEvent {
    /// Partitions are ours from now on; their messages carry this epoch.
    Assigned {
        /// Greater than any before.
        epoch: u64,
        /// Each with the offset at which it starts. May be empty.
        partitions: Vec<AssignedPartition>,
    },
    /// A message.
    Message(Message),
    /// The partitions of this epoch go to somebody else: finish or drop what is in hand, then
    /// acknowledge. The source waits a bounded time for that.
    Revoked {
        /// The epoch that ends.
        epoch: u64,
        /// To be acknowledged, or dropped, which is the same.
        ack: RevokeAck,
    },
    /// Nothing is delivered, for this reason, until the next message, assignment or
    /// [`SourceEvent::Heard`]. May be said again with another reason.
    Silent(String),
    /// The cluster answers again, and nothing of the partitions waits.
    Heard,
    /// The source cannot go on; after [`SourceError::Standing`] a new one can.
    Failed(SourceError),
}

/// A partition and where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedPartition {
    /// Its topic.
    pub topic: Topic,
    /// Its number.
    pub partition: i32,
    /// The first offset that will be read.
    pub offset: i64,
    /// How many records expired between the stored offset and the first one still there.
    pub expired: i64,
    /// Where it ends now.
    pub end: i64,
    /// The id of its topic, where the broker tells one.
    pub topic_id: Option<TopicId>,
    /// The topic of the same name that the stored offset belongs to, when it was another.
    pub replaced: Option<Replaced>,
}

impl AssignedPartition {
    /// Which partition it is.
    pub const fn at(&self) -> TopicPartition {
        TopicPartition::new(self.topic, self.partition)
    }
}

/// A topic that was deleted, and in whose place another was made under the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Its id.
    pub topic_id: TopicId,
    /// Where the partition stood in it.
    pub next: i64,
    /// How many records of the partition were never read, as far as its end was seen: at least so many.
    pub unread: i64,
}

/// Says that nothing of a revoked epoch is being worked on any more. Dropping it says the same.
#[derive(Debug)]
pub struct RevokeAck(SyncSender<()>);

impl RevokeAck {
    /// An acknowledgement, and what waits for it.
    pub(super) fn new() -> (Self, PendingAck) {
        let (sender, receiver) = sync_channel(1);
        (Self(sender), PendingAck(receiver))
    }

    /// Acknowledges.
    pub fn done(self) {
        drop(self.0);
    }
}

pub(super) struct PendingAck(Receiver<()>);

impl PendingAck {
    /// Waits for the acknowledgement; says whether it came.
    pub(super) fn wait(&self, timeout: Duration) -> bool {
        // Nothing is ever sent: the sender is dropped.
        self.0.recv_timeout(timeout) == Err(RecvTimeoutError::Disconnected)
    }
}

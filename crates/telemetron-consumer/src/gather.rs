//! Gathers messages into chunks: until one is full, or its first message has waited enough.

use telemetron_kafka::{AssignedPartition, Message, RevokeAck, Source, SourceError, SourceEvent};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::BatchLimits;
use crate::chunk::{Chunk, Frontier};

/// What the batch loop has to deal with next.
#[derive(Debug)]
pub(crate) enum Gathered {
    /// Messages to commit.
    Chunk(Chunk),
    /// A new assignment; nothing of an earlier one follows.
    Assigned {
        /// Its epoch.
        epoch: u64,
        /// Its partitions.
        partitions: Vec<AssignedPartition>,
    },
    /// The assignment ends.
    Revoked(RevokeAck),
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
            epoch: 0,
            frontier: Frontier::new(),
            held: None,
        }
    }

    /// Takes over an assignment.
    pub(crate) fn begin(&mut self, epoch: u64, partitions: &[AssignedPartition]) {
        self.epoch = epoch;
        self.frontier = partitions
            .iter()
            .map(|start| ((start.topic, start.partition), start.offset))
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

    /// What comes next: a chunk with at least one message, or an event.
    pub(crate) async fn next(&mut self, shutdown: &CancellationToken) -> Gathered {
        if let Some(held) = self.held.take() {
            return held;
        }
        let mut chunk = Chunk {
            start: Frontier::new(),
            messages: Vec::new(),
        };
        let mut bytes = 0;
        let mut deadline = None;
        while chunk.messages.len() < self.limits.max_records && bytes < self.limits.max_bytes {
            let event = tokio::select! {
                biased;
                () = shutdown.cancelled() => return Gathered::Stopped,
                event = until(deadline, self.source.recv()) => event,
            };
            match event {
                None => break,
                Some(SourceEvent::Message(message)) => {
                    if message.epoch == self.epoch {
                        deadline.get_or_insert_with(|| Instant::now() + self.limits.max_wait);
                        bytes += message.size();
                        self.admit(message, &mut chunk);
                    }
                }
                Some(other) => return self.interrupt(control(other), chunk),
            }
        }
        Gathered::Chunk(chunk)
    }

    fn admit(&mut self, message: Message, chunk: &mut Chunk) {
        let key = (message.topic, message.partition);
        let Some(stands) = self.frontier.get_mut(&key) else {
            return;
        };
        chunk.start.entry(key).or_insert(*stands);
        *stands = message.offset + 1;
        chunk.messages.push(message);
    }

    /// Hands out what was gathered before an event, and the event after it.
    fn interrupt(&mut self, event: Gathered, chunk: Chunk) -> Gathered {
        if chunk.messages.is_empty() {
            return event;
        }
        self.held = Some(event);
        Gathered::Chunk(chunk)
    }
}

/// The future's value, or nothing when the deadline comes first.
async fn until<F: Future>(deadline: Option<Instant>, future: F) -> Option<F::Output> {
    match deadline {
        Some(deadline) => timeout_at(deadline, future).await.ok(),
        None => Some(future.await),
    }
}

fn control(event: SourceEvent) -> Gathered {
    match event {
        SourceEvent::Assigned { epoch, partitions } => Gathered::Assigned { epoch, partitions },
        SourceEvent::Revoked { ack, .. } => Gathered::Revoked(ack),
        SourceEvent::Failed(error) => Gathered::Failed(error),
        SourceEvent::Message(_) => Gathered::Stopped,
    }
}

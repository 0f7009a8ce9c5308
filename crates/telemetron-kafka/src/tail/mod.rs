//! The tail: every message of the record topics from now on, or from an instant, in no group.
//!
//! A thread of its own polls; a bounded channel holds it up when nobody reads. It connects when
//! Kafka comes up, survives restarts of brokers, and finds new partitions within seconds. Within some
//! seconds it says when nothing is delivered, and when it is back.

mod poller;

use telemetron_model::Timestamp;
use tokio::sync::mpsc;

use crate::{Error, KafkaConfig, Message};
use poller::Poller;

/// Where a tail begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TailStart {
    /// At what comes next.
    Now,
    /// At the first message that the broker appended at this instant or later.
    At(Timestamp),
}

/// What a tail tells.
#[derive(Debug)]
pub enum TailEvent {
    /// The starting points are known, or the tail is back after silence: whatever is produced from
    /// here on will be seen.
    Ready,
    /// Nothing is delivered, for this reason, until the next [`TailEvent::Ready`]; nothing is lost
    /// meanwhile. May be said again with another reason.
    Silent(String),
    /// A message. Its epoch is 0.
    Message(Message),
}

/// Reads all partitions of the record topics. Dropping it stops the thread.
#[derive(Debug)]
pub struct Tail {
    events: mpsc::Receiver<Vec<TailEvent>>,
    taken: std::vec::IntoIter<TailEvent>,
}

/// Batches that wait to be read; each has at most a megabyte, or one message.
const WAITING_BATCHES: usize = 16;

impl Tail {
    /// Starts to read.
    ///
    /// # Errors
    /// When the client refuses its configuration or the thread cannot be started.
    pub fn start(config: &KafkaConfig, start: TailStart) -> Result<Self, Error> {
        let (sender, events) = mpsc::channel(WAITING_BATCHES);
        let poller = Poller::new(config, start, sender)?;
        std::thread::Builder::new()
            .name("kafka-tail".to_owned())
            .spawn(move || poller.run())?;
        Ok(Self {
            events,
            taken: Vec::new().into_iter(),
        })
    }

    /// The next event. None only when the thread has died, which it never should.
    ///
    /// # Cancel safety
    /// A future that was dropped before it was ready has taken nothing.
    pub async fn recv(&mut self) -> Option<TailEvent> {
        loop {
            if let Some(event) = self.taken.next() {
                return Some(event);
            }
            self.taken = self.events.recv().await?.into_iter();
        }
    }
}

//! Where records go.

use std::sync::Arc;

use telemetron_model::record::Record;

/// Takes records instead of Kafka: for tests, files, anything. Called on the worker's thread.
pub trait Sink: Send + Sync {
    /// Takes one record. It may block; the agent does not notice.
    fn emit(&self, record: Record);
}

/// What the worker sends to.
pub(crate) trait Output: Send {
    /// Sends one record without waiting, or gives it back when there is no room.
    fn send(&mut self, record: Record) -> Sent;

    /// What has become of what was sent.
    fn progress(&self) -> Progress;
}

/// What became of one attempt to send.
pub(crate) enum Sent {
    /// It is on its way, or counted as failed.
    Done,
    /// There is no room now.
    Full(Record),
}

/// Counts since the start.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Progress {
    pub(crate) delivered: u64,
    pub(crate) failed: u64,
    pub(crate) in_flight: u64,
}

/// A sink as an output.
pub(crate) struct SinkOutput {
    sink: Arc<dyn Sink>,
    delivered: u64,
}

impl SinkOutput {
    pub(crate) fn new(sink: Arc<dyn Sink>) -> Self {
        Self { sink, delivered: 0 }
    }
}

impl Output for SinkOutput {
    fn send(&mut self, record: Record) -> Sent {
        self.sink.emit(record);
        self.delivered += 1;
        Sent::Done
    }

    fn progress(&self) -> Progress {
        Progress {
            delivered: self.delivered,
            ..Progress::default()
        }
    }
}

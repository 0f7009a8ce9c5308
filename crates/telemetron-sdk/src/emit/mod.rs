//! From the agent's thread to Kafka, without the agent ever waiting.
//!
//! ```text
//!  guard ─try─▶ Queue (bounded) ─▶ worker thread ─▶ Output: Kafka or a Sink
//!                  └ full: dropped and counted          └ full: the worker waits, the queue fills
//! ```

mod item;
mod kafka;
mod memory;
mod output;
mod queue;
mod worker;

use std::time::Duration;

pub(crate) use item::{EndedSpan, Item};
pub(crate) use kafka::KafkaOutput;
pub use memory::MemorySink;
pub use output::Sink;
pub(crate) use output::{Output, SinkOutput};
pub(crate) use queue::{Order, Queue};
pub(crate) use worker::{Rhythm, Worker};

/// What has become of the records since the collector was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FlushReport {
    /// Acknowledged by all replicas, or taken by the sink.
    pub delivered: u64,
    /// Never sent, because the queue was full or the collector was shut down.
    pub dropped: u64,
    /// Sent and refused or given up.
    pub failed: u64,
    /// Still on their way when the time was over.
    pub pending: u64,
}

/// How much waits in memory, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// Records.
    pub records: usize,
    /// Bytes, roughly.
    pub bytes: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self {
            records: 50_000,
            bytes: 64 * 1024 * 1024,
        }
    }
}

/// How long a span start is held back: a shorter span is sent once.
pub(crate) const HOLD_BACK: Duration = Duration::from_millis(50);

//! From the agent's thread to Kafka, without the agent ever waiting.
//!
//! ```text
//!  guard ─try─▶ Queue (bounded) ─▶ worker thread ─▶ Output: Kafka or a Sink
//!                  └ full: dropped and counted          └ full: the worker waits, the queue fills
//! ```

mod kafka;
mod memory;
mod output;
mod span_record;
mod worker;

use std::time::Duration;

pub(crate) use kafka::KafkaOutput;
pub use memory::MemorySink;
pub use output::Sink;
pub(crate) use output::{Output, SinkOutput};
pub(crate) use worker::{Rhythm, Worker};

/// How long a span start is held back: a shorter span is sent once.
pub(crate) const HOLD_BACK: Duration = Duration::from_millis(50);

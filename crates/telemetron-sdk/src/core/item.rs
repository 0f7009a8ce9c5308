//! What travels through the queue: as little work as possible was done on it yet.

use std::sync::Arc;

use telemetron_model::Timestamp;
use telemetron_model::record::{Record, Status};

use super::{Details, SpanHead};

/// Something to be sent.
#[derive(Debug)]
pub(crate) enum Item {
    /// A span has begun.
    Started(Arc<SpanHead>),
    /// A span has ended.
    Ended(Box<EndedSpan>),
    /// Anything else, as it is.
    Record(Record),
}

/// A span that has ended, with everything known of it.
#[derive(Debug)]
pub(crate) struct EndedSpan {
    pub(crate) head: Arc<SpanHead>,
    pub(crate) details: Details,
    pub(crate) status: Status,
    pub(crate) end: Timestamp,
}

impl Item {
    /// About how many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        const OVERHEAD: usize = 512;
        OVERHEAD
            + match self {
                Self::Started(_) => 0,
                Self::Ended(ended) => ended.details.size(),
                Self::Record(record) => payload_size(record),
            }
    }
}

/// The size of what may be large in a record.
fn payload_size(record: &Record) -> usize {
    let json = |value: &Option<telemetron_model::RawJson>| {
        value.as_ref().map_or(0, |value| value.get().len())
    };
    match record {
        Record::Trace(trace) => {
            json(&trace.user_input) + json(&trace.final_output) + json(&trace.metadata)
        }
        Record::Event(event) => json(&event.data) + event.message.as_ref().map_or(0, String::len),
        Record::Handoff(handoff) => json(&handoff.context),
        Record::Task(task) => json(&task.args) + task.prompt.as_ref().map_or(0, String::len),
        Record::Error(error) => error.message.len() + error.stack.as_ref().map_or(0, String::len),
        Record::Span(_) | Record::Metric(_) | Record::Agent(_) => 0,
    }
}

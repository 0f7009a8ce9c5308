//! Records that go on together, and where reading goes on after them.

use std::collections::BTreeMap;

use telemetron_kafka::Message;
use telemetron_model::decode::{Decoded, decode};
use telemetron_model::record::{Record, Span, Status};
use telemetron_model::topic::Topic;

/// Most spans that go on together.
const MOST_SPANS: usize = 512;

/// Most bytes of records that go on together, so that no endpoint finds them too large.
const MOST_BYTES: usize = 3 * 1024 * 1024;

/// Most records that are passed over before the offsets move.
const MOST_RECORDS: usize = 10_000;

/// What was read and has not gone on.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) spans: Vec<Span>,
    pub(super) next: BTreeMap<(Topic, i32), i64>,
    bytes: usize,
    records: usize,
}

impl Batch {
    /// Adds a record; what is no finished span is passed over.
    pub(super) fn add(&mut self, message: &Message) {
        let next = self
            .next
            .entry((message.topic, message.partition))
            .or_default();
        *next = message.offset + 1;
        self.records += 1;
        if message.topic != Topic::Spans {
            return;
        }
        let Decoded::Fold {
            record: Record::Span(span),
            ..
        } = decode(message.raw())
        else {
            return;
        };
        if span.status != Status::Running && span.end_time.is_some() {
            self.bytes += message.size();
            self.spans.push(*span);
        }
    }

    /// Whether it ought to go on now.
    pub(super) const fn is_full(&self) -> bool {
        self.spans.len() >= MOST_SPANS || self.bytes >= MOST_BYTES || self.records >= MOST_RECORDS
    }
}

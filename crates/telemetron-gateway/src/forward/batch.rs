//! Records that go on together, and where reading goes on after them.

use std::collections::BTreeMap;

use telemetron_kafka::Message;
use telemetron_model::decode::{Decoded, decode};
use telemetron_model::record::Record;
use telemetron_model::topic::TopicPartition;
use telemetron_otlp::via::Via;

use super::lane::Lane;
use crate::identity;

/// Most records that go on together.
const MOST_ITEMS: usize = 512;

/// Most bytes of records that go on together, so that no endpoint finds them too large.
const MOST_BYTES: usize = 3 * 1024 * 1024;

/// Most records that are passed over before the offsets move.
const MOST_RECORDS: usize = 10_000;

/// What was read and has not gone on.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The records, by the platforms that they came through.
    pub(super) records: BTreeMap<Via, Vec<Record>>,
    count: usize,
    pub(super) next: BTreeMap<TopicPartition, i64>,
    bytes: usize,
    seen: usize,
}

impl Batch {
    /// Adds a record; what cannot be read, and spans that run, are passed over.
    pub(super) fn add(&mut self, message: &Message) {
        let next = self.next.entry(message.at()).or_default();
        *next = message.offset + 1;
        self.seen += 1;
        let Decoded::Fold { mut record, hash } = decode(message.raw()) else {
            return;
        };
        if Lane::takes(&record) {
            name(&mut record, hash);
            self.bytes += message.size();
            self.count += 1;
            let via = message.headers.text(identity::VIA);
            let via = via.map(Via::read).unwrap_or_default();
            self.records.entry(via).or_default().push(record);
        }
    }

    /// Whether it ought to go on now.
    pub(super) const fn is_full(&self) -> bool {
        self.count >= MOST_ITEMS || self.bytes >= MOST_BYTES || self.seen >= MOST_RECORDS
    }
}

/// Gives what bears no id the one under which it is stored here, so that it has the same there.
fn name(record: &mut Record, hash: i64) {
    let id = match record {
        Record::Event(event) => &mut event.event_id,
        Record::Error(error) => &mut error.error_id,
        _ => return,
    };
    id.get_or_insert_with(|| format!("{hash:016x}"));
}

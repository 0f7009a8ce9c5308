//! What was published of late: five minutes of it, and at most 64 MiB.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use telemetron_model::Timestamp;

use super::Frame;
use super::position::{Place, Position};

/// A record that came, and its frame if it could be read.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) place: Place,
    pub(super) offset: i64,
    pub(super) time: Timestamp,
    pub(super) frame: Option<Arc<Frame>>,
}

/// What an entry takes beside its frame.
const SLOT_BYTES: usize = size_of::<Slot>();

/// The latest records, in the order in which they came.
#[derive(Debug)]
pub(super) struct Ring {
    slots: VecDeque<Slot>,
    bytes: usize,
    max_bytes: usize,
    max_age: Duration,
    /// Broker time from which on all was kept at first.
    since: Timestamp,
    /// Latest broker time of what was dropped.
    dropped_until: Timestamp,
    /// The latest offset of each partition that was dropped.
    dropped: HashMap<Place, i64>,
}

impl Ring {
    /// A ring that is filled from this broker time on.
    pub(super) fn new(max_bytes: usize, max_age: Duration, since: Timestamp) -> Self {
        Self {
            slots: VecDeque::new(),
            bytes: 0,
            max_bytes,
            max_age,
            since,
            dropped_until: since,
            dropped: HashMap::new(),
        }
    }

    /// Adds a record and drops what is too old or too much.
    pub(super) fn push(&mut self, slot: Slot) {
        let newest = slot.time;
        self.bytes += size_of_slot(&slot);
        self.slots.push_back(slot);
        while let Some(oldest) = self.slots.front()
            && (self.bytes > self.max_bytes || newest.duration_since(oldest.time) > self.max_age)
            && self.slots.len() > 1
        {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(slot) = self.slots.pop_front() {
            self.bytes -= size_of_slot(&slot);
            self.dropped_until = self.dropped_until.max(slot.time);
            self.dropped.insert(slot.place, slot.offset);
        }
    }

    /// The frames that somebody at this position has not seen; none when some of them are gone.
    pub(super) fn after(&self, position: &Position) -> Option<Vec<Arc<Frame>>> {
        let lost = |(place, offset): (&Place, &i64)| !position.is_past(*place, *offset);
        if position.time_ms < self.since.millis() || self.dropped.iter().any(lost) {
            return None;
        }
        let unseen = self
            .slots
            .iter()
            .filter(|slot| !position.covers(slot.place, slot.offset, slot.time.millis()));
        Some(unseen.filter_map(|slot| slot.frame.clone()).collect())
    }

    /// The frames, the latest first.
    pub(super) fn latest(&self) -> impl Iterator<Item = Arc<Frame>> {
        self.slots
            .iter()
            .rev()
            .filter_map(|slot| slot.frame.clone())
    }

    /// Broker time from which on all is kept.
    pub(super) const fn whole_since(&self) -> Timestamp {
        self.dropped_until
    }

    /// Broker time of the first record at or after an offset, if it is among the latest.
    pub(super) fn time_of(&self, place: Place, offset: i64) -> Option<Timestamp> {
        let mut of_place = self.slots.iter().filter(|slot| slot.place == place);
        let first = of_place.next()?;
        if first.offset > offset {
            return None;
        }
        std::iter::once(first)
            .chain(of_place)
            .find(|slot| slot.offset >= offset)
            .map(|s| s.time)
    }
}

fn size_of_slot(slot: &Slot) -> usize {
    SLOT_BYTES + slot.frame.as_ref().map_or(0, |frame| frame.size())
}

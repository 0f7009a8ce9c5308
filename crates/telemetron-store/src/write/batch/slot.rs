//! Records of one identity, joined, and each record's part in the join.

use std::collections::BTreeMap;

use telemetron_model::Timestamp;
use telemetron_model::fold::{Change, Folded};

use crate::write::Tally;

/// The join of all records of one identity, and each record's part in it.
#[derive(Debug, Clone)]
pub(in crate::write) struct Slot<B> {
    pub(in crate::write) state: Folded<B>,
    records: Vec<(usize, Folded<()>)>,
}

impl<B> Slot<B> {
    pub(super) fn new(position: usize, state: Folded<B>) -> Self {
        let records = vec![(position, outline(&state))];
        Self { state, records }
    }

    pub(super) fn join(&mut self, position: usize, state: Folded<B>) {
        self.records.push((position, outline(&state)));
        self.state.join(state);
    }

    /// Counts what each record changed, given what was stored before.
    pub(in crate::write) fn tally(&self, stored: Option<Folded<()>>, tallies: &mut [Tally]) {
        let mut state = stored;
        for (position, record) in &self.records {
            let changed = match &mut state {
                Some(state) => state.join(record.clone()) != Change::Nothing,
                None => {
                    state = Some(record.clone());
                    true
                }
            };
            tallies[*position].count(changed);
        }
    }
}

/// A state without what describes it.
pub(in crate::write) const fn outline<B>(state: &Folded<B>) -> Folded<()> {
    Folded {
        rank: state.rank,
        start: state.start,
        end: state.end,
        body: (),
    }
}

/// The greatest record of one identity where the greatest is all there is to keep.
#[derive(Debug)]
pub(in crate::write) struct Latest<T> {
    pub(in crate::write) order: Order,
    pub(in crate::write) seen: Timestamp,
    pub(in crate::write) record: Box<T>,
    records: Vec<(usize, Order)>,
}

/// What decides between records: whether it is final, when it was said, the hash of its bytes.
pub(in crate::write) type Order = (bool, i64, i64);

impl<T> Latest<T> {
    /// Counts what each record changed, given the order of what was stored before.
    pub(in crate::write) fn tally(&self, stored: Option<Order>, tallies: &mut [Tally]) {
        let mut greatest = stored;
        for (position, order) in &self.records {
            let changed = greatest < Some(*order);
            greatest = greatest.max(Some(*order));
            tallies[*position].count(changed);
        }
    }
}

/// A record on its way into a map of the latest of each identity.
pub(super) struct Candidate<T> {
    pub(super) position: usize,
    pub(super) order: Order,
    pub(super) seen: Timestamp,
    pub(super) record: Box<T>,
}

/// Keeps the greater of what is known and what is new.
pub(super) fn keep_latest<T>(map: &mut BTreeMap<String, Latest<T>>, id: String, new: Candidate<T>) {
    let Candidate {
        position,
        order,
        seen,
        record,
    } = new;
    match map.get_mut(&id) {
        None => {
            let records = vec![(position, order)];
            map.insert(
                id,
                Latest {
                    order,
                    seen,
                    record,
                    records,
                },
            );
        }
        Some(latest) => {
            latest.records.push((position, order));
            if order > latest.order {
                (latest.order, latest.record) = (order, record);
            }
            latest.seen = latest.seen.max(seen);
        }
    }
}

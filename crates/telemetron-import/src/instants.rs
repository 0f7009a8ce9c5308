//! When entries of a log happened: by the log's own clock, else in their order.

use telemetron_model::Timestamp;

use super::conversation::Entry;

/// The first instant of a log without times: 2025-01-01T00:00:00Z. It means nothing.
pub(super) const BASE: Timestamp = Timestamp::from_millis(1_735_689_600_000);

/// Between two entries of a log without times.
const STEP_NS: i64 = 1_000_000;

/// The instants of the entries: the log's own where it has them, and never out of order.
pub(super) fn of(entries: &[Entry]) -> Vec<Timestamp> {
    let mut last = None::<Timestamp>;
    let mut instants = Vec::with_capacity(entries.len());
    for entry in entries {
        let own = match entry {
            Entry::Turn(turn) => turn.time,
            Entry::Note(_) => None,
        };
        let next = last.map_or(BASE, |last| last.plus_nanos(STEP_NS));
        let instant = own
            .filter(|own| last.is_none_or(|last| *own > last))
            .unwrap_or(next);
        instants.push(instant);
        last = Some(instant);
    }
    instants
}

//! Which of the tellings of one pair of agents repeat what a stronger one tells.
//!
//! A weaker telling repeats a stronger one that it overlaps in time (the agent span inside the call
//! of `transfer_to_x`), and one that it directly follows (the agent span that begins once that call
//! is over): the first of its rule since. Two of the same rule are two handoffs.

use crate::time::Timestamp;

/// One telling of a handoff between two agents.
#[derive(Debug, Clone)]
pub(super) struct Telling<'h> {
    /// What the caller knows it by.
    pub(super) number: usize,
    /// Its rung; the smaller, the stronger.
    pub(super) strength: i16,
    /// Its beginning.
    pub(super) from: Timestamp,
    /// Its end.
    pub(super) until: Timestamp,
    /// Its id, which decides between two that began together.
    pub(super) id: &'h str,
}

/// The numbers of those that repeat a stronger one.
pub(super) fn told_once(mut tellings: Vec<Telling<'_>>) -> Vec<usize> {
    tellings.sort_unstable_by_key(|telling| (telling.strength, telling.from, telling.id));
    let mut standing: Vec<(Timestamp, Timestamp)> = Vec::new();
    let mut repeated = Vec::new();
    for rung in tellings.chunk_by(|a, b| a.strength == b.strength) {
        let stronger = Stronger::of(&mut standing);
        let mut last = None;
        for telling in rung {
            if stronger.tells(telling, last) {
                repeated.push(telling.number);
            } else {
                standing.push((telling.from, telling.until));
            }
            last = Some(telling.from);
        }
    }
    repeated
}

/// Stronger tellings that stand, earliest first, each with the latest end of all up to it.
struct Stronger(Vec<(Timestamp, Timestamp)>);

impl Stronger {
    fn of(standing: &mut [(Timestamp, Timestamp)]) -> Self {
        standing.sort_unstable();
        let mut latest = None;
        let reach = |(from, until): &(Timestamp, Timestamp)| {
            latest = latest.max(Some(*until));
            (*from, latest.unwrap_or(*until))
        };
        Self(standing.iter().map(reach).collect())
    }

    /// Whether one of them tells the same; `last` is when the one before it of its rule began.
    fn tells(&self, telling: &Telling<'_>, last: Option<Timestamp>) -> bool {
        let begun = self.0.partition_point(|(from, _)| *from <= telling.until);
        let Some((from, reach)) = self.0[..begun].last() else {
            return false;
        };
        let overlaps = *reach >= telling.from;
        let follows = last.is_none_or(|last| last < *from);
        overlaps || follows
    }
}

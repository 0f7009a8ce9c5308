//! Which of the tellings of one pair of agents repeat what a stronger one tells.
//!
//! A weaker telling repeats a stronger one that it overlaps in time (the agent span inside the call
//! of `transfer_to_x`), and one that it directly follows (the agent span that begins once that call
//! is over): the first of its rule since. Two of the same rule are two handoffs, but commands of a
//! graph: each span that one passes through on its way out tells it again. What a model asks for
//! comes before whatever was done about it, and repeats that.

use crate::record::HandoffRule;
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
        let rule = rung
            .first()
            .and_then(|first| HandoffRule::from_code(first.strength));
        let mut last: Option<&Telling<'_>> = None;
        for (place, telling) in rung.iter().enumerate() {
            let mut later = rung[place + 1..].iter();
            let next = later.find(|next| !telling.overlaps(next));
            let next = next.map(|next| next.from);
            let again = match rule {
                Some(HandoffRule::GraphCommand) => last.is_some_and(|last| telling.overlaps(last)),
                Some(HandoffRule::ModelRequest) => {
                    last.is_some_and(|last| telling.overlaps(last))
                        || stronger.follows(telling, next)
                }
                _ => false,
            };
            if again || stronger.tells(telling, last.map(|last| last.from)) {
                repeated.push(telling.number);
            } else {
                standing.push((telling.from, telling.until));
            }
            last = Some(telling);
        }
    }
    repeated
}

impl Telling<'_> {
    fn overlaps(&self, other: &Self) -> bool {
        self.from <= other.until && other.from <= self.until
    }
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

    /// Whether one of them begins from a telling on, and before the next of its rule.
    fn follows(&self, telling: &Telling<'_>, next: Option<Timestamp>) -> bool {
        let begun = self.0.partition_point(|(from, _)| *from < telling.from);
        let first = self.0.get(begun).map(|(from, _)| *from);
        first.is_some_and(|first| next.is_none_or(|next| first < next))
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

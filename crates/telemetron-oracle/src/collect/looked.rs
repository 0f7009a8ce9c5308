//! What was found in recent traces, kept until they change.
//!
//! Some rules walk through whole traces. They look into those that changed since the last look, and
//! into no more than a look may cost: whoever waits longest comes first. So neither one large trace
//! nor very many make the other rules wait.

use std::collections::HashMap;

use telemetron_model::TraceId;
use telemetron_store::read::oracle::listed::Listed;

/// Spans that one look walks through, or those of one trace if they are more.
const SPANS: i64 = 50_000;

/// What is found in each trace. Not to be had in the order of anything.
pub(crate) struct Looked<T> {
    turn: u64,
    traces: HashMap<TraceId, Known<T>>,
}

struct Known<T> {
    version: i64,
    turn: u64,
    found: Vec<T>,
}

impl<T> Looked<T> {
    /// Nothing is known yet.
    pub(crate) fn nothing() -> Self {
        Self {
            turn: 0,
            traces: HashMap::new(),
        }
    }

    /// The traces to look into at this turn, of those that are of interest; what is known of others is
    /// forgotten.
    pub(crate) fn due(&mut self, recent: &[Listed]) -> Vec<Listed> {
        let of_interest: HashMap<_, _> = recent.iter().map(|it| (it.trace_id, it)).collect();
        self.traces.retain(|id, _| of_interest.contains_key(id));
        let known = |it: &Listed| self.traces.get(&it.trace_id);
        let mut changed: Vec<_> = recent
            .iter()
            .filter(|it| known(it).is_none_or(|known| known.version != it.version))
            .copied()
            .collect();
        changed.sort_by_key(|it| known(it).map_or(0, |known| known.turn));
        let mut left = SPANS;
        changed.retain(|it| {
            let fits = left == SPANS || it.spans <= left;
            left -= if fits { it.spans } else { 0 };
            fits
        });
        changed
    }

    /// Takes what was found in the traces that were due.
    pub(crate) fn learn(&mut self, due: &[Listed], found: Vec<T>, of: impl Fn(&T) -> TraceId) {
        self.turn += 1;
        for it in due {
            let known = Known {
                version: it.version,
                turn: self.turn,
                found: Vec::new(),
            };
            self.traces.insert(it.trace_id, known);
        }
        for one in found {
            if let Some(known) = self.traces.get_mut(&of(&one)) {
                known.found.push(one);
            }
        }
    }

    /// Whatever is known.
    pub(crate) fn all(&self) -> impl Iterator<Item = &T> {
        self.traces.values().flat_map(|known| &known.found)
    }
}

#[cfg(test)]
mod tests {
    use telemetron_model::Timestamp;

    use super::*;

    fn listed(id: u8, version: i64, spans: i64) -> Listed {
        Listed {
            trace_id: TraceId::from_bytes([id; 16]).unwrap(),
            version,
            heard: Timestamp::from_nanos(0),
            spans,
            tool_calls: spans,
        }
    }

    /// Looks once; gives the traces that were looked into. Found is the version of each.
    fn look(looked: &mut Looked<(TraceId, i64)>, recent: &[Listed]) -> Vec<u8> {
        let due = looked.due(recent);
        let found = due.iter().map(|it| (it.trace_id, it.version)).collect();
        looked.learn(&due, found, |one| one.0);
        let mut ids: Vec<_> = due.iter().map(|it| it.trace_id.as_bytes()[0]).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn a_trace_is_looked_into_when_it_changed_and_forgotten_when_it_is_recent_no_more() {
        let mut looked = Looked::nothing();
        let first = [listed(1, 1, 10), listed(2, 1, 10)];
        assert_eq!(look(&mut looked, &first), [1, 2]);
        assert!(look(&mut looked, &first).is_empty());
        assert_eq!(looked.all().count(), 2, "it is known all the same");
        let next = [listed(2, 2, 11)];
        assert_eq!(look(&mut looked, &next), [2]);
        assert_eq!(looked.all().map(|one| one.1).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_look_has_an_end_and_whoever_waited_longest_comes_first() {
        let mut looked = Looked::nothing();
        // All of them change all the time, and one is larger than a look.
        let at = |version| {
            [
                listed(1, version, 40_000),
                listed(2, version, 2 * SPANS),
                listed(3, version, 30_000),
                listed(4, version, 10_000),
            ]
        };
        let turns: Vec<_> = (0..6).map(|turn| look(&mut looked, &at(turn))).collect();
        for pair in turns.windows(3) {
            let seen: Vec<_> = pair.iter().flatten().collect();
            for id in 1..=4 {
                assert!(seen.contains(&&id), "{id} waits too long: {turns:?}");
            }
        }
        let largest = |turn: &Vec<u8>| turn.contains(&2) && turn.len() > 1;
        assert!(!turns.iter().any(largest), "{turns:?}");
    }
}

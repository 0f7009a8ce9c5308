//! The calls of one agent after the other, and what repeats in them.

use std::collections::HashMap;

use telemetron_model::{SpanId, Timestamp, TraceId};

use super::{Repeated, distinct};

/// Most spans that are named of one repetition.
const MOST_SPANS: usize = 5;

/// What is called: the tool, how long its arguments are, and their hash where others are as long.
pub(super) type What = (String, i32, Option<String>);

/// One call.
pub(super) struct Call {
    pub(super) trace_id: TraceId,
    pub(super) agent: Option<String>,
    pub(super) what: What,
    pub(super) span_id: SpanId,
    pub(super) at: Timestamp,
    pub(super) failed: bool,
}

/// A walk along calls that come by trace, agent and time.
pub(super) struct Walk {
    least: usize,
    of: Option<(TraceId, Option<String>)>,
    /// What is called, and its number.
    numbers: HashMap<What, usize>,
    sequence: Vec<usize>,
    calls: Vec<(SpanId, Timestamp, bool)>,
    found: Vec<Repeated>,
}

impl Walk {
    /// A walk that looks for at least so many calls of the same.
    pub(super) fn for_calls(least: i64) -> Self {
        Self {
            least: usize::try_from(least).unwrap_or(usize::MAX),
            of: None,
            numbers: HashMap::new(),
            sequence: Vec::new(),
            calls: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Takes the next call.
    pub(super) fn take(&mut self, call: Call) {
        let of = Some((call.trace_id, call.agent));
        if self.of != of {
            self.settle();
            self.of = of;
        }
        let next = self.numbers.len();
        self.sequence
            .push(*self.numbers.entry(call.what).or_insert(next));
        self.calls.push((call.span_id, call.at, call.failed));
    }

    /// Ends the walk; gives what repeats.
    pub(super) fn end(mut self) -> Vec<Repeated> {
        self.settle();
        self.found
    }

    /// Finds what repeats in the calls of one agent.
    fn settle(&mut self) {
        let Some((trace_id, agent)) = self.of.take() else {
            return;
        };
        let mut places: Vec<Vec<usize>> = vec![Vec::new(); self.numbers.len()];
        for (place, number) in self.sequence.iter().enumerate() {
            places[*number].push(place);
        }
        let often: Vec<_> = self
            .numbers
            .drain()
            .filter(|(_, n)| places[*n].len() >= self.least)
            .collect();
        let stretch = |places: &Vec<usize>| Some((*places.first()?, *places.last()?));
        let stretches: Vec<_> = often
            .iter()
            .filter_map(|(_, n)| stretch(&places[*n]))
            .collect();
        let different = distinct::counts(&self.sequence, &stretches);
        for (((tool, ..), number), different) in often.into_iter().zip(different) {
            // The call itself is one of the different ones.
            if different < places[number].len() {
                let repeated = self.repeated(trace_id, agent.clone(), tool, &places[number]);
                self.found.extend(repeated);
            }
        }
        self.sequence.clear();
        self.calls.clear();
    }

    fn repeated(
        &self,
        trace_id: TraceId,
        agent: Option<String>,
        tool: String,
        places: &[usize],
    ) -> Option<Repeated> {
        let calls = || places.iter().map(|place| &self.calls[*place]);
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        Some(Repeated {
            trace_id,
            agent,
            tool,
            calls: count(places.len()),
            failed: count(calls().filter(|(_, _, failed)| *failed).count()),
            first_at: calls().next()?.1,
            last_at: calls().next_back()?.1,
            spans: calls().rev().take(MOST_SPANS).map(|(id, ..)| *id).collect(),
        })
    }
}

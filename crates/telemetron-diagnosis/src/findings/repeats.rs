//! The same call again and again: same agent, same tool or model, same arguments.

use std::collections::HashMap;

use telemetron_model::record::{SpanKind, Status};
use telemetron_view::{Confidence, FindingKind, Next};

use crate::failures::Failure;
use crate::noted::Noted;
use crate::tree::{Place, Tree, operation};
use crate::words;

/// Fewer are no loop: looking twice is sound.
const LEAST: usize = 3;

/// Most loops that are told.
const MOST: usize = 3;

/// A group of equal calls.
pub(super) struct Group {
    /// What is called.
    pub(super) what: String,
    /// The spans, earliest first; one that makes the call twice stands here twice.
    pub(super) places: Vec<Place>,
    /// How many different answers came back.
    pub(super) results: usize,
}

/// The loops, the longest first.
pub(super) fn find(tree: &Tree<'_>, failure: Option<&Failure>) -> Vec<Noted> {
    let groups = groups(tree).into_iter().take(MOST);
    groups.map(|group| note(tree, failure, &group)).collect()
}

fn note(tree: &Tree<'_>, failure: Option<&Failure>, group: &Group) -> Noted {
    let count = group.places.len();
    let answers = match group.results {
        0 => "no answer was kept",
        1 => "the answer was the same each time",
        _ => "the answers differed",
    };
    let sentence = format!(
        "{} was called {} with the same arguments; {answers}.",
        group.what,
        words::times(count),
    );
    let next = match group.places.first() {
        Some(place) => tree.call(*place),
        None => Next::Timeline {
            trace_id: tree.trace.trace_id,
        },
    };
    let weight = if group.results <= 1 { 0.65 } else { 0.4 };
    let noted = Noted::new(
        FindingKind::Loop,
        weight,
        sentence,
        tree.ids(&group.places),
        next,
    );
    // A trace that went well may have had its reasons to look again.
    let has_failed = tree.trace.status == Status::Failed;
    let has_ended_badly = failure.is_some() && has_failed || tree.trace.is_stuck;
    if has_ended_badly && group.results <= 1 {
        return noted.suspect(0.55, Confidence::Possible, group.places.first().copied());
    }
    noted
}

/// Equal calls, the most frequent first.
pub(super) fn groups(tree: &Tree<'_>) -> Vec<Group> {
    let mut groups: HashMap<Key<'_>, (Vec<Place>, Vec<i64>)> = HashMap::new();
    for place in tree.places() {
        for (key, result) in calls(tree, place) {
            let (places, results) = groups.entry(key).or_default();
            places.push(place);
            results.extend(result);
        }
    }
    let frequent = groups.into_iter().filter(|(_, (p, _))| p.len() >= LEAST);
    let mut frequent: Vec<_> = frequent.collect();
    frequent.sort_by(|(_, (a, _)), (_, (b, _))| b.len().cmp(&a.len()).then(a.cmp(b)));
    let groups = frequent.into_iter().map(|(key, (places, mut results))| {
        results.sort_unstable();
        results.dedup();
        Group {
            what: key.words(),
            places,
            results: results.len(),
        }
    });
    groups.collect()
}

/// What makes two calls the same.
#[derive(PartialEq, Eq, Hash)]
struct Key<'a> {
    agent: Option<&'a str>,
    is_model: bool,
    name: &'a str,
    arguments: i64,
}

impl Key<'_> {
    fn words(&self) -> String {
        let kind = if self.is_model { "model" } else { "tool" };
        let name = words::short(self.name, 60);
        match self.agent {
            Some(agent) => format!("{kind} `{name}` of {}", words::short(agent, 40)),
            None => format!("{kind} `{name}`"),
        }
    }
}

/// The calls of a span with the hash of what came back: itself, or those inside it.
fn calls<'a>(tree: &Tree<'a>, place: Place) -> Vec<(Key<'a>, Option<i64>)> {
    let span = tree.span(place);
    let mut found = Vec::new();
    if matches!(
        span.kind,
        SpanKind::Tool | SpanKind::Llm | SpanKind::Retriever
    ) && let Some(input) = span.input.as_ref().filter(|input| !input.is_empty())
    {
        let key = Key {
            agent: span.agent.as_deref(),
            is_model: span.kind == SpanKind::Llm,
            name: operation(span),
            arguments: input.hash,
        };
        found.push((key, span.output.as_ref().map(|output| output.hash)));
    }
    for call in &span.calls {
        let Some(arguments) = call.arguments.as_ref().filter(|text| !text.is_empty()) else {
            continue;
        };
        let key = Key {
            agent: span.agent.as_deref(),
            is_model: false,
            name: &call.tool_name,
            arguments: arguments.hash,
        };
        found.push((key, call.result.as_ref().map(|result| result.hash)));
    }
    found
}

//! The critical path: at each moment, the one span that everything waited for.
//!
//! Walked backwards from the end: what a span did last is what its end waited for, and before
//! that whatever ended last before it. Where a span with spans below it was open and none of
//! these was at work, it waited.

use std::collections::BTreeMap;

use telemetron_view::{AgentShare, CriticalPath, FindingKind, PathPart, millis_of};

use crate::noted::Noted;
use crate::tree::{Place, Tree};
use crate::words;

/// Most parts that are told.
const MOST: usize = 12;

/// Waits that take a smaller part of the whole are not told.
const TOLD_WAIT: f64 = 0.01;

/// A stretch of time that belongs to one span; none stands for what no span was open in.
struct Stretch {
    place: Option<Place>,
    from: i64,
    until: i64,
}

/// The critical path; none where times are only an order, or nothing took time.
pub(crate) fn path(tree: &Tree<'_>) -> Option<CriticalPath> {
    let (from, until) = bounds(tree)?;
    let total = until - from;
    let stretches = merged(walk(tree, from, until));
    let waiting: i64 = stretches
        .iter()
        .filter(|stretch| is_wait(tree, stretch))
        .map(|stretch| stretch.until - stretch.from)
        .sum();
    Some(CriticalPath {
        total_ms: rounded(millis_of(total), 1e3),
        waiting_ms: rounded(millis_of(waiting), 1e3),
        parts: parts(tree, &stretches, from, total),
        agents: agents(tree, &stretches, total),
    })
}

/// One sentence on where the time went.
pub(super) fn find(tree: &Tree<'_>, path: &CriticalPath) -> Option<Noted> {
    let longest = path
        .parts
        .iter()
        .max_by(|a, b| a.duration_ms.total_cmp(&b.duration_ms))?;
    let place = tree.find_first(longest.span_id)?;
    let sentence = sentence(path, longest, &tree.label(place));
    Some(Noted::new(
        FindingKind::CriticalPath,
        0.35,
        sentence,
        tree.ids(&[place]),
        tree.call(place),
    ))
}

/// What the time went into; agents and waits are told where there is something to tell.
fn sentence(path: &CriticalPath, longest: &PathPart, label: &str) -> String {
    let (part, share) = (nanos(longest.duration_ms), words::percent(longest.share));
    let part = if longest.is_wait {
        format!("{label} waited {part} ({share})")
    } else {
        format!("{part} ({share}) went into {label}")
    };
    let agent = match path.agents.as_slice() {
        [first, _, ..] => {
            let who = first.agent.as_deref();
            let who = who.map_or_else(|| "no agent".to_owned(), |agent| words::short(agent, 40));
            format!("; {who} has {} of it", words::percent(first.share))
        }
        _ => String::new(),
    };
    let waits = if path.waiting_ms >= TOLD_WAIT * path.total_ms && !longest.is_wait {
        let waiting = nanos(path.waiting_ms);
        format!("; for {waiting} nothing below was at work")
    } else {
        String::new()
    };
    format!("Of {} in all, {part}{agent}{waits}.", nanos(path.total_ms))
}

fn nanos(millis: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a duration for people")]
    let nanos = (millis * 1e6) as i64;
    words::duration(nanos)
}

fn bounds(tree: &Tree<'_>) -> Option<(i64, i64)> {
    let first = tree.places().next()?;
    let from = tree.span(first).start.nanos();
    let until = tree
        .roots()
        .iter()
        .map(|root| tree.end(*root).nanos())
        .max()?;
    let length = until.checked_sub(from)?;
    (tree.trace.has_clock && length > 0).then_some((from, until))
}

/// What is still to be walked: a span (or all roots) between two instants.
struct Task {
    place: Option<Place>,
    from: i64,
    until: i64,
}

/// Stretches in no order. Without recursion: traces may be deeper than the stack.
fn walk(tree: &Tree<'_>, from: i64, until: i64) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut tasks = vec![Task {
        place: None,
        from,
        until,
    }];
    while let Some(task) = tasks.pop() {
        let below = match task.place {
            Some(place) => tree.children(place),
            None => tree.roots(),
        };
        let mut latest_first = below.to_vec();
        latest_first.sort_by_key(|child| std::cmp::Reverse((tree.end(*child), *child)));
        let mut cursor = task.until;
        for child in latest_first {
            let start = tree.span(child).start.nanos().max(task.from);
            let end = tree.end(child).nanos().min(cursor);
            if end <= start {
                continue;
            }
            push(&mut stretches, task.place, end, cursor);
            tasks.push(Task {
                place: Some(child),
                from: start,
                until: end,
            });
            cursor = start;
        }
        push(&mut stretches, task.place, task.from, cursor);
    }
    stretches
}

fn push(stretches: &mut Vec<Stretch>, place: Option<Place>, from: i64, until: i64) {
    if from < until {
        stretches.push(Stretch { place, from, until });
    }
}

/// In order of time; neighbours of the same span are one.
fn merged(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.sort_by_key(|stretch| (stretch.from, stretch.place));
    stretches.dedup_by(|after, before| {
        let is_one = before.place == after.place && before.until == after.from;
        if is_one {
            before.until = after.until;
        }
        is_one
    });
    stretches
}

fn is_wait(tree: &Tree<'_>, stretch: &Stretch) -> bool {
    stretch
        .place
        .is_none_or(|place| !tree.children(place).is_empty())
}

fn parts(tree: &Tree<'_>, stretches: &[Stretch], start: i64, total: i64) -> Vec<PathPart> {
    let mut longest: Vec<(&Stretch, Place)> = stretches
        .iter()
        .filter_map(|stretch| Some((stretch, stretch.place?)))
        .collect();
    longest.sort_by_key(|(stretch, _)| (stretch.from - stretch.until, stretch.from));
    longest.truncate(MOST);
    longest.sort_by_key(|(stretch, _)| stretch.from);
    let parts = longest.into_iter().map(|(stretch, place)| PathPart {
        span_id: tree.id(place),
        name: words::short(&tree.span(place).name, 80),
        agent: tree.agent(place).map(str::to_owned),
        is_wait: is_wait(tree, stretch),
        from_ms: rounded(millis_of(stretch.from - start), 1e3),
        duration_ms: rounded(millis_of(stretch.until - stretch.from), 1e3),
        share: rounded(words::share(stretch.until - stretch.from, total), 1e4),
    });
    parts.collect()
}

fn agents(tree: &Tree<'_>, stretches: &[Stretch], total: i64) -> Vec<AgentShare> {
    let mut sums: BTreeMap<Option<&str>, i64> = BTreeMap::new();
    for stretch in stretches {
        let agent = stretch.place.and_then(|place| tree.agent(place));
        *sums.entry(agent).or_default() += stretch.until - stretch.from;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(agent, sum)| (-sum, *agent));
    sums.truncate(MOST);
    let shares = sums.into_iter().map(|(agent, sum)| AgentShare {
        agent: agent.map(str::to_owned),
        duration_ms: rounded(millis_of(sum), 1e3),
        share: rounded(words::share(sum, total), 1e4),
    });
    shares.collect()
}

/// More digits say nothing and cost tokens.
fn rounded(figure: f64, scale: f64) -> f64 {
    (figure * scale).round() / scale
}

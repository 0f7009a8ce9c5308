//! Handoff loops: two agents that pass the same work to and fro.

use std::collections::{BTreeMap, BTreeSet};

use telemetron_model::TraceId;
use telemetron_model::record::Severity;
use telemetron_store::read::oracle::handoffs::RecentHandoff;
use telemetron_view::Next;
use telemetron_view::oracle::{EvidenceKind, IssueKind, SubjectKind, SystemState};

use super::Finding;
use crate::Thresholds;
use crate::facts::Facts;
use crate::words::{ago, cut};

/// Runs of handoffs in one trace that only go to and fro between two agents.
pub(super) fn to_and_fro(facts: &Facts, _state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let window = i64::from(limits.window_seconds) * 1_000_000_000;
    let mut by_trace: BTreeMap<TraceId, Vec<&RecentHandoff>> = BTreeMap::new();
    let traces = facts.traces.as_deref().into_iter();
    for handoff in traces.flat_map(|traces| traces.handoffs.iter()) {
        by_trace.entry(handoff.trace_id).or_default().push(handoff);
    }
    let rounds = usize::try_from(limits.handoff_loop_rounds).unwrap_or(usize::MAX / 8);
    by_trace
        .into_values()
        .filter_map(|handoffs| {
            let run = longest_run(&handoffs);
            let last = run.last()?;
            let lately = facts.now.since(last.at) <= window;
            let least = match gets_on(run) {
                true => 4 * rounds,
                false => 2 * rounds,
            };
            (run.len() >= least && lately).then(|| finding(run, facts))
        })
        .collect()
}

/// Whether each handoff says something new, as when one agent gives another one piece of work after
/// the other, or they refine something together. That may be a loop as well, after more rounds.
fn gets_on(run: &[&RecentHandoff]) -> bool {
    let said: BTreeSet<_> = run
        .iter()
        .filter_map(|handoff| Some((&handoff.from, handoff.reason.as_deref()?)))
        .collect();
    // One side may always say the same, such as that it is done.
    said.len() > run.len() / 2
}

/// The longest run in which each handoff takes back what the one before passed on.
fn longest_run<'a, 'b>(handoffs: &'a [&'b RecentHandoff]) -> &'a [&'b RecentHandoff] {
    let mut best = &handoffs[..0];
    let mut begin = 0;
    for end in 1..=handoffs.len() {
        let goes_on = handoffs.get(end).is_some_and(|next| {
            let last = handoffs[end - 1];
            next.from == last.to && next.to == last.from
        });
        if !goes_on {
            let run = &handoffs[begin..end];
            if run.len() > best.len() {
                best = run;
            }
            begin = end;
        }
    }
    best
}

fn finding(run: &[&RecentHandoff], facts: &Facts) -> Finding {
    let (first, last) = (run[0], run[run.len() - 1]);
    let trace = first.trace_id;
    let kind = IssueKind::HandoffLoop;
    let finding = Finding::new(
        kind,
        Severity::Warning,
        SubjectKind::Trace,
        trace.to_string(),
    )
    .since(first.at)
    .says(format!(
        "{} and {} passed the same work to and fro {} times, the last time {} ago{}",
        first.from,
        first.to,
        run.len(),
        ago(last.at, facts.now),
        last.reason.as_deref().map_or_else(String::new, |reason| {
            format!(", saying \"{}\"", cut(reason))
        })
    ))
    .shows(EvidenceKind::Trace, trace)
    .shows(EvidenceKind::Agent, &first.from)
    .shows(EvidenceKind::Agent, &first.to)
    .next(
        Next::Graph { trace_id: trace },
        "shows who passed what to whom, and how often",
    );
    let latest = run.iter().rev().take(4);
    latest.fold(finding, |finding, handoff| {
        finding.shows(
            EvidenceKind::Handoff,
            format!("{trace}/{}", handoff.handoff_id),
        )
    })
}

//! Traces that are not whole, and work that was given up.

use std::collections::BTreeMap;

use telemetron_model::record::Severity;
use telemetron_store::read::oracle::failures::RetriesExhausted;
use telemetron_view::Next;
use telemetron_view::oracle::{EvidenceKind, IssueKind, SubjectKind, SystemState};

use super::{Finding, latest_of};
use crate::Thresholds;
use crate::facts::Facts;
use crate::words::{ago, counted, cut, listed};

/// Traces with spans whose parent never came.
pub(super) fn orphans(facts: &Facts, _state: &SystemState, _limits: &Thresholds) -> Vec<Finding> {
    let traces = facts.traces.as_deref().into_iter();
    let orphans = traces.flat_map(|traces| traces.orphans.iter());
    orphans
        .map(|orphans| {
            let trace = orphans.trace_id;
            let missing: Vec<_> = orphans.missing.iter().map(ToString::to_string).collect();
            let kind = IssueKind::OrphanSpans;
            let severity = Severity::Warning;
            let finding = Finding::new(kind, severity, SubjectKind::Trace, trace.to_string())
                .since(orphans.first_at)
                .says(format!(
                    "trace {trace} has {} below parents that never came ({}): a part of it is lost \
                     or was never sent",
                    counted(orphans.count, "span"),
                    listed(&missing)
                ))
                .shows(EvidenceKind::Trace, trace)
                .next(Next::Spans { trace_id: trace }, "shows what there is of it");
            orphans.spans.iter().fold(finding, |finding, span| {
                finding.shows(EvidenceKind::Span, format!("{trace}/{span}"))
            })
        })
        .collect()
}

/// Work that was tried as often as it may be, by agent and sort of work.
pub(super) fn retries_exhausted(
    facts: &Facts,
    _state: &SystemState,
    _limits: &Thresholds,
) -> Vec<Finding> {
    let mut groups: BTreeMap<(&str, &str), Vec<&RetriesExhausted>> = BTreeMap::new();
    let traces = facts.traces.as_deref().into_iter();
    for gave_up in traces.flat_map(|traces| traces.exhausted.iter()) {
        let agent = gave_up.agent.as_deref().unwrap_or("somebody");
        groups
            .entry((agent, &gave_up.what))
            .or_default()
            .push(gave_up);
    }
    groups
        .into_iter()
        .filter_map(|((agent, what), all)| {
            // The latest come first.
            let (last, first) = (all.first()?, all.last()?);
            let tried = last
                .attempts
                .map_or_else(String::new, |n| format!(", {n} attempts"));
            let ago = ago(last.at, facts.now);
            let times = match all.len() {
                1 => format!("{ago} ago"),
                times => format!("{times} times, the last {ago} ago"),
            };
            let said = last
                .message
                .as_deref()
                .map_or_else(String::new, |said| format!(": {}", cut(said)));
            let severity = Severity::Error;
            let kind = IssueKind::RetriesExhausted;
            let finding = Finding::new(kind, severity, SubjectKind::Agent, agent)
                .keyed(format!("{agent}/{what}"))
                .since(first.at)
                .says(format!("{agent} gave up {times} ({what}{tried}){said}"))
                .shows(EvidenceKind::Agent, agent);
            let finding = all.iter().take(4).fold(finding, |finding, one| {
                finding
                    .may_show(EvidenceKind::Trace, one.trace_id)
                    .shows(EvidenceKind::Event, &one.id)
            });
            Some(match last.trace_id {
                Some(trace) => finding.next(
                    Next::Diagnosis { trace_id: trace },
                    "says why each attempt failed",
                ),
                None => finding.next(latest_of(agent), "shows what it did last"),
            })
        })
        .collect()
}

//! The life of an issue: opened when a rule finds it, open while it does, resolved when not.
//!
//! An issue of a source that does not tell now is neither found nor gone: it stays as it was.

use std::collections::BTreeMap;

use telemetron_model::Timestamp;
use telemetron_model::oracle::{Issue, IssueChange, IssueKind, SourceName, TimelineItem};

use crate::facts::Facts;
use crate::issues::Finding;

/// What is wrong now, from what was and what is found; the worst and oldest first.
pub(crate) fn merge(
    mut open: BTreeMap<String, Issue>,
    found: Vec<Finding>,
    facts: &Facts,
) -> Vec<Issue> {
    let mut issues: BTreeMap<String, Issue> = BTreeMap::new();
    for finding in found {
        let id = finding.id();
        let before = open.remove(&id);
        let first_seen = before.map_or(facts.now, |issue| issue.first_seen.0);
        let issue = finding.into_issue(first_seen, facts.now);
        // Two findings of one id are the same thing seen twice: the worse one stands.
        let worse = issues
            .get(&id)
            .is_none_or(|known| known.severity < issue.severity);
        if worse {
            issues.insert(id, issue);
        }
    }
    for (id, issue) in open {
        if !is_judged(issue.kind, facts) {
            issues.entry(id).or_insert(issue);
        }
    }
    let mut issues: Vec<_> = issues.into_values().collect();
    issues.sort_by(|a, b| {
        let rank = |issue: &Issue| (std::cmp::Reverse(issue.severity), issue.since.0);
        rank(a).cmp(&rank(b)).then_with(|| a.id.cmp(&b.id))
    });
    issues
}

/// Whether those tell without whom nobody knows if an issue still stands.
fn is_judged(kind: IssueKind, facts: &Facts) -> bool {
    let runs = matches!(kind, IssueKind::StuckSpan | IssueKind::Deadlock);
    // What runs is told by the telemetry; how long it may run follows from other traces.
    facts.tells(kind.source()) && (!runs || facts.tells(SourceName::Telemetry))
}

/// What became of issues between two moments.
pub(crate) fn changes(before: &[Issue], after: &[Issue], at: Timestamp) -> Vec<TimelineItem> {
    let by_id = |issues: &[Issue]| -> BTreeMap<String, Issue> {
        let pairs = issues.iter().map(|issue| (issue.id.clone(), issue.clone()));
        pairs.collect()
    };
    let mut before = by_id(before);
    let item = |change, was, issue| TimelineItem {
        at: at.into(),
        change,
        was,
        issue,
    };
    let mut items = Vec::new();
    for issue in after {
        match before.remove(&issue.id) {
            None => items.push(item(IssueChange::Opened, None, issue.clone())),
            Some(known) if known.severity != issue.severity => {
                let was = Some(known.severity);
                items.push(item(IssueChange::Changed, was, issue.clone()));
            }
            Some(_) => {}
        }
    }
    for issue in before.into_values() {
        items.push(item(IssueChange::Resolved, None, issue));
    }
    items
}

#[cfg(test)]
mod tests {
    use telemetron_model::oracle::{SourceState, SourceStatus, SubjectKind};
    use telemetron_model::record::Severity;

    use super::*;

    fn finding(subject: &str, severity: Severity) -> Finding {
        Finding::new(IssueKind::StuckTask, severity, SubjectKind::Task, subject)
    }

    fn facts(second: i64, status: SourceStatus) -> Facts {
        let mut facts = Facts::none(Timestamp::from_millis(second * 1000));
        facts.sources.push(SourceState {
            name: SourceName::Telemetry,
            status,
            updated_at: None,
            age_seconds: None,
            took_ms: None,
            reason: None,
        });
        facts
    }

    fn open(issues: &[Issue]) -> BTreeMap<String, Issue> {
        let pairs = issues.iter().map(|issue| (issue.id.clone(), issue.clone()));
        pairs.collect()
    }

    #[test]
    fn an_issue_keeps_its_first_moment_while_it_lasts_and_is_gone_when_it_does_not() {
        let fresh = SourceStatus::Fresh;
        let found = vec![finding("t", Severity::Warning)];
        let first = merge(BTreeMap::new(), found.clone(), &facts(1, fresh));
        let second = merge(open(&first), found, &facts(2, fresh));
        assert_eq!(second[0].id, "stuck_task:t");
        assert_eq!(second[0].first_seen, first[0].first_seen);
        assert_ne!(second[0].last_seen, first[0].last_seen);
        assert_eq!(merge(open(&second), Vec::new(), &facts(3, fresh)), []);
    }

    #[test]
    fn an_issue_stays_as_it_was_while_its_source_is_silent() {
        let found = vec![finding("t", Severity::Warning)];
        let first = merge(BTreeMap::new(), found, &facts(1, SourceStatus::Fresh));
        let silent = facts(2, SourceStatus::Absent);
        assert_eq!(merge(open(&first), Vec::new(), &silent), first);
    }

    #[test]
    fn a_stuck_span_stays_while_nobody_tells_what_runs() {
        let mut now = facts(1, SourceStatus::Fresh);
        let mut traces = now.sources[0].clone();
        traces.name = SourceName::Traces;
        now.sources.push(traces);
        let (kind, severity) = (IssueKind::StuckSpan, Severity::Error);
        let stuck = Finding::new(kind, severity, SubjectKind::Trace, "t");
        let first = merge(BTreeMap::new(), vec![stuck], &now);
        now.sources[0].status = SourceStatus::Absent;
        assert_eq!(merge(open(&first), Vec::new(), &now), first);
        now.sources[0].status = SourceStatus::Fresh;
        assert_eq!(merge(open(&first), Vec::new(), &now), []);
    }

    #[test]
    fn a_change_of_severity_is_told_with_what_it_was() {
        let now = facts(1, SourceStatus::Fresh);
        let mild = merge(BTreeMap::new(), vec![finding("t", Severity::Warning)], &now);
        let bad = merge(open(&mild), vec![finding("t", Severity::Error)], &now);
        let told = changes(&mild, &bad, now.now);
        assert_eq!(told[0].change, IssueChange::Changed);
        assert_eq!(told[0].was, Some(Severity::Warning));
        assert_eq!(changes(&[], &bad, now.now)[0].change, IssueChange::Opened);
        assert_eq!(changes(&bad, &[], now.now)[0].change, IssueChange::Resolved);
    }
}

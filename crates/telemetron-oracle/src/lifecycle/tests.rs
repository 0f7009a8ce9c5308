//! The life of issues: while sources tell, while they do not, and once nobody asks them.

use telemetron_model::record::Severity;
use telemetron_view::oracle::{IssueKind, SubjectKind};

use super::*;

const SECOND: i64 = 1_000_000_000;

/// How long an issue stays open that nobody can check.
const LONGEST: i64 = 1000 * SECOND;

fn finding(subject: &str, severity: Severity) -> Finding {
    Finding::new(IssueKind::StuckTask, severity, SubjectKind::Task, subject).says("it is stuck")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_nanos(second * SECOND)
}

/// Facts of then, with the telemetry in this state; it told last at second 1.
fn facts(second: i64, status: SourceStatus) -> Facts {
    let mut facts = Facts::none(at(second));
    facts.sources.push(SourceState {
        name: SourceName::Telemetry,
        status,
        configured: true,
        updated_at: Some(at(1).into()),
        age_seconds: None,
        took_ms: None,
        reason: (status != SourceStatus::Fresh).then(|| "it hangs".to_owned()),
    });
    facts
}

/// The same, and nobody asks it.
fn off(second: i64) -> Facts {
    let mut facts = facts(second, SourceStatus::Absent);
    facts.sources[0].configured = false;
    facts.sources[0].reason = Some("it is switched off".to_owned());
    facts
}

fn merged(before: &[Issue], found: &[Finding], facts: &Facts) -> Vec<Issue> {
    let open = before.iter().map(|issue| (issue.id.clone(), issue.clone()));
    merge(open.collect(), found.to_vec(), facts, LONGEST)
}

/// An issue that was noticed at second 1.
fn stuck() -> Vec<Issue> {
    let found = [finding("t", Severity::Warning)];
    merged(&[], &found, &facts(1, SourceStatus::Fresh))
}

#[test]
fn an_issue_keeps_its_first_moment_while_it_lasts_and_is_gone_when_it_does_not() {
    let found = [finding("t", Severity::Warning)];
    let first = stuck();
    let second = merged(&first, &found, &facts(2, SourceStatus::Fresh));
    assert_eq!(second[0].id, "stuck_task:t");
    assert_eq!(second[0].first_seen, first[0].first_seen);
    assert_ne!(second[0].last_seen, first[0].last_seen);
    assert_eq!(merged(&second, &[], &facts(3, SourceStatus::Fresh)), []);
}

#[test]
fn the_worse_of_two_findings_of_one_issue_stands_and_keeps_its_first_moment() {
    let both = [Severity::Warning, Severity::Error].map(|severity| finding("t", severity));
    let later = merged(&stuck(), &both, &facts(9, SourceStatus::Fresh));
    assert_eq!(later.len(), 1);
    assert_eq!(later[0].severity, Severity::Error);
    assert_eq!(later[0].first_seen, at(1).into());
}

#[test]
fn an_issue_stays_open_while_its_source_is_away_and_says_since_when_it_was_not_checked() {
    let first = stuck();
    let starting = facts(2, SourceStatus::Starting);
    assert_eq!(
        merged(&first, &[], &starting),
        first,
        "it will tell in a moment"
    );
    let away = facts(301, SourceStatus::Absent);
    let open = merged(&first, &[], &away);
    let expected = Unchecked {
        source: SourceName::Telemetry,
        since: at(1).into(),
        why: "it hangs".to_owned(),
    };
    assert_eq!(open[0].unchecked.as_ref(), Some(&expected));
    assert_eq!(open[0].last_seen, first[0].last_seen);
    assert_eq!(
        told(open[0].clone(), away.now).summary,
        "it is stuck (not checked for 5 min: telemetry is absent, it hangs)"
    );
    let found = [finding("t", Severity::Warning)];
    let back = merged(&open, &found, &facts(302, SourceStatus::Fresh));
    assert_eq!(back[0].unchecked, None);
    assert_eq!(merged(&open, &[], &facts(302, SourceStatus::Fresh)), []);
}

#[test]
fn a_process_that_never_heard_of_the_source_counts_from_when_the_issue_was_noticed_last() {
    let mut away = facts(100, SourceStatus::Absent);
    away.sources[0].updated_at = None;
    let open = merged(&stuck(), &[], &away);
    assert_eq!(open[0].unchecked.as_ref().unwrap().since, at(1).into());
}

#[test]
fn an_issue_whose_source_nobody_asks_any_more_is_resolved_with_the_reason() {
    let first = stuck();
    let away = merged(&first, &[], &facts(5, SourceStatus::Absent));
    for before in [first, away] {
        let shown = vec![told(before[0].clone(), at(9))];
        let facts = off(10);
        let after = merged(&before, &[], &facts);
        assert_eq!(after, []);
        let [gone] = &changes(&shown, &after, &facts.sources, facts.now)[..] else {
            panic!("{shown:?}");
        };
        assert_eq!(gone.change, IssueChange::Resolved);
        assert_eq!(
            gone.issue.summary,
            "it is stuck (given up: telemetry is not asked any more, it is switched off)"
        );
        let unchecked = gone.issue.unchecked.as_ref().unwrap();
        assert_eq!(unchecked.why, "it is switched off");
    }
}

#[test]
fn an_issue_that_nobody_could_check_for_as_long_as_the_memory_reaches_is_given_up() {
    let first = stuck();
    let open = merged(&first, &[], &facts(1001, SourceStatus::Absent));
    assert_eq!(open.len(), 1);
    let late = facts(1002, SourceStatus::Absent);
    assert_eq!(merged(&open, &[], &late), []);
    let gone = &changes(&open, &[], &late.sources, late.now)[0];
    let said = &gone.issue.summary;
    assert!(
        said.contains("(given up: telemetry is absent since 1970-01-01T00:00:01"),
        "{said}"
    );
}

#[test]
fn an_issue_that_took_two_sources_stays_while_either_of_them_is_away() {
    let mut now = facts(1, SourceStatus::Fresh);
    let mut traces = now.sources[0].clone();
    traces.name = SourceName::Traces;
    now.sources.push(traces);
    let (kind, severity) = (IssueKind::StuckSpan, Severity::Error);
    let stuck = Finding::new(kind, severity, SubjectKind::Trace, "t").needs(SourceName::Telemetry);
    let first = merged(&[], &[stuck], &now);
    now.sources[0].status = SourceStatus::Absent;
    assert_eq!(merged(&first, &[], &now).len(), 1);
    now.sources[0].status = SourceStatus::Fresh;
    assert_eq!(merged(&first, &[], &now), []);
}

#[test]
fn an_issue_that_was_remembered_without_its_sources_goes_by_those_of_its_kind() {
    let mut first = stuck();
    first[0].sources.clear();
    assert_eq!(
        merged(&first, &[], &facts(2, SourceStatus::Absent)).len(),
        1
    );
    assert_eq!(merged(&first, &[], &facts(2, SourceStatus::Fresh)), []);
}

#[test]
fn a_change_of_severity_is_told_with_what_it_was() {
    let now = facts(1, SourceStatus::Fresh);
    let mild = stuck();
    let bad = merged(&mild, &[finding("t", Severity::Error)], &now);
    let told = |before: &[Issue], after: &[Issue]| changes(before, after, &now.sources, now.now);
    assert_eq!(told(&mild, &bad)[0].change, IssueChange::Changed);
    assert_eq!(told(&mild, &bad)[0].was, Some(Severity::Warning));
    assert_eq!(told(&[], &bad)[0].change, IssueChange::Opened);
    let gone = &told(&bad, &[])[0];
    assert_eq!(
        (gone.change, &gone.issue.unchecked),
        (IssueChange::Resolved, &None)
    );
}

#[test]
fn lag_that_cannot_be_told_for_a_moment_is_neither_found_nor_gone() {
    let (kind, severity) = (IssueKind::IngestionLag, Severity::Error);
    let lag = Finding::new(kind, severity, SubjectKind::System, "ingestion");
    let known = |second, ingest| {
        let mut facts = Facts::none(at(second));
        let lags = crate::facts::Lags {
            ingest,
            ..Default::default()
        };
        facts.kafka = Some(std::sync::Arc::new(lags));
        facts
    };
    let none_waits = Some(crate::facts::Waiting::default());
    let open = merged(&[], &[lag], &known(1, none_waits.clone()));
    assert_eq!(merged(&open, &[], &known(2, None)).len(), 1);
    assert_eq!(merged(&open, &[], &known(2, none_waits)), []);
    let much_later = 2 + LONGEST / SECOND;
    assert_eq!(merged(&open, &[], &known(much_later, None)), []);
}

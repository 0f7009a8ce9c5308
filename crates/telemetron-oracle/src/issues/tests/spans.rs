//! Spans that are stuck, and long work that is not.

use telemetron_model::fold::Measures;
use telemetron_model::record::{Severity, SpanKind};
use telemetron_view::oracle::IssueKind;

use super::super::support::*;
use super::{after, sentence};

#[test]
fn the_innermost_span_that_runs_far_beyond_its_p99_is_stuck() {
    let mut usual = Measures {
        finished: 100,
        ..Measures::default()
    };
    usual.durations.add(40_000_000_000, 100);
    let (mut telemetry, mut traces) = healthy();
    traces.usually.agents = vec![("coder".to_owned(), usual)];
    telemetry.running = vec![running(1, 1, "coder", 300), running(1, 2, "coder", 290)];
    // Ten times forty seconds is more than it has run.
    assert!(ids(&facts(telemetry.clone(), traces.clone())).is_empty());
    telemetry.running = vec![running(1, 1, "coder", 900), running(1, 2, "coder", 800)];
    let facts = facts(telemetry, traces);
    let said = sentence(&facts);
    assert!(
        said.contains("runs for 13 min, where 99 of 100 take at most"),
        "{said}"
    );
}

#[test]
fn an_operation_that_never_ended_is_stuck_after_a_fixed_time() {
    let runs = |seconds| after(|told| told.running = vec![running(1, 1, "new", seconds)]);
    assert!(runs(1700).is_empty());
    assert_eq!(runs(1900).len(), 1);
}

#[test]
fn long_work_that_goes_on_is_not_stuck_and_a_call_that_hangs_in_it_is() {
    let runs = |kind, heard| {
        after(|told| {
            let mut span = running(1, 1, "new", 36_000);
            span.heard_at = before(heard);
            span.kind = kind;
            told.running = vec![span];
        })
    };
    assert!(runs(SpanKind::Agent, 20).is_empty());
    assert!(runs(SpanKind::Chain, 20).is_empty());
    assert_eq!(runs(SpanKind::Agent, 301).len(), 1);
    assert_eq!(runs(SpanKind::Tool, 20).len(), 1);
}

#[test]
fn an_agent_far_beyond_its_p99_that_still_does_something_is_worth_a_look_only() {
    let mut usual = Measures {
        finished: 100,
        ..Measures::default()
    };
    usual.durations.add(5_000_000_000, 100);
    let (mut telemetry, mut traces) = healthy();
    traces.usually.agents = vec![("coder".to_owned(), usual)];
    telemetry.running = vec![running(1, 1, "coder", 900)];
    telemetry.running[0].heard_at = before(10);
    let facts = facts(telemetry, traces);
    let issue = found(&facts)[0].clone().into_issue(before(0), before(0));
    assert_eq!(
        (issue.kind, issue.severity),
        (IssueKind::StuckSpan, Severity::Warning)
    );
}

//! Each rule on facts: it finds what it should, says it, and finds nothing on a healthy system.

mod agents;
mod cases;
mod cluster;
mod each_kind;
mod properties;
mod queues;
mod spans;
mod tasks;
mod traces;
mod waits;

use telemetron_model::record::Severity;
use telemetron_view::oracle::IssueKind;

use super::support::*;
use crate::facts::{Facts, Telemetry, Traces};

/// What is found when the healthy telemetry is changed.
fn after(change: impl FnOnce(&mut Telemetry)) -> Vec<String> {
    let (mut telemetry, traces) = healthy();
    change(&mut telemetry);
    ids(&facts(telemetry, traces))
}

/// What is found when the healthy traces are changed.
fn after_traces(change: impl FnOnce(&mut Traces)) -> Vec<String> {
    let (telemetry, mut traces) = healthy();
    change(&mut traces);
    ids(&facts(telemetry, traces))
}

/// The sentence of the only finding.
fn sentence(facts: &Facts) -> String {
    let [finding] = &found(facts)[..] else {
        panic!("{:?}", ids(facts));
    };
    let issue = finding.clone().into_issue(before(0), before(0));
    assert!(!issue.evidence.is_empty(), "{issue:?}");
    issue.summary
}

#[test]
fn nothing_is_wrong_on_a_healthy_system() {
    assert_eq!(after(|_| {}), Vec::<String>::new());
    assert_eq!(ids(&Facts::none(before(0))), Vec::<String>::new());
}

#[test]
fn a_finding_has_a_stable_id_and_says_what_to_do_next() {
    let (mut telemetry, traces) = healthy();
    telemetry.open[0].started_at = Some(before(3600));
    telemetry.open[0].said_at = before(3600);
    let facts = facts(telemetry, traces);
    let issue = found(&facts)[0].clone().into_issue(before(1), before(0));
    assert_eq!(
        (issue.kind, issue.severity),
        (IssueKind::StuckTask, Severity::Error)
    );
    assert_eq!(issue.since, before(3600).into());
    assert_eq!(issue.next.call, "/api/v1/oracle/agents");
}

//! Every sort of issue: it opens just beyond its threshold and not at it, and closes again.

use std::collections::BTreeMap;

use telemetron_model::record::{AgentStatus, TaskStatus};
use telemetron_view::oracle::{
    ContainerState, Issue, IssueChange, IssueKind, PodPhase, SourceName,
};

use super::super::support::*;
use super::cases::*;
use super::cluster::{ended, pod, rollout, unready};
use crate::facts::Facts;
use crate::lifecycle::{changes, merge};

/// The facts just beyond the threshold of a kind, or at it.
fn case(kind: IssueKind, beyond: bool) -> Facts {
    let over = |limit: i64| limit + i64::from(beyond);
    match kind {
        IssueKind::FailedTask => told(|told| {
            let mut failed = task("t-3", TaskStatus::Failed);
            failed.ended_at = Some(before(if beyond { 900 } else { 901 }));
            told.ended = vec![failed];
        }),
        IssueKind::StuckTask => told(|told| {
            told.open[0].started_at = Some(before(over(1800)));
            told.open[0].said_at = before(1800);
        }),
        IssueKind::WaitingTask => told(|told| {
            told.open.remove(0);
            told.open[0].submitted_at = before(over(1800));
        }),
        IssueKind::BlockedTask => told(|told| {
            told.open[1].blocked_by = Some("t-9".to_owned());
            told.open[1].submitted_at = before(over(600));
        }),
        IssueKind::OverloadedAgent => told(|told| {
            told.running.clear();
            let tasks = (0..over(2)).map(|n| task(&format!("x-{n}"), TaskStatus::Running));
            told.open = tasks.collect();
        }),
        IssueKind::SilentAgent => told(|told| told.registered[0].said_at = before(over(90))),
        IssueKind::UnhealthyAgent => told(|told| {
            let status = [AgentStatus::Healthy, AgentStatus::Unhealthy];
            told.registered[0].status = status[usize::from(beyond)];
        }),
        IssueKind::StuckSpan => told(|told| told.running = vec![running(1, 1, "new", over(1800))]),
        IssueKind::Deadlock => circle(over(60)),
        IssueKind::PodPending => pending(over(120)),
        IssueKind::PodNotReady => unready(over(600)),
        IssueKind::PodFailed => {
            let phase = [PodPhase::Succeeded, PodPhase::Failed];
            pod(phase[usize::from(beyond)], ContainerState::default())
        }
        IssueKind::PodCrashLoop => pod(PodPhase::Running, ended("Error", 10, over(2))),
        IssueKind::PodOomKilled => {
            let seconds = if beyond { 3600 } else { 3601 };
            pod(PodPhase::Running, ended("OOMKilled", seconds, 1))
        }
        IssueKind::RolloutStalled => rollout(beyond.then_some("ProgressDeadlineExceeded")),
        IssueKind::ModelNearLimit => near_limit(899 + i32::from(beyond)),
        IssueKind::RateLimited => refusal("Error 429: slow down", beyond),
        IssueKind::ContextExhausted => refusal("prompt is too long: 210000 tokens", beyond),
        IssueKind::ErrorRateJump => jump(&work(50, over(9), 500, 0), &work(600, 6, 500, 12)),
        IssueKind::LatencyJump => {
            let millis = if beyond { 1800 } else { 1200 };
            jump(&work(50, 0, millis, 0), &work(600, 6, 500, 12))
        }
        IssueKind::CostJump => {
            let dollars = if beyond { 7 } else { 5 };
            costs(spent((30, dollars)), spent((30, 2)))
        }
        IssueKind::HandoffLoop => to_and_fro(over(5)),
        IssueKind::ToolLoop => repeated(over(4), 5),
        IssueKind::OrphanSpans => lost(over(0)),
        IssueKind::RetriesExhausted => given_up(over(0)),
        IssueKind::PoisonRecords => rejected(over(0)),
        IssueKind::IngestionLag => lags(over(30), 0),
        IssueKind::ConsumerLag => lags(0, over(1000)),
    }
}

fn issues(facts: &Facts) -> Vec<Issue> {
    let found = found(facts).into_iter();
    found
        .map(|finding| finding.into_issue(facts.now, facts.now))
        .collect()
}

#[test]
fn each_opens_beyond_its_threshold_and_not_at_it() {
    for kind in IssueKind::ALL {
        assert_eq!(issues(&case(*kind, false)), [], "{kind} at its threshold");
        let beyond = issues(&case(*kind, true));
        let kinds: Vec<_> = beyond.iter().map(|issue| issue.kind).collect();
        assert_eq!(kinds, [*kind]);
    }
}

#[test]
fn each_says_a_sentence_with_numbers_and_a_call_that_can_be_made() {
    for kind in IssueKind::ALL {
        let issue = issues(&case(*kind, true)).remove(0);
        let said = &issue.summary;
        assert!(said.chars().any(|letter| letter.is_ascii_digit()), "{said}");
        assert!(!said.ends_with('.'), "{said}");
        let call = &issue.next.call;
        assert!(
            call.starts_with("/api/v1/") && !call.contains(' '),
            "{call}"
        );
        assert_ne!(issue.next.why, "");
    }
}

#[test]
fn each_is_opened_once_and_resolved_when_it_is_not_found_any_more() {
    for kind in IssueKind::ALL {
        let mut facts = case(*kind, true);
        facts.sources = SourceName::ALL.iter().copied().map(fresh).collect();
        let open = merge(BTreeMap::new(), found(&facts), &facts, i64::MAX);
        let known = || open.iter().map(|issue| (issue.id.clone(), issue.clone()));
        let again = merge(known().collect(), found(&facts), &facts, i64::MAX);
        let became = |after| changes(&open, after, &facts.sources, facts.now);
        assert_eq!(became(&again), [], "{kind}");
        let after = merge(known().collect(), Vec::new(), &facts, i64::MAX);
        let [resolved] = &became(&after)[..] else {
            panic!("{kind}: {after:?}");
        };
        assert_eq!(resolved.change, IssueChange::Resolved);
    }
}

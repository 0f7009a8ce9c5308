//! What holds of issues whatever the sources tell: the same facts give the same issues, in the same
//! order, under the same ids, and nothing is lost or told twice on the way.

use std::collections::BTreeMap;

use proptest::prelude::*;
use telemetron_model::record::{Priority, SpanKind, TaskStatus};
use telemetron_view::oracle::{Issue, IssueChange, SourceName, SourceStatus};

use super::super::support::*;
use super::cases::{jump, work};
use crate::facts::{Facts, Telemetry, Traces};
use crate::lifecycle::{changes, merge};

prop_compose! {
    fn a_task()(
        id in 0..6u8, status in 0..5usize, level in 0..4usize, blocker in 0..8u8,
        submitted in 0..5000i64, begun in 0..5000i64, said in 0..5000i64,
    ) -> telemetron_store::read::oracle::tasks::TaskRow {
        let mut task = task(&format!("t-{id}"), TaskStatus::ALL[status]);
        task.priority = Priority::ALL[level];
        task.blocked_by = (blocker < 6).then(|| format!("t-{blocker}"));
        task.submitted_at = before(submitted.max(begun));
        task.started_at = task.started_at.map(|_| before(begun));
        task.said_at = before(said.min(begun));
        task
    }
}

prop_compose! {
    fn telemetry()(
        tasks in prop::collection::vec(a_task(), 0..12),
        spans in prop::collection::vec((1..4u8, 1..9u8, 0..9000i64, 0..900i64, any::<bool>()), 0..12),
        silence in 0..400i64,
    ) -> Telemetry {
        let (mut told, _) = healthy();
        let tasks: BTreeMap<_, _> = tasks.into_iter().map(|it| (it.task_id.clone(), it)).collect();
        let ended = |status| matches!(status, TaskStatus::Completed | TaskStatus::Failed);
        (told.ended, told.open) = tasks.into_values().partition(|task| ended(task.status));
        told.running = spans
            .into_iter()
            .map(|(trace, span, seconds, heard, calls)| {
                let mut span = running(trace, span, "coder", seconds);
                span.kind = if calls { SpanKind::Tool } else { SpanKind::Agent };
                span.heard_at = before(heard.min(seconds));
                span
            })
            .collect();
        told.registered[0].said_at = before(silence);
        told
    }
}

prop_compose! {
    fn traces()(
        refusals in prop::collection::vec((1..9u8, 0..600i64, any::<bool>()), 0..9),
        rounds in 0..14i64, calls in 20..90i64, failed in 0..90i64, millis in 100..9000i64,
    ) -> Traces {
        let jumped = jump(&work(calls, failed.min(calls), millis, 3), &work(600, 6, 500, 2));
        let mut traces = Traces::clone(jumped.traces.as_deref().unwrap());
        let refusal = |(span, seconds, rate)| {
            refused(span, if rate { "429" } else { "prompt is too long" }, seconds)
        };
        traces.failures = refusals.into_iter().map(refusal).collect();
        let turn = |n| match n % 2 {
            0 => passed("coder", "reviewer", 100 - n),
            _ => passed("reviewer", "coder", 100 - n),
        };
        traces.handoffs = (0..rounds).map(turn).collect();
        traces
    }
}

prop_compose! {
    fn told()(telemetry in telemetry(), traces in traces()) -> Facts {
        facts(telemetry, traces)
    }
}

/// The issues that follow from facts when these were open.
fn issues(before: &[Issue], facts: &Facts) -> Vec<Issue> {
    let open = before.iter().map(|issue| (issue.id.clone(), issue.clone()));
    merge(open.collect(), found(facts), facts, i64::MAX)
}

/// The same facts, with every list the other way round.
fn reversed(facts: &Facts) -> Facts {
    let mut telemetry = Telemetry::clone(facts.telemetry.as_deref().unwrap());
    telemetry.open.reverse();
    telemetry.ended.reverse();
    telemetry.registered.reverse();
    let mut traces = Traces::clone(facts.traces.as_deref().unwrap());
    traces.lately.tools.reverse();
    super::super::support::facts(telemetry, traces)
}

fn ids_of(issues: &[Issue]) -> Vec<&str> {
    issues.iter().map(|issue| issue.id.as_str()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_same_facts_give_the_same_issues(facts in told()) {
        prop_assert_eq!(issues(&[], &facts), issues(&[], &facts));
    }

    #[test]
    fn the_order_in_which_tasks_and_agents_are_told_changes_no_id(facts in told()) {
        let there = issues(&[], &facts);
        let back = issues(&[], &reversed(&facts));
        prop_assert_eq!(ids_of(&there), ids_of(&back));
    }

    #[test]
    fn ids_are_unique_and_the_worst_and_oldest_come_first(facts in told()) {
        let issues = issues(&[], &facts);
        let by_id: BTreeMap<_, _> = issues.iter().map(|issue| (&issue.id, issue)).collect();
        prop_assert_eq!(by_id.len(), issues.len());
        for pair in issues.windows(2) {
            let rank = |issue: &Issue| (std::cmp::Reverse(issue.severity), issue.since.0);
            prop_assert!(rank(&pair[0]) <= rank(&pair[1]));
        }
    }

    #[test]
    fn every_issue_explains_itself_and_did_not_begin_in_the_future(facts in told()) {
        for issue in issues(&[], &facts) {
            prop_assert!(issue.summary.chars().any(|letter| letter.is_ascii_digit()));
            prop_assert!(!issue.evidence.is_empty() && issue.evidence.len() <= 12);
            prop_assert!(issue.next.call.starts_with("/api/v1/"));
            prop_assert!(issue.since.0 <= facts.now && issue.first_seen.0 <= facts.now);
            prop_assert!(issue.sources.contains(&issue.kind.source()));
        }
    }

    #[test]
    fn what_opened_and_what_was_resolved_tell_all_that_changed(before in told(), after in told()) {
        let (was, is) = (issues(&[], &before), issues(&[], &before));
        prop_assert_eq!(changes(&was, &is, &before.sources, before.now), []);
        let is = issues(&was, &after);
        let mut ids: Vec<_> = was.iter().map(|issue| issue.id.clone()).collect();
        for item in changes(&was, &is, &after.sources, after.now) {
            match item.change {
                IssueChange::Opened => ids.push(item.issue.id),
                IssueChange::Resolved => ids.retain(|id| *id != item.issue.id),
                IssueChange::Changed => prop_assert!(ids.contains(&item.issue.id)),
            }
        }
        ids.sort();
        let mut expected: Vec<_> = is.iter().map(|issue| issue.id.clone()).collect();
        expected.sort();
        prop_assert_eq!(ids, expected);
    }

    #[test]
    fn nothing_closes_while_nobody_tells(facts in told()) {
        let open = issues(&[], &facts);
        let mut silent = Facts::none(facts.now);
        silent.sources = [SourceName::Telemetry, SourceName::Traces].map(fresh).into();
        for source in &mut silent.sources {
            source.status = SourceStatus::Absent;
        }
        let still = issues(&open, &silent);
        prop_assert_eq!(ids_of(&still), ids_of(&open));
        prop_assert!(still.iter().all(|issue| issue.unchecked.is_some()));
    }
}

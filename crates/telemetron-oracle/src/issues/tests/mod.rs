//! Each rule on facts: it finds what it should, says it, and finds nothing on a healthy system.

mod cases;
mod cluster;
mod each_kind;
mod properties;
mod queues;
mod traces;
mod waits;

use std::sync::Arc;

use telemetron_model::fold::Measures;
use telemetron_model::oracle::{IssueKind, QueuedTask, TaskPriority};
use telemetron_model::record::{AgentStatus, Priority, Severity, SpanKind, TaskStatus};

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
fn a_task_that_failed_lately_is_an_issue_and_an_old_one_is_not() {
    let failed = |seconds| {
        let mut task = task("t-3", TaskStatus::Failed);
        task.ended_at = Some(before(seconds));
        task.error = Some("no disk".to_owned());
        task
    };
    let (mut telemetry, traces) = healthy();
    telemetry.ended = vec![failed(30)];
    let said = sentence(&facts(telemetry, traces));
    assert_eq!(
        said,
        "task t-3 of queue work failed 30 s ago by coder: no disk"
    );
    assert!(after(|told| told.ended = vec![failed(1000)]).is_empty());
}

#[test]
fn a_task_that_is_worked_on_for_too_long_is_stuck_unless_something_is_heard_of_it() {
    let worked_on = |heard: i64, said: i64| {
        let (mut telemetry, traces) = healthy();
        telemetry.open[0].started_at = Some(before(3600));
        telemetry.open[0].said_at = before(said);
        telemetry.open[0].trace_id = Some(trace(3));
        telemetry.heard.insert(trace(3), before(heard));
        facts(telemetry, traces)
    };
    let stuck = worked_on(400, 3600);
    assert_eq!(ids(&stuck), ["stuck_task:t-1"]);
    assert_eq!(
        sentence(&stuck),
        "task t-1 of queue work is running for 60 min by coder, more than 1800 s, and nothing was \
         heard of it for 7 min"
    );
    // Its trace goes on, or it is told of itself: long work is no stuck work.
    assert!(ids(&worked_on(20, 3600)).is_empty());
    assert!(ids(&worked_on(400, 20)).is_empty());
}

#[test]
fn a_task_that_waits_for_a_failed_or_unknown_one_is_blocked() {
    let blocked = |blocker: TaskStatus, seconds| {
        after(|told| {
            told.open[1].blocked_by = Some("t-0".to_owned());
            told.open[1].submitted_at = before(seconds);
            told.blockers = vec![task("t-0", blocker)];
        })
    };
    assert_eq!(blocked(TaskStatus::Failed, 10), ["blocked_task:t-2"]);
    assert!(blocked(TaskStatus::Running, 10).is_empty());
    assert_eq!(blocked(TaskStatus::Submitted, 700), ["blocked_task:t-2"]);
    assert!(blocked(TaskStatus::Completed, 700).is_empty());
    // One that is worked on takes its time, until it is stuck.
    assert!(blocked(TaskStatus::Running, 700).is_empty());
    let behind_stuck = after(|told| {
        let mut stuck = task("t-0", TaskStatus::Running);
        stuck.started_at = Some(before(3600));
        stuck.said_at = before(3600);
        told.open[1].blocked_by = Some("t-0".to_owned());
        told.blockers = vec![stuck];
    });
    assert_eq!(behind_stuck, ["blocked_task:t-2"]);
    let unknown = after(|told| {
        told.open[1].blocked_by = Some("t-0".to_owned());
        told.open[1].submitted_at = before(700);
    });
    assert_eq!(unknown, ["blocked_task:t-2"]);
}

#[test]
fn an_agent_with_more_tasks_than_it_takes_is_overloaded() {
    let busy = |count| {
        after(|told| {
            let tasks = (0..count).map(|n| task(&format!("x-{n}"), TaskStatus::Running));
            told.open = tasks.collect();
            told.running.clear();
        })
    };
    assert!(busy(2).is_empty());
    assert_eq!(busy(3), ["overloaded_agent:coder"]);
}

#[test]
fn what_may_be_one_thing_seen_twice_or_is_long_gone_loads_no_agent() {
    let busy = |change: fn(&mut Telemetry)| {
        after(|told| {
            told.open = ["a", "b"].map(|id| task(id, TaskStatus::Running)).to_vec();
            told.running = vec![running(1, 1, "coder", 60), running(2, 2, "coder", 60)];
            change(told);
        })
    };
    // The spans may be the work on the tasks, which name no trace.
    assert!(busy(|_| {}).is_empty());
    let apart = busy(|told| {
        told.open
            .iter_mut()
            .for_each(|task| task.trace_id = Some(trace(7)))
    });
    assert_eq!(apart, ["overloaded_agent:coder"]);
    // The end of a task and the start of the next come by two ways.
    let just_begun = busy(|told| {
        told.open
            .iter_mut()
            .for_each(|task| task.trace_id = Some(trace(7)));
        told.open
            .iter_mut()
            .for_each(|task| task.started_at = Some(before(2)));
    });
    assert!(just_begun.is_empty());
    let crashed = busy(|told| {
        told.open.clear();
        told.running = (1..9).map(|n| running(n, n, "coder", 4000)).collect();
        told.registered[0].said_at = before(1);
    });
    assert!(
        crashed.iter().all(|id| id.starts_with("stuck_span:")),
        "{crashed:?}"
    );
}

#[test]
fn an_agent_is_silent_without_a_heartbeat_unless_it_said_goodbye() {
    let silent = |status| {
        after(|told| {
            told.registered[0].said_at = before(100);
            told.registered[0].status = status;
        })
    };
    assert_eq!(silent(AgentStatus::Healthy), ["silent_agent:coder-1"]);
    assert!(silent(AgentStatus::Unregistered).is_empty());
    let unwell = after(|told| told.registered[0].status = AgentStatus::Unhealthy);
    assert_eq!(unwell, ["unhealthy_agent:coder-1"]);
}

#[test]
fn a_silent_instance_beside_one_that_lives_is_milder_and_replaced_after_an_hour() {
    let silent = |seconds| {
        let (mut telemetry, traces) = healthy();
        let mut gone = registered("coder");
        gone.agent_id = "coder-0".to_owned();
        gone.said_at = before(seconds);
        telemetry.registered.push(gone);
        facts(telemetry, traces)
    };
    let beside = silent(100);
    assert_eq!(ids(&beside), ["silent_agent:coder-0"]);
    let issue = found(&beside)[0].clone().into_issue(before(0), before(0));
    assert_eq!(issue.severity, Severity::Warning);
    let said = issue.summary;
    assert!(
        said.ends_with("goodbye; beside it 1 instance is well"),
        "{said}"
    );
    assert!(ids(&silent(3601)).is_empty());
}

#[test]
fn a_task_of_a_topic_whose_reader_has_begun_it_does_not_wait() {
    let waiting = |begun: bool| {
        let mut facts = cases::lags(0, 1);
        let mut task = task("t-9", TaskStatus::Running);
        task.started_at = Some(before(60));
        let queued = QueuedTask {
            id: "t-9".to_owned(),
            invoked_by: None,
            priority: TaskPriority {
                level: Priority::Critical,
                blocked_task: None,
                waiting_since_mins: None,
            },
            prompt: None,
            args: None,
            submitted_at: before(100).into(),
        };
        let kafka = facts.kafka.as_mut().map(Arc::make_mut);
        kafka.unwrap().topics[0].tasks = vec![queued];
        if begun {
            let telemetry = facts.telemetry.as_mut().map(Arc::make_mut);
            telemetry.unwrap().open = vec![task];
        }
        ids(&facts)
    };
    assert_eq!(waiting(false), ["waiting_task:work/critical"]);
    assert!(waiting(true).is_empty());
}

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

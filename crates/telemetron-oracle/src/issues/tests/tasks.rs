//! Tasks that failed, do not get on, or wait for another one that does not.

use std::sync::Arc;

use telemetron_model::record::{Priority, TaskStatus};
use telemetron_view::oracle::{QueuedTask, TaskPriority};

use super::super::support::*;
use super::{after, cases, sentence};

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
fn tasks_of_one_queue_that_fail_alike_are_one_issue_that_tells_of_the_last() {
    let failed = |id: &str, seconds, error: &str| {
        let mut task = task(id, TaskStatus::Failed);
        task.ended_at = Some(before(seconds));
        task.error = Some(error.to_owned());
        task
    };
    let (mut telemetry, traces) = healthy();
    telemetry.ended = vec![
        failed("t-3", 90, "no disk after 17 s"),
        failed("t-4", 30, "no disk after 3 s"),
    ];
    let both = facts(telemetry.clone(), traces.clone());
    assert_eq!(
        sentence(&both),
        "2 tasks of queue work failed, the last (t-4) 30 s ago by coder: no disk after 3 s"
    );
    let ids_of_both = ids(&both);
    telemetry.ended.pop();
    let id_of_one = ids(&facts(telemetry.clone(), traces.clone()));
    assert_eq!(id_of_one, ids_of_both, "it is the same fault");
    telemetry.ended.push(failed("t-5", 10, "no network"));
    assert_eq!(ids(&facts(telemetry, traces)).len(), 2);
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

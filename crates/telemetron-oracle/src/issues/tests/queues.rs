//! Tasks that wait, in queues that stand still, move in order, or pass some over.

use telemetron_model::record::{Priority, TaskStatus};
use telemetron_store::read::oracle::tasks::TaskRow;

use super::super::support::*;
use super::{after, sentence};
use crate::facts::Facts;

/// A task that was submitted so many seconds ago and waits.
fn waits(id: &str, priority: Priority, seconds: i64) -> TaskRow {
    let mut task = task(id, TaskStatus::Submitted);
    task.priority = priority;
    task.submitted_at = before(seconds);
    task
}

/// A task that was submitted so many seconds ago and begun a minute ago.
fn begun(id: &str, submitted: i64) -> TaskRow {
    let mut task = task(id, TaskStatus::Running);
    task.submitted_at = before(submitted);
    task.started_at = Some(before(60));
    task
}

fn with(tasks: &[TaskRow]) -> Vec<String> {
    after(|told| told.open = tasks.to_vec())
}

#[test]
fn how_long_a_task_may_wait_follows_from_its_urgency() {
    let alone = |priority, seconds| with(&[waits("t", priority, seconds)]);
    assert_eq!(
        alone(Priority::Critical, 61),
        ["waiting_task:work/critical"]
    );
    assert!(alone(Priority::High, 61).is_empty());
    assert_eq!(alone(Priority::High, 601), ["waiting_task:work/high"]);
    assert_eq!(alone(Priority::Low, 1801), ["waiting_task:work/low"]);
}

#[test]
fn tasks_of_one_queue_and_urgency_are_one_issue_that_names_the_oldest() {
    let tasks: Vec<_> = (0..40)
        .map(|n| waits(&format!("t-{n:02}"), Priority::Critical, 120 - n))
        .collect();
    assert_eq!(with(&tasks), ["waiting_task:work/critical"]);
    let (mut telemetry, traces) = healthy();
    telemetry.open = tasks;
    let facts: Facts = facts(telemetry, traces);
    assert_eq!(
        sentence(&facts),
        "40 critical tasks wait in queue work (t-00, t-01, t-02 and 37 more), the oldest for \
         2 min, more than 60 s, and nobody has begun them"
    );
}

#[test]
fn the_backlog_of_a_queue_that_moves_in_order_can_wait_and_urgent_tasks_cannot() {
    let moving = |waiting: TaskRow| with(&[begun("first", 9000), waiting]);
    assert!(moving(waits("t", Priority::Low, 8000)).is_empty());
    assert!(moving(waits("t", Priority::Normal, 8000)).is_empty());
    let high = moving(waits("t", Priority::High, 8000));
    assert_eq!(high, ["waiting_task:work/high"]);
}

#[test]
fn a_task_that_later_ones_of_its_urgency_pass_by_is_told() {
    let normal = waits("t", Priority::Normal, 8000);
    let passed_by = with(&[begun("later", 300), normal.clone()]);
    assert_eq!(passed_by, ["waiting_task:work/normal"]);
    let mut urgent = begun("urgent", 300);
    urgent.priority = Priority::Critical;
    assert!(with(&[urgent, normal]).is_empty());
}

#[test]
fn a_queue_in_which_nothing_was_begun_for_long_does_not_move() {
    let mut old = begun("old", 9000);
    old.started_at = Some(before(4000));
    let stands = with(&[old, waits("t", Priority::Normal, 1900)]);
    assert_eq!(stands, ["waiting_task:work/normal"]);
}

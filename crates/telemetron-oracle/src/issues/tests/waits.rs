//! Deadlocks, and what looks like one and is none.

use telemetron_model::record::{SpanKind, TaskStatus};
use telemetron_store::read::oracle::running::RunningSpan;
use telemetron_store::read::oracle::tasks::TaskRow;

use super::super::support::*;
use super::{after, sentence};
use crate::facts::{Facts, Telemetry, Traces};

/// What is found with these tasks, and nothing else in hand.
fn with(tasks: &[TaskRow]) -> Vec<String> {
    after(|told| {
        told.open = tasks.to_vec();
        told.running.clear();
    })
}

/// A task of an agent that waits for another one, and was told of so many seconds ago.
fn waits(id: &str, agent: &str, on: &str, seconds: i64) -> TaskRow {
    let mut task = task(id, TaskStatus::Waiting);
    task.agent = Some(agent.to_owned());
    task.blocked_by = Some(on.to_owned());
    task.said_at = before(seconds);
    task
}

/// Two agents of one trace that passed work to each other, and were heard of then.
fn passed_to_each_other(seconds: i64) -> (Telemetry, Traces) {
    let (mut telemetry, mut traces) = healthy();
    telemetry.running = vec![running(1, 1, "a", 200), running(1, 2, "b", 190)];
    traces.handoffs = vec![passed("a", "b", seconds + 10), passed("b", "a", seconds)];
    for handoff in &mut traces.handoffs {
        handoff.heard_at = before(seconds);
    }
    (telemetry, traces)
}

fn call(kind: SpanKind, seconds: i64) -> RunningSpan {
    RunningSpan {
        kind,
        ..running(1, 9, "a", seconds)
    }
}

#[test]
fn tasks_that_wait_for_each_other_are_a_deadlock_after_a_minute() {
    let circle = |other: &str, seconds| {
        with(&[
            waits("a", other, "b", seconds),
            waits("b", "coder", "a", seconds),
        ])
    };
    assert_eq!(circle("planner", 61), ["deadlock:coder+planner"]);
    assert!(circle("planner", 60).is_empty());
    assert_eq!(circle("coder", 61), ["deadlock:task a+task b"]);
    let itself = with(&[waits("a", "coder", "a", 61)]);
    assert_eq!(itself, ["deadlock:coder"]);
}

#[test]
fn a_task_that_waits_for_one_at_work_is_no_deadlock_whoever_works_on_them() {
    let mut at_work = task("a", TaskStatus::Running);
    at_work.said_at = before(120);
    let own = with(&[at_work.clone(), waits("b", "coder", "a", 120)]);
    assert_eq!(own, Vec::<String>::new());
    // The reviewer waits for the coder, who has another task that waits for the reviewer.
    let theirs = waits("c", "reviewer", "a", 120);
    let crossed = with(&[at_work, waits("b", "coder", "c", 120), theirs]);
    assert_eq!(crossed, Vec::<String>::new());
}

#[test]
fn agents_that_pass_work_to_each_other_and_fall_silent_are_a_deadlock() {
    let of = |(telemetry, traces)| -> Facts { facts(telemetry, traces) };
    assert_eq!(ids(&of(passed_to_each_other(61))), ["deadlock:a+b"]);
    assert!(ids(&of(passed_to_each_other(60))).is_empty());
    let said = sentence(&of(passed_to_each_other(140)));
    assert!(
        said.starts_with("a and b wait for each other (a → b → a)"),
        "{said}"
    );
    assert!(said.ends_with("nothing moved for 2 min"), "{said}");
}

#[test]
fn agents_of_two_traces_do_not_wait_for_each_other() {
    let (mut telemetry, mut traces) = passed_to_each_other(140);
    traces.handoffs[1].trace_id = trace(2);
    telemetry
        .running
        .extend([running(2, 3, "a", 200), running(2, 4, "b", 190)]);
    assert!(ids(&facts(telemetry, traces)).is_empty());
}

#[test]
fn a_call_that_began_since_is_work_in_hand_for_as_long_as_any_call_may_take() {
    let with = |call: RunningSpan| {
        let (mut telemetry, traces) = passed_to_each_other(400);
        telemetry.running.push(call);
        ids(&facts(telemetry, traces))
    };
    assert!(with(call(SpanKind::Llm, 299)).is_empty());
    assert!(with(call(SpanKind::Tool, 299)).is_empty());
    assert_eq!(with(call(SpanKind::Llm, 301)), ["deadlock:a+b"]);
    // One that began before the last handoff is no answer to it.
    assert_eq!(with(call(SpanKind::Tool, 500)), ["deadlock:a+b"]);
}

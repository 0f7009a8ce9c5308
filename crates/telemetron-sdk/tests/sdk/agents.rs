//! Agents and tasks.

use std::time::{Duration, Instant};

use telemetron_model::record::{Agent, AgentStatus, Task, TaskStatus};
use telemetron_sdk::{AgentDescriptor, Priority, Record};

use crate::support::{PATIENCE, Seen, start, start_with};

fn agents(seen: &Seen) -> Vec<Agent> {
    seen.sink().of_kind(|record| match record {
        Record::Agent(agent) => Some(*agent),
        _ => None,
    })
}

fn tasks(seen: &Seen) -> Vec<Task> {
    seen.sink().of_kind(|record| match record {
        Record::Task(task) => Some(*task),
        _ => None,
    })
}

#[test]
fn an_agent_registers_says_how_it_is_and_leaves() {
    let seen = start();
    let descriptor = AgentDescriptor::new("planner")
        .id("planner-1")
        .description("plans")
        .capability("plan")
        .model("gpt-5")
        .max_parallel(4)
        .deployment("agents");
    let planner = seen.telemetry.register(descriptor);
    planner.unhealthy("no quota");
    planner.healthy();
    let trace = seen.telemetry.trace("t").start();
    trace.agent(&planner).complete();
    planner.unregister("done for today");

    let said = agents(&seen);
    let statuses: Vec<_> = said.iter().map(|agent| agent.status).collect();
    let [well, ill, gone] = [
        AgentStatus::Healthy,
        AgentStatus::Unhealthy,
        AgentStatus::Unregistered,
    ];
    assert_eq!(statuses, [well, ill, well, gone]);
    assert_eq!(said[1].reason.as_deref(), Some("no quota"));
    assert_eq!(said[2].reason, None);
    assert_eq!(said[3].reason.as_deref(), Some("done for today"));
    for agent in &said {
        assert_eq!(agent.capabilities, ["plan"]);
        assert_eq!(agent.max_parallel_invocations, Some(4));
        assert_eq!(agent.registered_at, said[0].registered_at);
    }
    assert_eq!(seen.ended("planner").agent_id.as_deref(), Some("planner-1"));
}

#[test]
fn heartbeats_come_by_themselves_with_the_figures_of_the_process() {
    let seen = start_with(|builder| builder.heartbeat(Duration::from_millis(10)));
    let _planner = seen.telemetry.register(AgentDescriptor::new("planner"));
    let deadline = Instant::now() + PATIENCE;
    let beat = loop {
        let beats = agents(&seen);
        if let Some(beat) = beats
            .into_iter()
            .filter(|agent| agent.vitals.is_some())
            .nth(1)
        {
            break beat;
        }
        assert!(Instant::now() < deadline, "no second heartbeat");
    };
    let vitals: serde_json::Value = beat.vitals.unwrap().parse().unwrap();
    assert_eq!(vitals["telemetry_dropped"], 0);
    if cfg!(target_os = "linux") {
        assert!(vitals["memory_bytes"].as_u64().unwrap() > 1_000_000);
        assert!(vitals["threads"].as_u64().unwrap() >= 2);
        assert!(vitals["cpu_millicores"].is_u64());
    }
}

#[test]
fn shutting_down_unregisters_every_agent_once() {
    let seen = start();
    let planner = seen.telemetry.register(AgentDescriptor::new("planner"));
    let report = seen.telemetry.shutdown_blocking(PATIENCE);
    assert_eq!((report.delivered, report.pending), (2, 0));
    drop(planner);
    let after = seen.telemetry.flush_blocking(PATIENCE);
    assert_eq!(after, report, "nothing more was said");
}

#[test]
fn a_task_is_whole_at_every_step() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    let mut task = seen
        .telemetry
        .task("coding")
        .id("t1")
        .priority(Priority::High)
        .prompt("fix it")
        .args(&["a.rs"])
        .blocked_by("t0")
        .invoked_by("planner")
        .in_trace(&trace)
        .submit();
    task.start("coder");
    task.wait();
    task.start("coder");
    task.complete();
    let mut doomed = seen.telemetry.task("coding").submit();
    doomed.start("coder");
    doomed.fail("no such file");

    let said = tasks(&seen);
    let (first, second): (Vec<_>, Vec<_>) = said.into_iter().partition(|task| task.task_id == "t1");
    let statuses: Vec<_> = first.iter().map(|task| task.status).collect();
    assert_eq!(
        statuses,
        [
            TaskStatus::Submitted,
            TaskStatus::Running,
            TaskStatus::Waiting,
            TaskStatus::Running,
            TaskStatus::Completed
        ]
    );
    for task in &first {
        assert_eq!(task.priority, Priority::High);
        assert_eq!(task.trace_id, Some(trace.trace_id()));
        assert_eq!(task.blocked_by.as_deref(), Some("t0"));
        assert_eq!(task.submitted_at, first[0].submitted_at);
    }
    assert_eq!(first[1].started_at, first[4].started_at);
    assert!(first[4].ended_at.is_some());
    assert_eq!(second[2].error.as_deref(), Some("no such file"));
}

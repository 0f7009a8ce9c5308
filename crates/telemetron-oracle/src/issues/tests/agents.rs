//! Agents that have too much in hand or are not heard of, and what only looks so.

use telemetron_model::record::{AgentStatus, Severity, TaskStatus};
use telemetron_view::oracle::{ContainerState, PodPhase};

use super::super::support::*;
use super::{after, cluster};
use crate::facts::Telemetry;

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
fn a_silent_instance_whose_pod_a_deploy_has_taken_away_is_no_issue_beside_one_that_lives() {
    let silent_in = |host: &str, alone: bool| {
        let (mut telemetry, traces) = healthy();
        let mut gone = registered("coder");
        gone.agent_id = "coder-0".to_owned();
        gone.deployment_name = Some("coder".to_owned());
        gone.instance = Some(format!("{host}:7"));
        gone.said_at = before(100);
        if alone {
            telemetry.registered.clear();
        }
        telemetry.registered.push(gone);
        let mut facts = facts(telemetry, traces);
        facts.cluster = cluster::pod(PodPhase::Running, ContainerState::default()).cluster;
        ids(&facts)
    };
    assert_eq!(silent_in("coder-1", false), ["silent_agent:coder-0"]);
    assert!(silent_in("coder-old", false).is_empty());
    assert_eq!(silent_in("coder-old", true), ["silent_agent:coder-0"]);
}

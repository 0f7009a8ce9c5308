//! Agents that fall silent, are not well, or have too much in hand.

use telemetron_model::record::{Agent, AgentStatus};
use telemetron_sdk::AgentDescriptor;

use super::records::{agent, before};
use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) {
    silent(stage).await;
    unwell(stage).await;
    overloaded(stage).await;
}

/// An agent does something, so that there is something to look at next.
fn worked(stage: &Stage, agent: &str) {
    let trace = stage.telemetry.trace("a round").start();
    trace.agent(agent).complete();
    trace.complete("all is well");
}

async fn silent(stage: &mut Stage) {
    // A name as people choose them: the next call has to be written so that it can be made.
    let gone = agent("night watch & co", 600);
    worked(stage, &gone.name);
    stage.telemetry.emit(gone.clone());
    let issue = stage.opens("silent_agent").await;
    let said = issue["summary"].as_str().unwrap();
    assert!(said.contains("was not heard of for 10 min"), "{said}");
    let next = issue["next"]["call"].as_str().unwrap();
    assert!(!next.contains(' '), "{next}");
    stage.telemetry.emit(Agent {
        status: AgentStatus::Unregistered,
        timestamp: before(0),
        ..gone
    });
    stage.closes(&issue).await;
}

async fn unwell(stage: &mut Stage) {
    worked(stage, "nurse");
    let nurse = stage.telemetry.register(AgentDescriptor::new("nurse"));
    nurse.unhealthy("2 of 3 disks are full");
    let issue = stage.opens("unhealthy_agent").await;
    nurse.healthy();
    stage.closes(&issue).await;
    nurse.unregister("the shift is over");
}

async fn overloaded(stage: &mut Stage) {
    let clerk = AgentDescriptor::new("clerk").max_parallel(1);
    let clerk = stage.telemetry.register(clerk);
    let tasks = ["t-1", "t-2"].map(|id| {
        let mut task = stage.telemetry.task("letters").id(id).submit();
        task.start(&clerk);
        task
    });
    let issue = stage.opens("overloaded_agent").await;
    let said = issue["summary"].as_str().unwrap();
    assert_eq!(said, "agent clerk works on 2 tasks at once and takes 1");
    for task in tasks {
        task.complete();
    }
    stage.closes(&issue).await;
    clerk.unregister("the shift is over");
}

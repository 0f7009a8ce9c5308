//! Queues: tasks that wait, from task records and from the task topics of Kafka.

use std::collections::{BTreeMap, BTreeSet};

use telemetron_model::Timestamp;
use telemetron_model::record::TaskStatus;
use telemetron_store::read::oracle::tasks::TaskRow;
use telemetron_view::oracle::{QueueDetail, QueueState, QueuedTask, TaskPriority};
use telemetron_view::seconds_of;

use crate::facts::Facts;

pub(super) fn section(facts: &Facts) -> Vec<QueueState> {
    let mut queues: BTreeMap<String, (Vec<QueuedTask>, QueueDetail)> = BTreeMap::new();
    if let Some(telemetry) = &facts.telemetry {
        for count in &telemetry.counts {
            let (_, detail) = queues.entry(count.queue.clone()).or_default();
            (detail.waiting, detail.running) = (count.waiting, count.running);
        }
        let waits = |task: &&TaskRow| task.status == TaskStatus::Submitted;
        for task in telemetry.open.iter().filter(waits) {
            let (tasks, _) = queues.entry(task.queue.clone()).or_default();
            tasks.push(queued(task, facts.now));
        }
    }
    topics(facts, &mut queues);
    let state = |(name, (tasks, detail))| QueueState {
        name,
        tasks,
        updated_at: facts.now.into(),
        detail: Some(detail),
    };
    queues.into_iter().map(state).collect()
}

/// Adds the task topics; a task that its record tells of already is not told twice.
fn topics(facts: &Facts, queues: &mut BTreeMap<String, (Vec<QueuedTask>, QueueDetail)>) {
    let Some(kafka) = &facts.kafka else { return };
    for topic in &kafka.topics {
        let (tasks, detail) = queues.entry(topic.queue.clone()).or_default();
        detail.topic = Some(topic.topic.clone());
        detail.lag = Some(topic.lag);
        detail.groups.clone_from(&topic.groups);
        let known: BTreeSet<_> = tasks.iter().map(|task| task.id.clone()).collect();
        let new = topic.tasks.iter().filter(|task| !known.contains(&task.id));
        tasks.extend(new.cloned().map(|mut task| {
            let waits = minutes(task.submitted_at.0, facts.now);
            task.priority.waiting_since_mins = Some(waits);
            task
        }));
        detail.waiting = detail.waiting.max(topic.lag);
    }
}

fn queued(task: &TaskRow, now: Timestamp) -> QueuedTask {
    // The published schema takes an object; anything else is kept as one.
    let args = task.args.clone().filter(|args| args.get().starts_with('{'));
    QueuedTask {
        id: task.task_id.clone(),
        invoked_by: task.invoked_by.clone(),
        priority: TaskPriority {
            level: task.priority,
            blocked_task: task.blocked_by.clone(),
            waiting_since_mins: Some(minutes(task.submitted_at, now)),
        },
        prompt: task.prompt.clone(),
        args,
        submitted_at: task.submitted_at.into(),
    }
}

/// Minutes that have passed, to the second.
fn minutes(since: Timestamp, now: Timestamp) -> f64 {
    seconds_of(now.since(since)).floor() / 60.0
}

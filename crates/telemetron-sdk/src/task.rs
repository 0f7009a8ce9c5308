//! Task queues: work that waits, runs and ends. Every record of a task is whole.

use std::sync::Arc;

use serde::Serialize;
use telemetron_model::Timestamp;
use telemetron_model::record::{Priority, Task, TaskStatus};

use crate::core::{AgentRef, Scope, Shared, ids, json};
use crate::{Collector, Failure};

/// A task about to be submitted.
#[must_use = "a task goes into its queue with `submit`"]
#[derive(Debug)]
pub struct TaskBuilder {
    collector: Arc<Shared>,
    task: Task,
}

impl Collector {
    /// A task about to be submitted to a queue.
    pub fn task(&self, queue: impl Into<String>) -> TaskBuilder {
        TaskBuilder::new(self.shared(), queue.into())
    }
}

impl TaskBuilder {
    fn new(collector: Arc<Shared>, queue: String) -> Self {
        let now = Timestamp::now();
        let task = Task {
            task_id: ids::text(),
            queue,
            status: TaskStatus::Submitted,
            priority: Priority::Normal,
            agent_id: None,
            agent_name: None,
            trace_id: None,
            invoked_by: None,
            blocked_by: None,
            prompt: None,
            args: None,
            submitted_at: now,
            started_at: None,
            ended_at: None,
            error: None,
            timestamp: now,
        };
        Self { collector, task }
    }

    /// An id of its own; a random one otherwise.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.task.task_id = id.into();
        self
    }

    /// How urgent; normal otherwise.
    pub const fn priority(mut self, priority: Priority) -> Self {
        self.task.priority = priority;
        self
    }

    /// What is to be done, in words.
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.task.prompt = Some(prompt.into());
        self
    }

    /// What is to be done, as data.
    pub fn args(mut self, args: &(impl Serialize + ?Sized)) -> Self {
        self.task.args = json(args);
        self
    }

    /// The task that must end first.
    pub fn blocked_by(mut self, task_id: impl Into<String>) -> Self {
        self.task.blocked_by = Some(task_id.into());
        self
    }

    /// Who asks for it: an agent, a task or a user.
    pub fn invoked_by(mut self, who: impl Into<String>) -> Self {
        self.task.invoked_by = Some(who.into());
        self
    }

    /// The trace it is part of.
    pub fn in_trace(mut self, scope: &Scope) -> Self {
        self.task.trace_id = Some(scope.trace_id());
        self
    }

    /// Puts it into its queue.
    pub fn submit(self) -> TaskHandle {
        let handle = TaskHandle {
            collector: self.collector,
            task: self.task,
        };
        handle.collector.emit(handle.task.clone());
        handle
    }
}

/// A task in its queue or at work. Dropping it says nothing: another process may work on it.
#[derive(Debug)]
pub struct TaskHandle {
    collector: Arc<Shared>,
    task: Task,
}

impl TaskHandle {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.task.task_id
    }

    /// Work on it begins, or goes on.
    pub fn start(&mut self, agent: impl Into<AgentRef>) {
        let agent = agent.into();
        self.task.agent_id = agent.id.map(|id| id.to_string());
        self.task.agent_name = Some(agent.name.to_string());
        let now = Timestamp::now();
        self.task.started_at.get_or_insert(now);
        self.say(TaskStatus::Running, now);
    }

    /// Work on it waits for something.
    pub fn wait(&mut self) {
        self.say(TaskStatus::Waiting, Timestamp::now());
    }

    /// It is done.
    pub fn complete(mut self) {
        self.end(TaskStatus::Completed);
    }

    /// It was not done, for this reason.
    pub fn fail(mut self, error: impl Into<Failure>) {
        self.task.error = Some(error.into().into_info().message);
        self.end(TaskStatus::Failed);
    }

    fn end(&mut self, status: TaskStatus) {
        let now = Timestamp::now();
        self.task.ended_at = Some(now);
        self.say(status, now);
    }

    fn say(&mut self, status: TaskStatus, now: Timestamp) {
        self.task.status = status;
        self.task.timestamp = now;
        self.collector.emit(self.task.clone());
    }
}

//! An agent: it registers, takes tasks from its queue one after the other, and hands over.

use telemetron_kafka::KafkaConfig;
use telemetron_model::Timestamp;
use telemetron_model::record::{Task, TaskStatus};
use telemetron_sdk::{AgentDescriptor, AgentRef, Collector};
use tokio_util::sync::CancellationToken;

use super::Role;
use super::front_desk::request;
use super::queue::{Answer, Given, Receiver, Sender, task};
use super::work::{self, Outcome, request_of};
use crate::delivery::finish;

/// Serves as an agent of a role until `stop`. A task that is at work then is finished.
///
/// # Errors
/// When Kafka refuses, or not everything reached it.
pub async fn serve(
    role: Role,
    kafka: KafkaConfig,
    telemetry: Collector,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let sender = Sender::open(&kafka).await?;
    let queue = Receiver::of_tasks(&kafka, role)?;
    let descriptor = AgentDescriptor::new(role.name())
        .description(role.description())
        .capability(role.name())
        .model(work::model(role).name)
        .max_parallel(1);
    let registered = telemetry.register(descriptor);
    let agent = Agent {
        role,
        me: AgentRef::from(&registered),
        sender,
        telemetry: telemetry.clone(),
    };
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            given = queue.take(task) => agent.work_on(given?).await?,
        }
    }
    registered.unregister("it was stopped");
    finish(&telemetry).await
}

struct Agent {
    role: Role,
    me: AgentRef,
    sender: Sender,
    telemetry: Collector,
}

impl Agent {
    /// Works on a task, and passes on what came of it.
    async fn work_on(&self, Given { mut task, giver }: Given) -> anyhow::Result<()> {
        let trace = self
            .telemetry
            .trace("question")
            .continue_from(giver)
            .start();
        self.say(&mut task, TaskStatus::Running, None);
        let span = trace.agent(self.me.clone());
        span.input(&task.prompt);
        let outcome = work::on(self.role, &task, &span).await;
        match (outcome, self.role.next()) {
            (Ok(Outcome { found, wishes }), Some(next)) => {
                span.handoff(self.me.clone(), next.name())
                    .reason(format!(
                        "what the {} found goes to the {}",
                        self.role.name(),
                        next.name()
                    ))
                    .send();
                let mut passed = request(next, &found, &wishes, span.trace_id());
                passed.priority = task.priority;
                passed.invoked_by = Some(self.role.name().to_owned());
                self.telemetry.emit(passed.clone());
                self.sender.give(next, &passed, &span).await?;
                span.output(&found);
                span.complete();
                self.say(&mut task, TaskStatus::Completed, None);
            }
            (Ok(Outcome { found, .. }), None) => {
                self.answer(&task, Ok(found.clone())).await?;
                span.output(&found);
                span.complete();
                self.say(&mut task, TaskStatus::Completed, None);
            }
            (Err(problem), _) => {
                let why = problem.to_string();
                self.answer(&task, Err(why.clone())).await?;
                self.say(&mut task, TaskStatus::Failed, Some(why));
                span.fail(problem);
            }
        }
        trace.complete("");
        Ok(())
    }

    async fn answer(&self, task: &Task, outcome: Result<String, String>) -> anyhow::Result<()> {
        let request = request_of(task);
        self.sender.answer(&Answer { request, outcome }).await
    }

    /// Says how it stands with a task. Every record of one is whole.
    fn say(&self, task: &mut Task, status: TaskStatus, error: Option<String>) {
        let now = Timestamp::now();
        task.agent_name = Some(self.role.name().to_owned());
        task.status = status;
        task.error = error;
        task.timestamp = now;
        match status {
            TaskStatus::Running => task.started_at = Some(now),
            _ => task.ended_at = Some(now),
        }
        self.telemetry.emit(task.clone());
    }
}

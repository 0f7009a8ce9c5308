//! The front desk: it asks the questions, and waits for the answers.

use std::collections::HashMap;
use std::time::Duration;

use telemetron_kafka::KafkaConfig;
use telemetron_model::record::{Priority, Task, TaskStatus};
use telemetron_model::{Timestamp, TraceId};
use telemetron_sdk::{Collector, Failure, SpanGuard, TraceGuard};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::Role;
use super::queue::{Answer, Receiver, Sender, answer};
use super::work::Wishes;
use crate::delivery::finish;

/// What the desk is called among the agents.
const NAME: &str = "front-desk";

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is asked.
const QUESTIONS: [&str; 6] = [
    "How do we retry a payment without paying twice?",
    "Which of our services still speak HTTP/1.0?",
    "What did the last three incidents have in common?",
    "How large may an upload be, and who decides?",
    "Where is the order history paged, and by what?",
    "Which of our queues keep their order?",
];

/// How the desk works.
#[derive(Debug, Clone, Copy)]
pub struct Desk {
    /// Between two requests.
    pub every: Duration,
    /// Requests after which it closes; it never does otherwise.
    pub requests: Option<u64>,
    /// Whether a tool fails in every fifth request.
    pub faults: bool,
}

/// A request that is waited for: its trace, and the desk at work in it until the answer has come.
pub(super) struct Open {
    trace: TraceGuard,
    desk: SpanGuard,
    since: Instant,
}

impl Open {
    /// Hands a request to an agent.
    pub(super) async fn hand_in(
        sender: &Sender,
        telemetry: &Collector,
        prompt: &str,
        request: impl FnOnce(TraceId) -> (Role, Task),
    ) -> anyhow::Result<(Task, Self)> {
        let trace = telemetry.trace("question").user_input(prompt).start();
        let (role, task) = request(trace.trace_id());
        telemetry.emit(task.clone());
        let desk = trace.agent(NAME);
        desk.input(&task.prompt);
        desk.handoff(NAME, role.name())
            .reason("a request has come")
            .send();
        sender.give(role, &task, &desk).await?;
        let since = Instant::now();
        Ok((task, Self { trace, desk, since }))
    }

    /// Its trace.
    pub(super) fn trace_id(&self) -> TraceId {
        self.trace.trace_id()
    }

    /// Ends it with what the agents answered.
    pub(super) fn end(self, outcome: Result<String, String>) {
        match outcome {
            Ok(text) => {
                self.desk.output(&text);
                self.desk.complete();
                self.trace.complete(&text);
            }
            Err(why) => self.fail(Failure::new("NoAnswer", why)),
        }
    }

    /// Ends it without an answer.
    pub(super) fn fail(self, failure: Failure) {
        self.desk.fail(failure.clone());
        self.trace.fail(failure);
    }
}

/// Asks until `stop`, or until all requests of the desk are answered; gives how many were.
///
/// # Errors
/// When Kafka refuses, or not everything that was recorded reached it.
pub async fn open(
    desk: Desk,
    kafka: KafkaConfig,
    telemetry: Collector,
    stop: CancellationToken,
) -> anyhow::Result<u64> {
    let sender = Sender::open(&kafka).await?;
    let answers = Receiver::of_answers(&kafka)?;
    let mut open: HashMap<String, Open> = HashMap::new();
    let mut ticks = interval(desk.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut asked, mut answered) = (0, 0);
    while desk.requests.is_none_or(|all| asked < all) || !open.is_empty() {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = ticks.tick() => {
                give_up(&mut open);
                if desk.requests.is_none_or(|all| asked < all) {
                    let prompt = question(asked);
                    let ask = |trace| (Role::Planner, task(desk, asked, trace));
                    let (task, request) =
                        Open::hand_in(&sender, &telemetry, prompt, ask).await?;
                    open.insert(task.task_id, request);
                    asked += 1;
                }
            }
            came = answers.take(answer) => {
                let Answer { request, outcome } = came?;
                // Another desk may have asked.
                if let Some(request) = open.remove(&request) {
                    answered += 1;
                    request.end(outcome);
                }
            }
        }
    }
    for request in open.into_values() {
        request.fail(Failure::new("Interrupted", "the front desk was closed"));
    }
    finish(&telemetry).await?;
    Ok(answered)
}

/// Ends what nobody has answered in time.
fn give_up(open: &mut HashMap<String, Open>) {
    let late = |open: &Open| open.since.elapsed() > PATIENCE;
    for (_, request) in open.extract_if(|_, open| late(open)) {
        let why = format!("nobody answered within {} s", PATIENCE.as_secs());
        request.fail(Failure::new("Unanswered", why));
    }
}

/// The question with a number.
fn question(number: u64) -> &'static str {
    let place = usize::try_from(number).unwrap_or_default() % QUESTIONS.len();
    QUESTIONS[place]
}

/// Its task.
fn task(desk: Desk, number: u64, trace: TraceId) -> Task {
    let wishes = Wishes {
        broken_tool: desk.faults && number % 5 == 3,
        ..Wishes::default()
    };
    let mut task = request(Role::Planner, question(number), &wishes, trace);
    if number % 4 == 3 {
        task.priority = Priority::High;
    }
    task
}

/// The task of a request.
pub(super) fn request(role: Role, prompt: &str, wishes: &Wishes, trace: TraceId) -> Task {
    let now = Timestamp::now();
    Task {
        task_id: uuid::Uuid::new_v4().to_string(),
        queue: role.name().to_owned(),
        status: TaskStatus::Submitted,
        priority: Priority::Normal,
        agent_id: None,
        agent_name: None,
        trace_id: Some(trace),
        invoked_by: Some(NAME.to_owned()),
        blocked_by: None,
        prompt: Some(prompt.to_owned()),
        args: wishes.args(),
        submitted_at: now,
        started_at: None,
        ended_at: None,
        error: None,
        timestamp: now,
    }
}

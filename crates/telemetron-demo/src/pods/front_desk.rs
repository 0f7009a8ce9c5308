//! The front desk: it asks the questions, and waits for the answers.

use std::collections::HashMap;
use std::time::Duration;

use telemetron_kafka::KafkaConfig;
use telemetron_model::record::{Priority, Task, TaskStatus};
use telemetron_model::{Timestamp, TraceId};
use telemetron_sdk::{Collector, Failure, TraceGuard};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::Role;
use super::queue::{Answer, Receiver, Sender, answer};
use super::work::Wishes;

/// What the desk is called among the agents.
const NAME: &str = "front-desk";

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long what was recorded may take to reach Kafka at the end.
const FLUSH: Duration = Duration::from_secs(5);

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

/// A request that is waited for.
struct Open {
    trace: TraceGuard,
    since: Instant,
}

/// Asks until `stop`, or until all requests of the desk are answered; gives how many were.
///
/// # Errors
/// When Kafka refuses.
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
                    let (id, trace) = ask(&sender, &telemetry, desk, asked).await?;
                    let since = Instant::now();
                    open.insert(id, Open { trace, since });
                    asked += 1;
                }
            }
            came = answers.take(answer) => {
                let Answer { request, outcome } = came?;
                // Another desk may have asked.
                if let Some(Open { trace, .. }) = open.remove(&request) {
                    answered += 1;
                    match outcome {
                        Ok(text) => trace.complete(&text),
                        Err(why) => trace.fail(Failure::new("NoAnswer", why)),
                    }
                }
            }
        }
    }
    for (_, Open { trace, .. }) in open {
        trace.fail(Failure::new("Interrupted", "the front desk was closed"));
    }
    telemetry.shutdown(FLUSH).await;
    Ok(answered)
}

/// Ends what nobody has answered in time.
fn give_up(open: &mut HashMap<String, Open>) {
    let late = |open: &Open| open.since.elapsed() > PATIENCE;
    for (_, Open { trace, .. }) in open.extract_if(|_, open| late(open)) {
        let why = format!("nobody answered within {} s", PATIENCE.as_secs());
        trace.fail(Failure::new("Unanswered", why));
    }
}

async fn ask(
    sender: &Sender,
    telemetry: &Collector,
    desk: Desk,
    number: u64,
) -> anyhow::Result<(String, TraceGuard)> {
    let place = usize::try_from(number).unwrap_or_default() % QUESTIONS.len();
    let question = QUESTIONS[place];
    let wishes = Wishes {
        broken_tool: desk.faults && number % 5 == 3,
        ..Wishes::default()
    };
    let trace = telemetry.trace("question").user_input(question).start();
    let mut task = request(Role::Planner, question, &wishes, trace.trace_id());
    if number % 4 == 3 {
        task.priority = Priority::High;
    }
    telemetry.emit(task.clone());
    hand_in(sender, Role::Planner, &task, &trace).await?;
    Ok((task.task_id, trace))
}

/// Hands a request to an agent, as the first step of its trace.
pub(super) async fn hand_in(
    sender: &Sender,
    role: Role,
    task: &Task,
    trace: &TraceGuard,
) -> anyhow::Result<()> {
    let desk = trace.agent(NAME);
    desk.input(&task.prompt);
    desk.handoff(NAME, role.name())
        .reason("a request has come")
        .send();
    sender.give(role, task, &desk).await?;
    desk.complete();
    Ok(())
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

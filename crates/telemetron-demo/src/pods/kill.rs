//! An agent that is killed for its memory, on request.

use std::time::Duration;

use anyhow::ensure;
use serde_json::json;
use telemetron_kafka::KafkaConfig;
use telemetron_model::TraceId;
use telemetron_sdk::{Collector, Failure, Scope};
use tokio::time::{sleep, timeout};

use super::Role;
use super::front_desk::{Open, request};
use super::queue::{Receiver, Sender, answer};
use super::work::Wishes;
use crate::delivery::finish;

/// What is taken at once.
const PIECE: usize = 16 << 20;

/// Most that is taken: an agent without a limit leaves the machine alone.
const MOST: usize = 1 << 30;

/// How long the agent may live.
const PATIENCE: Duration = Duration::from_secs(20);

/// Gives the agent of a role a task that takes memory until its limit ends it; gives the trace.
///
/// # Errors
/// When Kafka does not take the task, or the agent answered: it has no limit, or more than is taken.
pub async fn kill(role: Role, kafka: KafkaConfig, telemetry: Collector) -> anyhow::Result<TraceId> {
    let sender = Sender::open(&kafka).await?;
    let answers = Receiver::of_answers(&kafka)?;
    let wishes = Wishes {
        eat_memory: true,
        ..Wishes::default()
    };
    let prompt = "Read a document that does not fit into memory.";
    let wish = |trace| (role, request(role, prompt, &wishes, trace));
    let (task, open) = Open::hand_in(&sender, &telemetry, prompt, wish).await?;
    let trace = open.trace_id();
    let answered = async {
        loop {
            let came = answers.take(answer).await?;
            if came.request == task.task_id {
                return anyhow::Ok(came);
            }
        }
    };
    let answered = timeout(PATIENCE, answered).await;
    let why = format!(
        "the {} did not answer within {} s",
        role.name(),
        PATIENCE.as_secs()
    );
    let lives = answered.is_ok();
    match answered {
        Err(_elapsed) => open.fail(Failure::new("Unanswered", why)),
        Ok(came) => open.end(came?.outcome),
    }
    finish(&telemetry).await?;
    ensure!(
        !lives,
        "the {} lives: its pod has no limit of memory, or one above 1 GiB",
        role.name()
    );
    Ok(trace)
}

/// Takes memory, a piece at a time, until somebody stops it.
pub(super) async fn eat_memory(me: &Scope) {
    let tool = me.tool("read_document");
    tool.input(&json!({"document": "the-whole-web.pdf"}));
    // What was recorded so far leaves before the end.
    sleep(Duration::from_secs(1)).await;
    let mut eaten: Vec<Vec<u8>> = Vec::new();
    while eaten.len() * PIECE < MOST {
        // Written to: memory that nobody touched is not taken.
        eaten.push(vec![1; PIECE]);
        sleep(Duration::from_millis(50)).await;
    }
    tool.output(&format!("{} MiB were read", eaten.len() * (PIECE >> 20)));
    tool.complete();
}

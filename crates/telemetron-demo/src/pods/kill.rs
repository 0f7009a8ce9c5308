//! An agent that is killed for its memory, on request.

use std::time::Duration;

use serde_json::json;
use telemetron_kafka::KafkaConfig;
use telemetron_sdk::{Collector, Scope};
use tokio::time::sleep;

use super::Role;
use super::front_desk::{hand_in, request};
use super::queue::Sender;
use super::work::Wishes;

/// What is taken at once.
const PIECE: usize = 16 << 20;

/// Most that is taken: an agent without a limit leaves the machine alone.
const MOST: usize = 1 << 30;

/// How long what was recorded may take to reach Kafka.
const FLUSH: Duration = Duration::from_secs(5);

/// Gives the agent of a role a task that takes memory until its limit ends it. The trace of the task is
/// left open: whoever was to end it is gone.
///
/// # Errors
/// When Kafka does not take the task.
pub async fn kill(role: Role, kafka: KafkaConfig, telemetry: Collector) -> anyhow::Result<String> {
    let sender = Sender::open(&kafka).await?;
    let prompt = "Read a document that does not fit into memory.";
    let wishes = Wishes {
        eat_memory: true,
        ..Wishes::default()
    };
    let trace = telemetry.trace("question").user_input(prompt).start();
    let id = trace.trace_id().to_string();
    let task = request(role, prompt, &wishes, trace.trace_id());
    telemetry.emit(task.clone());
    hand_in(&sender, role, &task, &trace).await?;
    telemetry.shutdown(FLUSH).await;
    // Ended after the SDK has: nothing says that it did.
    drop(trace);
    Ok(id)
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

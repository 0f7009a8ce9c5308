//! Queues in Kafka: a topic for each role, whose records are tasks with their trace in the headers,
//! and a topic for answers.

use std::time::Duration;

use anyhow::{Context as _, bail};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{CommitMode, Consumer as _, StreamConsumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::BorrowedMessage;
use rdkafka::{ClientConfig, Message as _};
use serde::{Deserialize, Serialize};
use telemetron_kafka::{Headers, KafkaConfig, Outgoing, Producer, ProducerOptions};
use telemetron_model::record::Task;
use telemetron_sdk::{Scope, SpanContext};

use super::Role;

/// Where answers go.
const ANSWERS: &str = "agent-answers";

/// Partitions of a queue: as many pods of one role can share the work.
const PARTITIONS: i32 = 3;

/// How long the brokers may take to make topics.
const PATIENCE: Duration = Duration::from_secs(15);

/// An answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    /// The task of the request.
    pub(super) request: String,
    /// What it is, or why there is none.
    pub(super) outcome: Result<String, String>,
}

/// A task, and the span that gave it.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) task: Task,
    pub(super) giver: Option<SpanContext>,
}

/// Whoever puts tasks and answers into their topics.
#[derive(Clone)]
pub(super) struct Sender {
    producer: Producer,
    prefix: String,
}

/// Whoever takes what one topic holds.
pub(super) struct Receiver(StreamConsumer);

impl Sender {
    /// Makes the topics, where they are not there.
    ///
    /// # Errors
    /// When Kafka is away, or refuses them.
    pub(super) async fn open(kafka: &KafkaConfig) -> anyhow::Result<Self> {
        let prefix = kafka.topic_prefix.clone();
        let mut names: Vec<_> = Role::ALL
            .map(|role| format!("{prefix}{}", role.queue()))
            .into();
        names.push(format!("{prefix}{ANSWERS}"));
        make(kafka, &names).await?;
        let producer = Producer::new(kafka, &ProducerOptions::default())?;
        Ok(Self { producer, prefix })
    }

    /// Puts a task into the queue of a role, as a step of this scope.
    ///
    /// # Errors
    /// When Kafka does not take it.
    pub(super) async fn give(&self, role: Role, task: &Task, scope: &Scope) -> anyhow::Result<()> {
        let mut headers = Headers::default();
        scope.inject(&mut headers);
        let text = serde_json::to_vec(task)?;
        self.send(&role.queue(), &task.task_id, &headers, &text)
            .await
    }

    /// Answers a request.
    ///
    /// # Errors
    /// When Kafka does not take it.
    pub(super) async fn answer(&self, answer: &Answer) -> anyhow::Result<()> {
        let text = serde_json::to_vec(answer)?;
        self.send(ANSWERS, &answer.request, &Headers::default(), &text)
            .await
    }

    async fn send(
        &self,
        topic: &str,
        key: &str,
        headers: &Headers,
        value: &[u8],
    ) -> anyhow::Result<()> {
        let topic = &format!("{}{topic}", self.prefix);
        let record = Outgoing {
            topic,
            partition: None,
            key: Some(key.as_bytes()),
            headers,
            payload: Some(value),
        };
        self.producer
            .send_raw(&record)
            .await
            .with_context(|| format!("Kafka does not take a record of {topic}"))?;
        Ok(())
    }
}

impl Receiver {
    /// Takes tasks of a role, as one of its group.
    ///
    /// # Errors
    /// When the client refuses its configuration.
    pub(super) fn of_tasks(kafka: &KafkaConfig, role: Role) -> anyhow::Result<Self> {
        let group = format!("{}{}s", kafka.topic_prefix, role.name());
        Self::open(kafka, &role.queue(), &group, "earliest")
    }

    /// Takes every answer from now on, as a group of its own.
    ///
    /// # Errors
    /// When the client refuses its configuration.
    pub(super) fn of_answers(kafka: &KafkaConfig) -> anyhow::Result<Self> {
        let group = format!("{}front-desk-{}", kafka.topic_prefix, uuid::Uuid::new_v4());
        Self::open(kafka, ANSWERS, &group, "latest")
    }

    fn open(kafka: &KafkaConfig, topic: &str, group: &str, from: &str) -> anyhow::Result<Self> {
        let mut config = kafka.client_config();
        config
            .set("group.id", group)
            .set("auto.offset.reset", from)
            .set("enable.auto.commit", "false");
        let consumer: StreamConsumer = config.create()?;
        consumer.subscribe(&[&format!("{}{topic}", kafka.topic_prefix)])?;
        Ok(Self(consumer))
    }

    /// The next record. It is taken: whoever comes after this one begins behind it.
    ///
    /// # Errors
    /// When Kafka refuses; a broker that is away is waited for.
    ///
    /// # Cancel safety
    /// A future that was dropped before it was ready has taken nothing.
    pub(super) async fn take<T>(
        &self,
        read: impl Fn(&BorrowedMessage<'_>) -> Option<T>,
    ) -> anyhow::Result<T> {
        loop {
            let message = match self.0.recv().await {
                Ok(message) => message,
                // The client itself goes on trying; it says so each time.
                Err(error) if is_passing(&error) => continue,
                Err(error) => bail!("Kafka gives no tasks: {error}"),
            };
            self.0.commit_message(&message, CommitMode::Async)?;
            match read(&message) {
                Some(record) => return Ok(record),
                None => tracing::warn!(
                    topic = message.topic(),
                    offset = message.offset(),
                    "a record that is none of ours is passed over"
                ),
            }
        }
    }
}

fn is_passing(error: &rdkafka::error::KafkaError) -> bool {
    !matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::Fatal
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::GroupAuthorizationFailed
        )
    )
}

/// Reads a task.
pub(super) fn task(message: &BorrowedMessage<'_>) -> Option<Given> {
    let task = serde_json::from_slice(message.payload()?).ok()?;
    let giver = SpanContext::extract(&headers(message));
    Some(Given { task, giver })
}

/// Reads an answer.
pub(super) fn answer(message: &BorrowedMessage<'_>) -> Option<Answer> {
    serde_json::from_slice(message.payload()?).ok()
}

fn headers(message: &BorrowedMessage<'_>) -> Headers {
    use rdkafka::message::Headers as _;
    let mut ours = Headers::default();
    for header in message.headers().into_iter().flat_map(|all| all.iter()) {
        ours.push(header.key, header.value);
    }
    ours
}

async fn make(kafka: &KafkaConfig, names: &[String]) -> anyhow::Result<()> {
    let config: ClientConfig = kafka.client_config();
    let admin: AdminClient<DefaultClientContext> = config.create()?;
    let topics: Vec<_> = names
        .iter()
        .map(|name| NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(-1)))
        .collect();
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    let made = admin.create_topics(&topics, &options).await;
    let made = made.context("Kafka does not answer; KAFKA_BOOTSTRAP_SERVERS names it")?;
    for outcome in made {
        match outcome {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, code)) => bail!("Kafka refuses the topic {name}: {code}"),
        }
    }
    Ok(())
}

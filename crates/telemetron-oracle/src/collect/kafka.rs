//! Kafka: what waits to be stored, and the topics that hold tasks.

use std::sync::Arc;

use serde::Deserialize;
use telemetron_kafka::{KafkaConfig, QueueRecord, QueueTopic, Queues};
use telemetron_model::record::Priority;
use telemetron_model::{RawJson, Timestamp};
use telemetron_view::oracle::{QueuedTask, SourceName, TaskPriority};
use tokio::sync::watch;

use super::Source;
use crate::Error;
use crate::facts::{Lags, TaskTopic, Waiting};
use crate::observation::Observation;

/// Most records of task topics that are looked at.
const RECORDS: usize = 500;

/// Most characters of a prompt.
const PROMPT: usize = 2000;

/// The latest look at what waits; without one, why there is none.
pub type Backlog = watch::Receiver<Result<Waiting, String>>;

/// Tells what waits in Kafka: to be stored, and to be worked on.
pub(crate) struct Lag {
    backlog: Backlog,
    queues: Queues,
    prefix: Arc<str>,
}

impl Lag {
    /// A collector for what waits to be stored and for topics whose names begin with a prefix.
    pub(crate) fn new(config: &KafkaConfig, backlog: Backlog, prefix: &str) -> Result<Self, Error> {
        Ok(Self {
            backlog,
            queues: Queues::new(config, prefix)?,
            prefix: format!("{}{prefix}", config.topic_prefix).into(),
        })
    }
}

impl Source for Lag {
    fn name(&self) -> SourceName {
        SourceName::Kafka
    }

    async fn ask(&mut self) -> Result<Observation, Error> {
        let topics = self.queues.look(RECORDS).await?;
        // How far the consumers are stands in the database: that it is away is not Kafka's fault.
        let (ingest, lacks) = match self.backlog.borrow().clone() {
            Ok(waiting) => (Some(waiting), None),
            Err(why) => (
                None,
                Some(format!("what waits to be stored is not known: {why}")),
            ),
        };
        Ok(Observation::Kafka(Lags {
            ingest,
            lacks,
            topics: topics.into_iter().map(|topic| self.topic(topic)).collect(),
        }))
    }
}

impl Lag {
    fn topic(&self, topic: QueueTopic) -> TaskTopic {
        let name = topic.topic.strip_prefix(&*self.prefix);
        let queue = name.unwrap_or(&topic.topic).to_owned();
        let tasks: Vec<_> = topic.waiting.iter().map(task).collect();
        let unreadable = tasks.iter().filter(|task| task.is_none()).count();
        TaskTopic {
            queue,
            lag: topic.lag,
            groups: topic.groups.into_keys().collect(),
            tasks: tasks.into_iter().flatten().collect(),
            unreadable: i64::try_from(unreadable).unwrap_or(i64::MAX),
            topic: topic.topic,
        }
    }
}

/// A task as anybody may write it.
#[derive(Debug, Deserialize)]
struct Written {
    #[serde(alias = "task_id")]
    id: Option<String>,
    invoked_by: Option<String>,
    priority: Option<Priority>,
    #[serde(alias = "blocked_by")]
    blocked_task: Option<String>,
    prompt: Option<String>,
    args: Option<RawJson>,
    submitted_at: Option<Timestamp>,
}

/// A record as a task; none when it is no JSON object.
fn task(record: &QueueRecord) -> Option<QueuedTask> {
    let written: Written = serde_json::from_slice(&record.value).ok()?;
    let place = || format!("{}-{}", record.partition, record.offset);
    let id = written
        .id
        .or_else(|| record.key.clone())
        .unwrap_or_else(place);
    let taken = record.time_ms.map(Timestamp::from_millis);
    Some(QueuedTask {
        id,
        invoked_by: written.invoked_by,
        priority: TaskPriority {
            level: written.priority.unwrap_or(Priority::Normal),
            blocked_task: written.blocked_task,
            waiting_since_mins: None,
        },
        prompt: written
            .prompt
            .map(|text| text.chars().take(PROMPT).collect()),
        args: written.args.filter(|args| args.get().starts_with('{')),
        submitted_at: written.submitted_at.or(taken)?.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(value: &str) -> QueueRecord {
        QueueRecord {
            partition: 1,
            offset: 7,
            key: None,
            value: value.as_bytes().to_vec(),
            time_ms: Some(1_769_857_200_000),
        }
    }

    #[test]
    fn a_record_is_a_task_by_what_it_says_and_by_where_it_stands() {
        let full = task(&record(
            r#"{"task_id":"t-1","priority":"high","prompt":"sum up","args":{"n":1}}"#,
        ));
        let full = full.unwrap();
        assert_eq!(
            (full.id.as_str(), full.priority.level),
            ("t-1", Priority::High)
        );
        assert_eq!(full.args.unwrap().get(), r#"{"n":1}"#);
        assert_eq!(task(&record("{}")).unwrap().id, "1-7");
        assert_eq!(task(&record("no json")), None);
    }
}

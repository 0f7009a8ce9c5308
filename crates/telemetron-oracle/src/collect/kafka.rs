//! Kafka: what waits to be stored, and the topics that hold tasks.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::Deserialize;
use telemetron_kafka::{KafkaConfig, QueueRecord, QueueTopic, Queues, TopicEnds};
use telemetron_model::oracle::{QueuedTask, SourceName, TaskPriority};
use telemetron_model::record::Priority;
use telemetron_model::{RawJson, Timestamp};
use telemetron_store::PgPool;
use telemetron_store::read::ingest::{self, Progress};

use super::Source;
use crate::Error;
use crate::board::Told;
use crate::facts::{Lags, TaskTopic};

/// Most records of task topics that are looked at.
const RECORDS: usize = 500;

/// Most characters of a prompt.
const PROMPT: usize = 2000;

/// Asks Kafka what waits.
pub(crate) struct Lag {
    ends: TopicEnds,
    queues: Queues,
    pool: PgPool,
    prefix: Arc<str>,
    cluster: Option<String>,
    behind: BTreeMap<(String, i32), Behind>,
}

/// Most ends of a partition that are kept while its records wait.
const ENDS: usize = 600;

/// Where a partition ended at each look since the record came that is stored next.
#[derive(Debug, Default)]
struct Behind(VecDeque<(i64, Timestamp)>);

impl Behind {
    /// Since when the next record waits, as far as anybody looked: it was there as soon as the
    /// partition ended beyond it. So it is told of a backlog that moves as well.
    fn since(&mut self, next: i64, end: i64, now: Timestamp) -> Timestamp {
        let is_past = |(end, _): &(i64, Timestamp)| *end <= next;
        while self.0.front().is_some_and(is_past) {
            self.0.pop_front();
        }
        let is_new = self.0.back().is_none_or(|(known, _)| *known < end);
        if is_new && self.0.len() < ENDS {
            self.0.push_back((end, now));
        }
        self.0.front().map_or(now, |(_, at)| *at)
    }
}

impl Lag {
    /// A collector for the record topics and for topics whose names begin with a prefix.
    pub(crate) fn new(config: &KafkaConfig, pool: PgPool, prefix: &str) -> Result<Self, Error> {
        Ok(Self {
            ends: TopicEnds::new(config)?,
            queues: Queues::new(config, prefix)?,
            pool,
            prefix: format!("{}{prefix}", config.topic_prefix).into(),
            cluster: None,
            behind: BTreeMap::new(),
        })
    }

    async fn cluster(&mut self) -> Result<String, Error> {
        if let Some(known) = &self.cluster {
            return Ok(known.clone());
        }
        let id = self.ends.cluster_id().await?;
        self.cluster = Some(id.clone());
        Ok(id)
    }
}

impl Source for Lag {
    fn name(&self) -> SourceName {
        SourceName::Kafka
    }

    async fn ask(&mut self) -> Result<Told, Error> {
        let cluster = self.cluster().await?;
        let marks = self.ends.watermarks().await?;
        let progress = ingest::progress(&self.pool).await?;
        let topics = self.queues.look(RECORDS).await?;
        let now = Timestamp::now();
        let rows: BTreeMap<_, _> = progress
            .iter()
            .filter(|row| row.cluster_id == cluster)
            .map(|row| ((row.topic.as_str(), row.partition), row))
            .collect();
        let mut lags = Lags::default();
        let mut worst = 0;
        let mut behind = BTreeMap::new();
        for ((topic, partition), marks) in marks {
            let row: Option<&&Progress> = rows.get(&(topic.name(), partition));
            let next = row.map_or(marks.low, |row| row.next_offset).max(marks.low);
            let waits = marks.high - next;
            if waits <= 0 {
                continue;
            }
            let key = (topic.name().to_owned(), partition);
            let mut ends = self.behind.remove(&key).unwrap_or_default();
            let since = ends.since(next, marks.high, now);
            behind.insert(key, ends);
            lags.ingest_records += waits;
            lags.ingest_since = Some(lags.ingest_since.map_or(since, |first| first.min(since)));
            if waits > worst {
                worst = waits;
                lags.ingest_topic = Some(topic.name().to_owned());
            }
        }
        self.behind = behind;
        lags.topics = topics.into_iter().map(|topic| self.topic(topic)).collect();
        Ok(Told::Kafka(lags))
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
    fn a_record_waits_since_the_partition_ended_beyond_it_though_others_are_stored() {
        let at = |second: i64| Timestamp::from_millis(second * 1000);
        let mut behind = Behind::default();
        assert_eq!(behind.since(0, 100, at(0)), at(0));
        // Nothing is stored.
        assert_eq!(behind.since(0, 200, at(10)), at(0));
        // Half of what was there at first is; the other half waits as long.
        assert_eq!(behind.since(50, 300, at(20)), at(0));
        assert_eq!(behind.since(120, 400, at(30)), at(10));
        // Whoever catches up is behind by nothing but the latest.
        assert_eq!(behind.since(399, 400, at(40)), at(30));
        assert_eq!(behind.since(400, 401, at(50)), at(50));
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

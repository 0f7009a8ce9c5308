//! Topics that hold tasks: what waits in them, and who reads them.
//!
//! Nothing here joins a group or commits: the groups are asked about, and the records that wait are
//! looked at from aside.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer as _;
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};

use crate::asker::{Asked, Asker};
use crate::watermarks::{self, Partitions, Watermarks, list_of};
use crate::{Error, KafkaConfig};

const REQUEST: Duration = Duration::from_secs(4);

/// Longest that records are waited for, once they are known to be there.
const LOOK: Duration = Duration::from_secs(2);

/// Most groups that are asked about.
const GROUPS: usize = 50;

/// A topic that holds tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueTopic {
    /// Its name.
    pub topic: String,
    /// Records that no group has read; all of them when no group reads it.
    pub lag: i64,
    /// The groups that read it, and how many records each has not read.
    pub groups: BTreeMap<String, i64>,
    /// The oldest of the records that wait, as they came.
    pub waiting: Vec<QueueRecord>,
}

/// A record that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRecord {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Its key, if it is text.
    pub key: Option<String>,
    /// Its value.
    pub value: Vec<u8>,
    /// When the broker took it, in milliseconds since the epoch.
    pub time_ms: Option<i64>,
}

/// Looks at topics whose names begin with a prefix. Cheap to clone.
#[derive(Clone)]
pub struct Queues(Arc<Client>);

struct Client {
    config: KafkaConfig,
    prefix: String,
    asker: Asker,
    groups: Mutex<BTreeMap<String, Asker>>,
}

type Marks = BTreeMap<(String, i32), Watermarks>;

/// Offsets of partitions.
type Offsets = BTreeMap<(String, i32), i64>;

impl Queues {
    /// Makes a client. It connects by itself.
    ///
    /// # Errors
    /// [`Error::Config`] when librdkafka refuses the configuration.
    pub fn new(config: &KafkaConfig, prefix: &str) -> Result<Self, Error> {
        Ok(Self(Arc::new(Client {
            prefix: format!("{}{prefix}", config.topic_prefix),
            // A name is needed to be assigned anything; nothing is ever committed under it.
            asker: named(config, "telemetron-oracle-aside")?,
            config: config.clone(),
            groups: Mutex::default(),
        })))
    }

    /// The topics, what waits in each, and at most `records` of the oldest.
    ///
    /// # Errors
    /// When the cluster does not answer within some seconds.
    pub async fn look(&self, records: usize) -> Result<Vec<QueueTopic>, Error> {
        let client = Arc::clone(&self.0);
        let look = move |consumer: &Asked| client.look(consumer, records);
        self.0.asker.asking("look at task topics", look).await
    }
}

fn named(config: &KafkaConfig, group: &str) -> Result<Asker, Error> {
    let fixed = [
        ("group.id", group),
        ("enable.auto.commit", "false"),
        ("enable.auto.offset.store", "false"),
        ("enable.partition.eof", "false"),
    ];
    Asker::new(config, "task queues", config.client(&[], &fixed))
}

impl Client {
    fn look(&self, consumer: &Asked, records: usize) -> Result<Vec<QueueTopic>, Error> {
        let partitions = self.partitions(consumer)?;
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let marks = watermarks::query(consumer, &partitions, REQUEST)?;
        let marks: Marks = marks.into_iter().collect();
        let mut topics: BTreeMap<String, QueueTopic> = BTreeMap::new();
        for topic in partitions.iter().map(|(topic, _)| topic) {
            topics.entry(topic.clone()).or_insert_with(|| QueueTopic {
                topic: topic.clone(),
                lag: 0,
                groups: BTreeMap::new(),
                waiting: Vec::new(),
            });
        }
        let read = self.read_by_groups(consumer, &partitions, &marks, &mut topics)?;
        let mut waiting: Vec<_> = Vec::new();
        for (partition, marks) in &marks {
            let next = read
                .get(partition)
                .copied()
                .unwrap_or(marks.low)
                .max(marks.low);
            if let Some(topic) = topics.get_mut(&partition.0)
                && next < marks.high
            {
                topic.lag += marks.high - next;
                waiting.push((partition.clone(), next, marks.high));
            }
        }
        for (topic, record) in found(consumer, &waiting, records)? {
            if let Some(known) = topics.get_mut(&topic) {
                known.waiting.push(record);
            }
        }
        Ok(topics.into_values().collect())
    }

    fn partitions(&self, consumer: &Asked) -> Result<Partitions, Error> {
        let metadata = consumer
            .fetch_metadata(None, REQUEST)
            .map_err(Error::request("list the topics"))?;
        let ours = metadata
            .topics()
            .iter()
            .filter(|topic| topic.name().starts_with(&self.prefix));
        let partitions = ours.flat_map(|topic| {
            let numbers = topic.partitions().iter();
            numbers.map(|partition| (topic.name().to_owned(), partition.id()))
        });
        Ok(partitions.collect())
    }

    /// Asks each group how far it has read; gives the furthest of each partition.
    fn read_by_groups(
        &self,
        consumer: &Asked,
        partitions: &Partitions,
        marks: &Marks,
        topics: &mut BTreeMap<String, QueueTopic>,
    ) -> Result<Offsets, Error> {
        let mut furthest = Offsets::new();
        for group in group_names(consumer)? {
            for (partition, offset) in self.committed(&group, partitions)? {
                let high = marks.get(&partition).map_or(offset, |marks| marks.high);
                if let Some(topic) = topics.get_mut(&partition.0) {
                    *topic.groups.entry(group.clone()).or_default() += (high - offset).max(0);
                }
                let best = furthest.entry(partition).or_insert(offset);
                *best = offset.max(*best);
            }
        }
        Ok(furthest)
    }

    fn committed(&self, group: &str, partitions: &Partitions) -> Result<Offsets, Error> {
        let client = self.client_of(group)?;
        let asked = list_of(partitions, Offset::Invalid)?;
        let answered = client.ask(|consumer| {
            let read = consumer.committed_offsets(asked.clone(), REQUEST);
            read.map_err(Error::request("tell how far a group has read"))
        })?;
        let read = answered.elements().into_iter().filter_map(|element| {
            let offset = element.offset().to_raw().filter(|offset| *offset >= 0)?;
            Some(((element.topic().to_owned(), element.partition()), offset))
        });
        Ok(read.collect())
    }

    /// One client for each group, kept: making one costs a connection.
    fn client_of(&self, group: &str) -> Result<Asker, Error> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        if groups.len() > 2 * GROUPS {
            groups.clear();
        }
        if let Some(known) = groups.get(group) {
            return Ok(known.clone());
        }
        let client = named(&self.config, group)?;
        groups.insert(group.to_owned(), client.clone());
        Ok(client)
    }
}

fn group_names(consumer: &Asked) -> Result<Vec<String>, Error> {
    let groups = consumer
        .fetch_group_list(None, REQUEST)
        .map_err(Error::request("list the groups"))?;
    let names = groups.groups().iter().map(|group| group.name().to_owned());
    Ok(names.take(GROUPS).collect())
}

/// The oldest records of these ranges.
fn found(
    consumer: &Asked,
    ranges: &[((String, i32), i64, i64)],
    most: usize,
) -> Result<Vec<(String, QueueRecord)>, Error> {
    let mut list = TopicPartitionList::new();
    let mut wanted = 0;
    for ((topic, partition), next, high) in ranges {
        list.add_partition_offset(topic, *partition, Offset::Offset(*next))
            .map_err(Error::request("look at task topics"))?;
        wanted += usize::try_from(high - next).unwrap_or(usize::MAX / 2);
    }
    let wanted = wanted.min(most);
    if wanted == 0 {
        return Ok(Vec::new());
    }
    let assigned = consumer.assign(&list);
    assigned.map_err(Error::request("look at task topics"))?;
    let found = take(consumer, wanted);
    let left = consumer.unassign();
    left.map_err(Error::request("look away from task topics"))?;
    Ok(found)
}

fn take(consumer: &Asked, wanted: usize) -> Vec<(String, QueueRecord)> {
    let deadline = Instant::now() + LOOK;
    let mut found = Vec::with_capacity(wanted.min(1000));
    while found.len() < wanted && Instant::now() < deadline {
        // An error is in the log of the context, and passes or ends with the deadline.
        let Some(Ok(message)) = consumer.poll(Duration::from_millis(100)) else {
            continue;
        };
        let key = message.key().and_then(|key| std::str::from_utf8(key).ok());
        let record = QueueRecord {
            partition: message.partition(),
            offset: message.offset(),
            key: key.map(str::to_owned),
            value: message.payload().unwrap_or_default().to_vec(),
            time_ms: message.timestamp().to_millis(),
        };
        found.push((message.topic().to_owned(), record));
    }
    found
}

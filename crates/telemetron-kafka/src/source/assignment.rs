//! Making an assignment: offsets from the store, checked against the watermarks, assigned once.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use telemetron_model::topic::{Topic, TopicPartition};

use super::context::GroupContext;
use super::event::AssignedPartition;
use super::offsets::{self, Cluster, OffsetError, OffsetStore, StoredOffset};
use crate::topic_ids::{self, TopicIds};
use crate::watermarks::{self, Partitions};
use crate::{Error, SourceError, TopicNames};

const REQUEST: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const PAUSES: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(FIRST_PAUSE)
    .with_max_delay(LONGEST_PAUSE)
    .without_max_times();

/// A broker that has just been started may name an end that lies before the true one for a
/// moment: an offset beyond the end is believed only when it stays there.
const END_PATIENCE: Duration = Duration::from_secs(10);

/// Partitions that are ours and whose offsets are not known yet.
#[derive(Debug)]
pub(super) struct Wanted {
    partitions: Partitions,
    since: Instant,
    next_try: Instant,
    pauses: ExponentialBackoff,
}

/// Why an attempt has not made an assignment.
pub(super) enum Refusal {
    /// Try again, for this reason.
    Later(String),
    /// Kafka does not answer: try again, with a new client if that helps.
    Deaf(Error),
    /// Never.
    Never(SourceError),
}

impl Wanted {
    pub(super) fn new(partitions: Partitions) -> Self {
        let now = Instant::now();
        Self {
            partitions,
            since: now,
            next_try: now,
            pauses: PAUSES.build(),
        }
    }

    pub(super) fn is_due(&self) -> bool {
        Instant::now() >= self.next_try
    }

    /// Puts the next attempt off, longer each time.
    pub(super) fn put_off(&mut self) {
        self.next_try = Instant::now() + self.pauses.next().unwrap_or(LONGEST_PAUSE);
    }

    pub(super) fn partitions(&self) -> &Partitions {
        &self.partitions
    }

    /// Finds where each partition starts. `seen` says where the partitions of a topic were last seen to
    /// end, which raises what the store knows.
    pub(super) fn starts(
        &self,
        consumer: &BaseConsumer<GroupContext>,
        topics: &TopicNames,
        store: &Arc<dyn OffsetStore>,
        seen: &Seen,
    ) -> Result<Vec<AssignedPartition>, Refusal> {
        let ours: Vec<TopicPartition> = self
            .partitions
            .iter()
            .filter_map(|(name, partition)| {
                Some(TopicPartition::new(topics.find(name)?, *partition))
            })
            .collect();
        if ours.is_empty() {
            return Ok(Vec::new());
        }
        let ids = topic_ids::ids_of(consumer.client(), topics, distinct(&ours), REQUEST)
            .map_err(Refusal::Deaf)?;
        let stored = load(consumer, topics, store, &ours)?;
        let marks =
            watermarks::query(consumer, &self.partitions, REQUEST).map_err(Refusal::Deaf)?;
        let start = |at: TopicPartition| {
            let name = (topics.of(at.topic).to_owned(), at.partition);
            let marks = marks.get(&name).copied().ok_or_else(|| {
                Refusal::Later(format!("kafka does not tell where {name:?} begins"))
            })?;
            let mut stored = stored.get(&at).cloned();
            if let Some(stored) = &mut stored {
                seen.raise(at, stored);
            }
            offsets::start_of(at, stored, ids.get(&at.topic), marks)
                .map_err(|error| self.doubt(error))
        };
        ours.into_iter().map(start).collect()
    }

    fn doubt(&self, error: SourceError) -> Refusal {
        if self.since.elapsed() < END_PATIENCE {
            Refusal::Later(error.to_string())
        } else {
            Refusal::Never(error)
        }
    }
}

fn distinct(partitions: &[TopicPartition]) -> BTreeSet<Topic> {
    partitions.iter().map(|at| at.topic).collect()
}

fn load(
    consumer: &BaseConsumer<GroupContext>,
    topics: &TopicNames,
    store: &Arc<dyn OffsetStore>,
    partitions: &[TopicPartition],
) -> Result<HashMap<TopicPartition, StoredOffset>, Refusal> {
    let id = consumer.client().fetch_cluster_id(REQUEST).ok_or_else(|| {
        Refusal::Deaf(Error::Request {
            action: "tell its cluster id",
            reason: "no answer".to_owned(),
        })
    })?;
    let cluster = Cluster {
        id: &id,
        topic_prefix: topics.prefix(),
        has_topics_without_prefix: has_topics_without_prefix(consumer, topics)?,
    };
    Ok(store.load(&cluster, partitions)?)
}

fn has_topics_without_prefix(
    consumer: &BaseConsumer<GroupContext>,
    topics: &TopicNames,
) -> Result<bool, Refusal> {
    if topics.prefix().is_empty() {
        return Ok(true);
    }
    let bare = TopicNames::new("");
    let found = topic_ids::ids_of(consumer.client(), &bare, Topic::ALL, REQUEST);
    found.map(|ids| !ids.is_empty()).map_err(Refusal::Deaf)
}

/// Where partitions were last seen to end, and of which topics.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) ids: TopicIds,
    pub(super) ends: HashMap<TopicPartition, i64>,
}

impl Seen {
    /// Keeps what an assignment found.
    pub(super) fn keep(&mut self, starts: &[AssignedPartition]) {
        for start in starts {
            self.ends.insert(start.at(), start.end);
            if let Some(id) = &start.topic_id {
                self.ids.insert(start.topic, id.clone());
            }
        }
    }

    /// Lets a stored offset know of a later end of its own topic.
    fn raise(&self, at: TopicPartition, stored: &mut StoredOffset) {
        let same = self.ids.get(&at.topic) == stored.topic_id.as_ref();
        if let Some(end) = self.ends.get(&at).filter(|_| same) {
            stored.end_seen = stored.end_seen.max(Some(*end));
        }
    }
}

impl From<OffsetError> for Refusal {
    fn from(error: OffsetError) -> Self {
        match error {
            OffsetError::Away(_) => Self::Later(error.to_string()),
            OffsetError::Broken(reason) => Self::Never(SourceError::Offsets(reason)),
        }
    }
}

/// The list that assigns each partition at its start.
pub(super) fn list_of(
    starts: &[AssignedPartition],
    topics: &TopicNames,
) -> Result<TopicPartitionList, Refusal> {
    let mut list = TopicPartitionList::with_capacity(starts.len());
    for start in starts {
        let offset = rdkafka::Offset::Offset(start.offset);
        list.add_partition_offset(topics.of(start.topic), start.partition, offset)
            .map_err(|error| Refusal::Later(error.to_string()))?;
    }
    Ok(list)
}

//! Making an assignment: offsets from the store, checked against the watermarks, assigned once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use telemetron_model::topic::Topic;

use super::context::GroupContext;
use super::event::AssignedPartition;
use super::offsets::{self, OffsetError, OffsetStore};
use crate::watermarks::{self, Partitions};
use crate::{SourceError, TopicNames};

const REQUEST: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A broker that has just been started may name an end that lies before the true one for a
/// moment: an offset beyond the end is believed only when it stays there.
const END_PATIENCE: Duration = Duration::from_secs(10);

/// Partitions that are ours and whose offsets are not known yet.
#[derive(Debug)]
pub(super) struct Wanted {
    partitions: Partitions,
    since: Instant,
    next_try: Instant,
    pause: Duration,
}

/// Why an attempt has not made an assignment.
pub(super) enum Refusal {
    /// Try again, for this reason.
    Later(String),
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
            pause: FIRST_PAUSE,
        }
    }

    pub(super) fn is_due(&self) -> bool {
        Instant::now() >= self.next_try
    }

    /// Puts the next attempt off, longer each time.
    pub(super) fn put_off(&mut self) {
        self.next_try = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    pub(super) fn partitions(&self) -> &Partitions {
        &self.partitions
    }

    /// Finds where each partition starts.
    pub(super) fn starts(
        &self,
        consumer: &BaseConsumer<GroupContext>,
        topics: &TopicNames,
        store: &Arc<dyn OffsetStore>,
    ) -> Result<Vec<AssignedPartition>, Refusal> {
        let ours: Vec<(Topic, i32)> = self
            .partitions
            .iter()
            .filter_map(|(name, partition)| Some((topics.find(name)?, *partition)))
            .collect();
        if ours.is_empty() {
            return Ok(Vec::new());
        }
        let cluster = consumer
            .client()
            .fetch_cluster_id(REQUEST)
            .ok_or_else(|| Refusal::Later("kafka does not tell its cluster id".to_owned()))?;
        let stored = store.load(&cluster, &ours).map_err(Refusal::from)?;
        let marks = watermarks::query(consumer, &self.partitions, REQUEST)
            .map_err(|error| Refusal::Later(error.to_string()))?;
        let start = |partition: (Topic, i32)| {
            let name = (topics.of(partition.0).to_owned(), partition.1);
            let marks = marks.get(&name).copied().ok_or_else(|| {
                Refusal::Later(format!("kafka does not tell where {name:?} begins"))
            })?;
            offsets::start_of(partition, stored.get(&partition).copied(), marks)
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

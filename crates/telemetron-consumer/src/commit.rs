//! Commits chunks: dead letters first, then rows and offsets in one transaction, however often it
//! takes.

use std::time::Instant;

use telemetron_kafka::{AssignedPartition, Replaced};
use telemetron_model::topic::{PartitionOffset, TopicPartition};
use telemetron_runtime::Component;
use telemetron_store::write::{self, Found, PartitionStart, ReplacedTopic, Skip, Topics};
use telemetron_store::{Owner, PgPool, StoreError, partitions};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::dead_letters::DeadLetters;
use crate::isolate::isolate;
use crate::metrics::Counters;
use crate::patience::{Tries, unless_stopped};
use crate::prepare::{Prepared, prepare};

/// How often a race for the same rows is run again before the rows count as refused.
const MAX_RACES: u32 = 8;

/// How a chunk ended.
#[derive(Debug)]
pub(crate) enum Committed {
    /// Its rows are stored; the offsets now stand here.
    Stored(Vec<PartitionOffset>),
    /// Another consumer moved the offsets: nothing was stored.
    Fenced(String),
    /// The consumer was asked to stop before it could be stored.
    Interrupted,
}

impl Committed {
    /// How two lanes ended together: the worse of both.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Stored(mut offsets), Self::Stored(more)) => {
                offsets.extend(more);
                Self::Stored(offsets)
            }
            (Self::Fenced(reason), _) | (_, Self::Fenced(reason)) => Self::Fenced(reason),
            _ => Self::Interrupted,
        }
    }
}

/// Writes chunks into the store. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Committer {
    pool: PgPool,
    dead_letters: DeadLetters,
    cluster_id: String,
    store: Component,
    counters: Counters,
}

impl Committer {
    pub(crate) const fn new(
        pool: PgPool,
        dead_letters: DeadLetters,
        store: Component,
        counters: Counters,
    ) -> Self {
        Self {
            pool,
            dead_letters,
            cluster_id: String::new(),
            store,
            counters,
        }
    }

    /// Makes the offset rows of an assignment, and counts what expired before it was read. Ends early
    /// when the consumer is asked to stop.
    pub(crate) async fn begin(
        &mut self,
        cluster_id: String,
        topics: &Topics,
        assigned: &[AssignedPartition],
        shutdown: &CancellationToken,
    ) {
        self.dead_letters.begin(&cluster_id);
        self.cluster_id = cluster_id;
        for start in assigned {
            if start.expired > 0 {
                let AssignedPartition {
                    topic,
                    partition,
                    expired,
                    ..
                } = *start;
                tracing::error!(%topic, partition, expired, "records expired before they were read");
                self.counters.expired.inc_by(expired.unsigned_abs());
            }
            if !self.begin_partition(topics, start, shutdown).await {
                return;
            }
        }
        self.store.ready();
    }

    async fn begin_partition(
        &self,
        topics: &Topics,
        assigned: &AssignedPartition,
        shutdown: &CancellationToken,
    ) -> bool {
        let found = self.found(assigned);
        let start = PartitionStart {
            topic: assigned.topic,
            partition: assigned.partition,
            offset: assigned.offset,
            expired: assigned.expired,
        };
        let mut tries = self.tries(shutdown);
        let cluster = &self.cluster_id;
        let begin = || write::begin_partition_of(&self.pool, cluster, topics, start, &found);
        while let Err(error) = begin().await {
            if !tries.pause(&error).await {
                return false;
            }
        }
        true
    }

    /// What was found of the topic of a partition; says so when it was made anew.
    fn found(&self, start: &AssignedPartition) -> Found {
        let replaced = start.replaced.as_ref().map(|replaced| {
            let Replaced { next, unread, .. } = *replaced;
            let (topic, partition) = (start.topic, start.partition);
            tracing::error!(
                %topic, partition, next, unread,
                "the topic was deleted and made anew; records of the old one were never read: \
                 at least so many"
            );
            self.counters.replaced.inc();
            self.counters.unread.inc_by(unread.unsigned_abs());
            ReplacedTopic {
                topic_id: replaced.topic_id.0.clone(),
                next_offset: next,
                unread,
            }
        });
        Found {
            end: Some(start.end),
            replaced,
        }
    }

    /// Commits the lanes of a batch side by side, each on a task of its own: folding is work for the
    /// processor, and one thread would do it lane after lane.
    pub(crate) async fn commit(
        &self,
        lanes: Vec<Prepared>,
        shutdown: &CancellationToken,
    ) -> Result<Committed, Error> {
        let mut running = JoinSet::new();
        for lane in lanes {
            let (committer, shutdown) = (self.clone(), shutdown.clone());
            running.spawn(async move { committer.commit_lane(lane, &shutdown).await });
        }
        let mut ended = Committed::Stored(Vec::new());
        while let Some(lane) = running.join_next().await {
            ended = ended.and(lane.map_err(|error| Error::Lane(error.to_string()))??);
        }
        Ok(ended)
    }

    /// Commits a lane; records that the database refuses are parted from the others and go to the
    /// dead letters.
    async fn commit_lane(
        &self,
        batch: Prepared,
        shutdown: &CancellationToken,
    ) -> Result<Committed, Error> {
        let mut waiting = vec![batch];
        let mut stored = Vec::new();
        while let Some(prepared) = waiting.pop() {
            match self.store_prepared(prepared, shutdown).await {
                Stored::Yes(offsets) => stored.extend(offsets),
                Stored::Fenced(reason) => {
                    self.counters.fenced.inc();
                    return Ok(Committed::Fenced(reason));
                }
                Stored::Refused(..) if shutdown.is_cancelled() => {
                    return Ok(Committed::Interrupted);
                }
                Stored::Refused(prepared, error) => {
                    for chunk in isolate(&self.pool, *prepared, &error)
                        .await
                        .into_iter()
                        .rev()
                    {
                        waiting.push(prepare(chunk, &self.cluster_id).await?);
                    }
                }
                Stored::Skip(prepared, skips) => {
                    let mut chunk = prepared.chunk;
                    skips.iter().for_each(|skip| chunk.skip(skip));
                    waiting.push(prepare(chunk, &self.cluster_id).await?);
                }
                Stored::Interrupted => return Ok(Committed::Interrupted),
            }
        }
        Ok(Committed::Stored(stored))
    }

    async fn store_prepared(&self, mut prepared: Prepared, shutdown: &CancellationToken) -> Stored {
        if !self
            .dead_letters
            .send_rejected(&mut prepared, shutdown)
            .await
        {
            return Stored::Interrupted;
        }
        let timer = Instant::now();
        let (mut tries, mut races) = (self.tries(shutdown), 0);
        loop {
            self.counters.attempts.inc();
            let applied = write::apply(&self.pool, &prepared.batch);
            let error = match unless_stopped(applied, shutdown).await {
                Some(Ok(tallies)) => {
                    self.store.ready();
                    self.dead_letters.counted(&prepared.chunk.messages);
                    self.counters
                        .committed(&prepared, &tallies, timer.elapsed());
                    return Stored::Yes(offsets_after(&prepared));
                }
                Some(Err(error)) => error,
                None => return Stored::Interrupted,
            };
            let goes_on = match error {
                StoreError::Fenced(place) => return Stored::Fenced(place),
                StoreError::Skip(skips) => return Stored::Skip(Box::new(prepared), skips),
                StoreError::Raced(_) if races < MAX_RACES => {
                    races += 1;
                    true
                }
                StoreError::MissingPartition(_) => {
                    self.make_day(&prepared, &error, &mut tries).await
                }
                error if is_of_a_record(&error) && prepared.folds => {
                    return Stored::Refused(Box::new(prepared), error);
                }
                // Dead letters alone: what is said of them must not be why they cannot be counted.
                error if is_of_a_record(&error) && prepared.batch.bare_letters() => true,
                error => tries.pause(&error).await,
            };
            if !goes_on {
                return Stored::Interrupted;
            }
        }
    }

    /// Makes the partitions that a batch lacks. Without a pause at first: it is the first record of a
    /// day. Where they cannot be made, or do not help, says why and waits.
    async fn make_day(
        &self,
        prepared: &Prepared,
        error: &StoreError,
        tries: &mut Tries<'_>,
    ) -> bool {
        let messages = prepared.chunk.messages.iter();
        let mut days: Vec<_> = messages.map(|message| message.broker_time.day()).collect();
        days.extend(partitions::missing_day(error));
        days.sort_unstable();
        days.dedup();
        match partitions::ensure(&self.pool, &days).await {
            Ok(()) if tries.first() => true,
            Ok(()) => tries.pause(error).await,
            Err(refused) => {
                let reason = format!("the partition of a day cannot be made: {refused}");
                tries.pause(&reason).await
            }
        }
    }

    fn tries<'a>(&'a self, shutdown: &'a CancellationToken) -> Tries<'a> {
        Tries::new(&self.store, &self.counters, shutdown)
    }
}

/// How one try at a chunk ended.
enum Stored {
    Yes(Vec<PartitionOffset>),
    Fenced(String),
    Interrupted,
    Refused(Box<Prepared>, StoreError),
    Skip(Box<Prepared>, Vec<Skip>),
}

/// Whether the fault lies in a record; a race that never ends lies in a row.
fn is_of_a_record(error: &StoreError) -> bool {
    error.owner() == Owner::Record || matches!(error, StoreError::Raced(_))
}

fn offsets_after(prepared: &Prepared) -> Vec<PartitionOffset> {
    let after = prepared.batch.positions().iter();
    after
        .map(|position| {
            TopicPartition::new(position.topic, position.partition).offset(position.next)
        })
        .collect()
}

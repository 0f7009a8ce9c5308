//! Commits chunks: dead letters first, then rows and offsets in one transaction, however often it
//! takes.

use std::time::Duration;

use futures_util::future::join_all;
use telemetron_kafka::dead_letter::DeadLetter;
use telemetron_kafka::{AssignedPartition, Delivered, Message, RenewingProducer};
use telemetron_model::Timestamp;
use telemetron_model::decode::Rejection;
use telemetron_model::topic::Topic;
use telemetron_runtime::Component;
use telemetron_store::write::{self, PartitionStart};
use telemetron_store::{PgPool, StoreError, partitions};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::chunk::Chunk;
use crate::metrics::Counters;
use crate::prepare::{Prepared, origin, prepare, rejected};

/// How many rejected records are on their way to the dead letters at a time.
const BURIED_TOGETHER: usize = 256;

/// Longest pause between two tries.
const MAX_BACKOFF: Duration = Duration::from_secs(2);

/// How often a race for the same rows is run again before the rows count as refused.
const MAX_RACES: u32 = 8;

/// How a chunk ended.
#[derive(Debug)]
pub(crate) enum Committed {
    /// Its rows are stored; the offsets now stand here.
    Stored(Vec<(Topic, i32, i64)>),
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
    producer: RenewingProducer,
    cluster_id: String,
    store: Component,
    counters: Counters,
}

impl Committer {
    pub(crate) fn new(
        pool: PgPool,
        producer: RenewingProducer,
        store: Component,
        counters: Counters,
    ) -> Self {
        Self {
            pool,
            producer,
            cluster_id: String::new(),
            store,
            counters,
        }
    }

    /// Makes the offset rows of an assignment, and counts what expired before it was read.
    pub(crate) async fn begin(
        &mut self,
        cluster_id: String,
        assigned: &[AssignedPartition],
        shutdown: &CancellationToken,
    ) -> Result<(), Error> {
        self.cluster_id = cluster_id;
        for start in assigned {
            let AssignedPartition {
                topic,
                partition,
                offset,
                expired,
            } = *start;
            if expired > 0 {
                tracing::error!(%topic, partition, expired, "records expired before they were read");
                self.counters.expired.inc_by(expired.unsigned_abs());
            }
            let start = PartitionStart {
                topic,
                partition,
                offset,
                expired,
            };
            let mut tries = 0;
            while let Err(error) = write::begin_partition(&self.pool, &self.cluster_id, start).await
            {
                if !error.is_transient() {
                    return Err(error.into());
                }
                if !self.pause(&mut tries, &error, shutdown).await {
                    return Ok(());
                }
            }
        }
        self.store.ready();
        Ok(())
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

    /// Commits a lane; halves it while the database refuses it for good, until the row that is
    /// refused stands alone and goes to the dead letters.
    async fn commit_lane(
        &self,
        batch: Prepared,
        shutdown: &CancellationToken,
    ) -> Result<Committed, Error> {
        let mut waiting = vec![batch];
        let mut stored = Vec::new();
        while let Some(prepared) = waiting.pop() {
            match self.store_prepared(prepared, shutdown).await? {
                Stored::Yes(offsets) => stored.extend(offsets),
                Stored::Fenced(reason) => {
                    self.counters.fenced.inc();
                    return Ok(Committed::Fenced(reason));
                }
                Stored::Interrupted => return Ok(Committed::Interrupted),
                Stored::Refused(chunk, reason) if chunk.messages.len() == 1 => {
                    let reason = Some(Rejection::Refused(reason));
                    waiting.push(prepare(chunk, &self.cluster_id, reason).await?);
                }
                Stored::Refused(chunk, reason) => {
                    tracing::warn!(
                        records = chunk.messages.len(),
                        reason,
                        "the database refuses a batch; halving it"
                    );
                    let (first, second) = chunk.split();
                    waiting.push(prepare(second, &self.cluster_id, None).await?);
                    waiting.push(prepare(first, &self.cluster_id, None).await?);
                }
            }
        }
        Ok(Committed::Stored(stored))
    }

    async fn store_prepared(
        &self,
        mut prepared: Prepared,
        shutdown: &CancellationToken,
    ) -> Result<Stored, Error> {
        if !self.bury(&mut prepared, shutdown).await {
            return Ok(Stored::Interrupted);
        }
        let timer = std::time::Instant::now();
        let (mut tries, mut races) = (0, 0);
        loop {
            let error = match write::apply(&self.pool, &prepared.batch).await {
                Ok(tallies) => {
                    self.store.ready();
                    self.counters
                        .committed(&prepared, &tallies, timer.elapsed());
                    return Ok(Stored::Yes(offsets_after(&prepared)));
                }
                Err(error) => error,
            };
            match error {
                StoreError::Fenced(place) => return Ok(Stored::Fenced(place)),
                StoreError::MissingPartition(_) if tries < 3 => {
                    tries += 1;
                    self.make_partitions(&prepared).await;
                }
                StoreError::Raced if races < MAX_RACES => races += 1,
                error if error.is_transient() && !matches!(error, StoreError::Raced) => {
                    if !self.pause(&mut tries, &error, shutdown).await {
                        return Ok(Stored::Interrupted);
                    }
                }
                error => return Ok(Stored::Refused(prepared.chunk, error.to_string())),
            }
        }
    }

    async fn make_partitions(&self, prepared: &Prepared) {
        let mut days: Vec<_> = prepared
            .chunk
            .messages
            .iter()
            .map(|message| message.broker_time.day())
            .collect();
        days.sort_unstable();
        days.dedup();
        if let Err(error) = partitions::ensure(&self.pool, &days).await {
            tracing::warn!(%error, "partitions could not be made");
        }
    }

    /// Sends the rejected messages to the dead letters, many at a time, and waits until they are
    /// there: a flood of them must not hold up what is good.
    ///
    /// Says whether the commit may go on; the consumer may be asked to stop while Kafka is away.
    async fn bury(&self, prepared: &mut Prepared, shutdown: &CancellationToken) -> bool {
        let rejections = std::mem::take(&mut prepared.rejections);
        for together in rejections.chunks(BURIED_TOGETHER) {
            let messages = &prepared.chunk.messages;
            let letters = together.iter().map(|(index, reason)| {
                let message = &messages[*index];
                self.bury_one(message, reason, shutdown)
            });
            let buried: Option<Vec<_>> = join_all(letters).await.into_iter().collect();
            let Some(buried) = buried else {
                return false;
            };
            for ((index, reason), letter) in together.iter().zip(buried) {
                let message = &prepared.chunk.messages[*index];
                let place = prepared.batch.place_of(message.topic, message.partition);
                let letter = (letter.partition, letter.offset);
                prepared
                    .batch
                    .reject(rejected(message, place, reason, letter));
            }
        }
        true
    }

    /// Sends one message to the dead letters, however often it takes; none when asked to stop.
    async fn bury_one(
        &self,
        message: &Message,
        reason: &Rejection,
        shutdown: &CancellationToken,
    ) -> Option<Delivered> {
        let (topic, partition, offset) = (message.topic, message.partition, message.offset);
        tracing::warn!(%topic, partition, offset, %reason, "rejecting a record to the dead letters");
        let mut tries = 0;
        loop {
            let producer = self.producer.current().await;
            let name = producer.topics().of(topic);
            let origin = origin(message, &self.cluster_id, name);
            let now = Timestamp::now();
            let letter = DeadLetter::of(message.clone(), origin, reason.code(), reason, now);
            match letter.send(&producer).await {
                Ok(delivered) => return Some(delivered),
                Err(error) => {
                    if !self.pause(&mut tries, &error, shutdown).await {
                        return None;
                    }
                }
            }
        }
    }

    /// Waits before the next try; says false when the consumer is asked to stop.
    async fn pause(
        &self,
        tries: &mut u32,
        error: &impl ToString,
        shutdown: &CancellationToken,
    ) -> bool {
        *tries += 1;
        let reason = error.to_string();
        if *tries == 1 || tries.is_multiple_of(30) {
            tracing::warn!(reason, tries, "waiting to try again; nothing is skipped");
        }
        self.store.not_ready(reason);
        self.counters.retries.inc();
        let wait = Duration::from_millis(50)
            .saturating_mul(1 << (*tries).min(6))
            .min(MAX_BACKOFF);
        tokio::select! {
            () = shutdown.cancelled() => false,
            () = sleep(wait) => true,
        }
    }
}

/// How one try at a chunk ended.
enum Stored {
    Yes(Vec<(Topic, i32, i64)>),
    Fenced(String),
    Interrupted,
    Refused(Chunk, String),
}

fn offsets_after(prepared: &Prepared) -> Vec<(Topic, i32, i64)> {
    let after = prepared.batch.positions().iter();
    after
        .map(|position| (position.topic, position.partition, position.next))
        .collect()
}

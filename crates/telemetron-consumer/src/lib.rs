#![doc = include_str!("../README.md")]

mod chunk;
mod commit;
mod dead_letters;
mod files;
mod gather;
mod isolate;
mod metrics;
mod offsets;
mod patience;
mod prepare;
mod rejoin;
mod upkeep;

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use telemetron_kafka::{
    AssignedPartition, KafkaConfig, ProducerOptions, RenewingProducer, RevokeAck, Source,
    SourceError, SourceOptions,
};
use telemetron_runtime::{Component, Health, MetricsBuilder};
use telemetron_store::PgPool;
use telemetron_store::write::Topics;
use tokio_util::sync::CancellationToken;

use commit::{Committed, Committer};
use dead_letters::DeadLetters;
use files::Files;
use gather::{Gathered, Gatherer};
use offsets::Offsets;
use prepare::Prepared;
use rejoin::Rejoins;
pub use upkeep::Upkeep;

/// How much a batch may hold, and how long it waits to fill.
#[derive(Debug, Clone, Copy)]
pub struct BatchLimits {
    /// Most records.
    pub max_records: usize,
    /// Most bytes of keys, headers and values.
    pub max_bytes: usize,
    /// Longest a record waits for its batch to fill.
    pub max_wait: Duration,
    /// Most transactions that store a batch side by side, each with partitions of its own.
    pub lanes: usize,
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self {
            max_records: 10_000,
            max_bytes: 32 * 1024 * 1024,
            max_wait: Duration::from_millis(100),
            lanes: 2,
        }
    }
}

/// Why a consumer stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The source cannot go on; the text says what to do.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A client refuses its configuration.
    #[error(transparent)]
    Kafka(#[from] telemetron_kafka::Error),
    /// A thread that prepares batches died.
    #[error("preparing a batch failed: {0}")]
    Prepare(String),
    /// A task that stores a lane died.
    #[error("storing a batch failed: {0}")]
    Lane(String),
}

/// The topics of an assignment.
fn topics_of(prefix: &str, partitions: &[AssignedPartition]) -> Topics {
    let ids = partitions.iter().filter_map(|start| {
        let id = start.topic_id.as_ref()?;
        Some((start.topic, id.0.clone()))
    });
    Topics {
        prefix: prefix.to_owned(),
        ids: ids.collect(),
    }
}

/// The batch loop of one member of the consumer group.
pub struct Consumer {
    kafka: KafkaConfig,
    options: SourceOptions,
    gatherer: Gatherer,
    committer: Committer,
    offsets: Arc<Offsets>,
    assigned: Component,
    rejoins: Rejoins,
}

impl Consumer {
    /// Joins the group. Records of which Kafka takes no dead letter go to the folder `letter_files`.
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When a Kafka client refuses its configuration.
    pub fn start(
        kafka: &KafkaConfig,
        options: SourceOptions,
        limits: BatchLimits,
        pool: PgPool,
        letter_files: PathBuf,
        health: &Health,
        metrics: &mut MetricsBuilder,
    ) -> Result<Self, Error> {
        let kafka = &kafka.clone().with_role("consumer");
        let store = health.register("consumer.store");
        let runtime = tokio::runtime::Handle::current();
        let offsets = Arc::new(Offsets::new(pool.clone(), runtime, store.clone()));
        let source = Source::start(kafka, options.clone(), Arc::<Offsets>::clone(&offsets))?;
        let producer = RenewingProducer::new(kafka, ProducerOptions::default())?;
        let counters = metrics::Counters::register(metrics);
        let letters = health.register("consumer.dead_letters");
        let dead_letters = DeadLetters::new(
            producer,
            pool.clone(),
            Files::new(letter_files),
            letters,
            counters.clone(),
        );
        let committer = Committer::new(pool, dead_letters, store, counters);
        let assigned = health.register("consumer.group");
        Ok(Self {
            kafka: kafka.clone(),
            options,
            gatherer: Gatherer::new(source, limits),
            committer,
            offsets,
            assigned,
            rejoins: Rejoins::default(),
        })
    }

    /// Gathers, prepares and commits until cancelled; then finishes the batch in hand and leaves
    /// the group.
    ///
    /// # Errors
    /// When reading cannot go on. Nothing is lost: offsets stand where the last commit put them.
    pub async fn run(mut self, shutdown: CancellationToken) -> Result<(), Error> {
        let verdict = self.consume(&shutdown).await;
        self.gatherer
            .into_source()
            .stop(Duration::from_secs(5))
            .await;
        verdict
    }

    async fn consume(&mut self, shutdown: &CancellationToken) -> Result<(), Error> {
        let mut next = self.gatherer.next(shutdown).await?;
        loop {
            match next {
                Gathered::Batch(lanes) => next = self.commit_and_gather(lanes, shutdown).await?,
                Gathered::Assigned { epoch, partitions } => {
                    let cluster_id = self.offsets.cluster_id();
                    let topics = Arc::new(topics_of(&self.kafka.topic_prefix, &partitions));
                    self.gatherer
                        .begin((&cluster_id, &topics), epoch, &partitions);
                    self.committer
                        .begin(cluster_id, &topics, &partitions, shutdown)
                        .await;
                    self.assigned.ready();
                    next = self.gatherer.next(shutdown).await?;
                }
                Gathered::Revoked(ack) => {
                    self.revoke(ack);
                    next = self.gatherer.next(shutdown).await?;
                }
                Gathered::Silent(reason) => {
                    self.assigned.not_ready(reason);
                    next = self.gatherer.next(shutdown).await?;
                }
                Gathered::Heard => {
                    self.assigned.ready();
                    next = self.gatherer.next(shutdown).await?;
                }
                // It comes no quicker than a client may be made anew.
                Gathered::Failed(SourceError::Standing(reason)) => {
                    self.rejoin(&reason)?;
                    next = self.gatherer.next(shutdown).await?;
                }
                Gathered::Failed(SourceError::Refused(reason)) if self.rejoins.allow() => {
                    self.rejoin(&reason)?;
                    next = self.gatherer.next(shutdown).await?;
                }
                Gathered::Failed(error) => return Err(error.into()),
                Gathered::Stopped => return Ok(()),
            }
        }
    }

    /// Commits one batch while the next is gathered and prepared.
    ///
    /// What was gathered after a batch that was not committed begins at offsets where nothing
    /// stands: it is thrown away.
    async fn commit_and_gather(
        &mut self,
        lanes: Vec<Prepared>,
        shutdown: &CancellationToken,
    ) -> Result<Gathered, Error> {
        let copies = self.gatherer.source().copies();
        let (ended, early) = {
            let mut gathering = pin!(self.gatherer.next(shutdown));
            let mut committing = pin!(self.committer.commit(lanes, shutdown));
            let mut early = None;
            let committed = loop {
                tokio::select! {
                    biased;
                    committed = &mut committing => break committed?,
                    gathered = &mut gathering, if early.is_none() => early = Some(gathered?),
                }
            };
            match committed {
                Committed::Stored(offsets) => {
                    copies.commit(offsets);
                    return match early {
                        Some(gathered) => Ok(gathered),
                        None => gathering.await,
                    };
                }
                ended => (ended, early),
            }
        };
        // What was being gathered is not waited for: it may be long until the next message comes.
        let Committed::Fenced(reason) = ended else {
            return Ok(Gathered::Stopped);
        };
        tracing::warn!(
            reason,
            "fenced: the offsets were moved by another consumer or an operator; beginning again"
        );
        self.gatherer.reassign();
        match early {
            None | Some(Gathered::Batch(_)) => self.gatherer.next(shutdown).await,
            Some(other) => Ok(other),
        }
    }

    /// Joins the group with a new client: one that was refused or that has lost the cluster never
    /// recovers.
    fn rejoin(&mut self, reason: &str) -> Result<(), Error> {
        tracing::warn!(reason, "joining the group anew, with a new client");
        self.assigned.not_ready("joining the group anew");
        let offsets = Arc::<Offsets>::clone(&self.offsets);
        self.gatherer
            .replace(Source::start(&self.kafka, self.options.clone(), offsets)?);
        Ok(())
    }

    fn revoke(&mut self, ack: RevokeAck) {
        self.gatherer.forget();
        self.assigned.not_ready("no partitions assigned");
        ack.done();
    }
}

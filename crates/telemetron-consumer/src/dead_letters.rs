//! Sends what cannot be folded to the dead letters, each record once.
//!
//! No record can stop its partition here. A letter is cut until Kafka takes it; a record of which Kafka
//! takes none goes to a file; an operator may skip what waits all the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;
use telemetron_kafka::dead_letter::{DeadLetter, SMALLER_BYTES};
use telemetron_kafka::{Message, RenewingProducer, SendError};
use telemetron_model::Timestamp;
use telemetron_model::decode::Rejection;
use telemetron_model::topic::PartitionOffset;
use telemetron_runtime::Component;
use telemetron_store::PgPool;
use telemetron_store::write::{self, Kept};
use tokio_util::sync::CancellationToken;

use crate::files::Files;
use crate::metrics::Counters;
use crate::patience::{Tries, unless_stopped};
use crate::prepare::{Prepared, Refused, origin, rejected};

/// How many rejected records are on their way to the dead letters at a time.
const TOGETHER: usize = 256;

/// Most bytes of them; a single one may be larger.
const TOGETHER_BYTES: usize = 16 * 1024 * 1024;

/// Delivered letters that are remembered until the transaction that counts them has committed.
const MOST_KNOWN: usize = 20_000;

/// Where a record stood, and when the broker took it: a topic that was made anew has the same offsets.
type Place = (PartitionOffset, Timestamp);

/// Sends rejected records to the dead letters. Cheap to clone.
#[derive(Clone)]
pub(crate) struct DeadLetters {
    producer: RenewingProducer,
    pool: PgPool,
    files: Files,
    cluster_id: String,
    ready: Component,
    counters: Counters,
    known: Arc<Mutex<HashMap<Place, Kept>>>,
}

/// What became of one record.
enum Outcome {
    Kept(Kept),
    /// An operator gave it up while it waited, for this reason.
    Skipped(String),
}

impl DeadLetters {
    pub(crate) fn new(
        producer: RenewingProducer,
        pool: PgPool,
        files: Files,
        ready: Component,
        counters: Counters,
    ) -> Self {
        ready.ready();
        Self {
            producer,
            pool,
            files,
            cluster_id: String::new(),
            ready,
            counters,
            known: Arc::default(),
        }
    }

    /// Begins with the partitions of a cluster.
    pub(crate) fn begin(&mut self, cluster_id: &str) {
        if self.cluster_id != cluster_id {
            cluster_id.clone_into(&mut self.cluster_id);
            self.lock().clear();
        }
    }

    /// Sends the rejected messages of a batch, many at a time, and waits until they are there: a flood
    /// of them must not hold up what is good. Those that are there already are not sent again.
    ///
    /// Says whether the commit may go on; the consumer may be asked to stop while Kafka is away.
    pub(crate) async fn send_rejected(
        &self,
        prepared: &mut Prepared,
        shutdown: &CancellationToken,
    ) -> bool {
        let mut rejections = std::mem::take(&mut prepared.rejections);
        while !rejections.is_empty() {
            let rest = rejections.split_off(together(&rejections, &prepared.chunk.messages));
            let messages = &prepared.chunk.messages;
            let sends = rejections
                .iter()
                .map(|refused| self.send_one(&messages[refused.index], &refused.reason, shutdown));
            let outcomes: Option<Vec<_>> = join_all(sends).await.into_iter().collect();
            let Some(outcomes) = outcomes else {
                return false;
            };
            for (refused, outcome) in rejections.into_iter().zip(outcomes) {
                note(prepared, refused, outcome);
            }
            rejections = rest;
        }
        true
    }

    /// Forgets the letters of messages that are counted now.
    pub(crate) fn counted(&self, messages: &[Message]) {
        let mut known = self.lock();
        if !known.is_empty() {
            messages.iter().for_each(|message| {
                known.remove(&place_of(message));
            });
        }
    }

    /// Keeps one message, however often it takes; none when asked to stop.
    async fn send_one(
        &self,
        message: &Message,
        reason: &Rejection,
        shutdown: &CancellationToken,
    ) -> Option<Outcome> {
        if matches!(reason, Rejection::Skipped(_)) {
            return Some(Outcome::Kept(Kept::Nowhere));
        }
        if let Some(kept) = self.lock().get(&place_of(message)) {
            return Some(Outcome::Kept(kept.clone()));
        }
        let (topic, partition, offset) = (message.topic, message.partition, message.offset);
        tracing::warn!(%topic, partition, offset, %reason, "rejecting a record to the dead letters");
        let mut tries = Tries::new(&self.ready, &self.counters, shutdown);
        loop {
            let failure = match unless_stopped(self.keep(message, reason), shutdown).await? {
                Ok(kept) => {
                    self.ready.ready();
                    self.remember(message, kept.clone());
                    return Some(Outcome::Kept(kept));
                }
                Err(failure) => failure,
            };
            if !tries.pause(&failure).await {
                return None;
            }
            let place = message.place();
            // Whether the database can be asked shows when the batch is stored.
            let producer = self.producer.peek();
            let cluster = (&*self.cluster_id, producer.topics().prefix());
            if let Ok(Some(reason)) = write::given_up(&self.pool, cluster, place).await {
                self.ready.ready();
                return Some(Outcome::Skipped(reason));
            }
        }
    }

    /// Keeps a message as a letter, the smaller the less Kafka takes, or else in a file.
    ///
    /// Fails with the reason why neither can be had now.
    async fn keep(&self, message: &Message, reason: &Rejection) -> Result<Kept, String> {
        let producer = self.producer.current().await;
        let name = producer.topics().of(message.topic);
        let origin = origin(message, &self.cluster_id, name);
        let now = Timestamp::now();
        let mut letter = DeadLetter::of(message.clone(), origin, reason.code(), reason, now);
        let mut smaller = SMALLER_BYTES.into_iter();
        loop {
            let refusal = match letter.send(&producer).await {
                Ok(delivered) => return Ok(self.delivered(&letter, delivered)),
                Err(refusal) if refusal.is_of_the_record() => refusal,
                Err(away) => return Err(away.to_string()),
            };
            match smaller.next() {
                Some(most) => letter = letter.within(most),
                None => return self.file(message, &letter, &refusal).await,
            }
        }
    }

    fn delivered(&self, letter: &DeadLetter, at: telemetron_kafka::Delivered) -> Kept {
        let cut = letter.cut.any().then(|| letter.cut.to_string());
        if cut.is_some() {
            self.counters.letters_cut.inc();
        }
        Kept::Letter {
            partition: at.partition,
            offset: at.offset,
            cut,
        }
    }

    async fn file(
        &self,
        message: &Message,
        letter: &DeadLetter,
        refusal: &SendError,
    ) -> Result<Kept, String> {
        let file = self.files.keep(message, letter).await?;
        tracing::error!(%refusal, file, "kafka takes no dead letter of a record; it is kept in a file");
        self.counters.letters_filed.inc();
        Ok(Kept::File(file))
    }

    fn remember(&self, message: &Message, kept: Kept) {
        let mut known = self.lock();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(place_of(message), kept);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Place, Kept>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many of the rejected messages go together.
fn together(rejections: &[Refused], messages: &[Message]) -> usize {
    let mut bytes = 0;
    let fit = rejections.iter().take(TOGETHER).take_while(|refused| {
        let first = bytes == 0;
        bytes += messages[refused.index].size();
        first || bytes <= TOGETHER_BYTES
    });
    fit.count()
}

/// Adds the row of a rejected record.
fn note(prepared: &mut Prepared, refused: Refused, outcome: Outcome) {
    let Refused {
        index,
        position,
        reason,
    } = refused;
    let message = &prepared.chunk.messages[index];
    let (reason, kept) = match outcome {
        Outcome::Kept(kept) => (reason, kept),
        Outcome::Skipped(why) => {
            prepared.batch.skip(message.place());
            (Rejection::skipped(&why), Kept::Nowhere)
        }
    };
    let rejected = rejected(message, position, &reason, kept);
    prepared.batch.reject(rejected);
}

const fn place_of(message: &Message) -> Place {
    (message.place(), message.broker_time)
}

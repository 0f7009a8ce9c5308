//! The polling thread: it serves the group at all times and the consuming task when there is room.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Message as _, TopicPartitionList};

use super::assignment::{Seen, Wanted};
use super::context::GroupContext;
use super::event::SourceEvent;
use super::offsets::OffsetStore;
use super::options::SourceOptions;
use super::queue::Queue;
use crate::vigil::{Answer, QUESTION, Verdict, Vigil, ask_reader};
use crate::watermarks::{Partitions, list_of, partitions_of};
use crate::{Error, KafkaConfig, Message, SourceError, TopicNames};

/// Messages that are handed over together.
const BATCH_MESSAGES: usize = 500;
const BATCH_BYTES: usize = 1024 * 1024;

/// How long the thread waits when nothing happens: its longest delay for a request.
const IDLE: Duration = Duration::from_millis(50);

/// How long a full queue holds the thread up before the partitions are paused, so that it can
/// serve the group.
const PAUSE_AFTER: Duration = Duration::from_secs(1);

pub(super) struct Poller {
    pub(super) consumer: BaseConsumer<GroupContext>,
    pub(super) topics: TopicNames,
    pub(super) store: Arc<dyn OffsetStore>,
    pub(super) queue: Arc<Queue>,
    pub(super) revoke_patience: Duration,
    /// Of the latest assignment.
    pub(super) epoch: u64,
    /// What is being read; none between assignments.
    pub(super) assigned: Option<Partitions>,
    /// What is to be read once its offsets are known.
    pub(super) wanted: Option<Wanted>,
    /// Where the partitions of the latest assignment were begun.
    pub(super) starts: TopicPartitionList,
    /// What was seen of the topics.
    pub(super) seen: Seen,
    /// When it is looked at the topics again.
    pub(super) next_look: Instant,
    pub(super) batch: Vec<Message>,
    pub(super) paused: bool,
    full_since: Option<Instant>,
    pub(super) vigil: Vigil,
}

/// Ends the queue with the thread, also when the thread panics: the consuming task then learns of
/// it instead of waiting for ever.
struct EndOnDrop(Arc<Queue>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Poller {
    pub(super) fn new(
        config: &KafkaConfig,
        options: SourceOptions,
        store: Arc<dyn OffsetStore>,
        queue: Arc<Queue>,
    ) -> Result<Self, Error> {
        let vigil = Vigil::new(config, config.clients.pulse(config.role, "group"));
        let consumer: BaseConsumer<GroupContext> = options
            .client(config)
            .create_with_context(GroupContext::new(vigil.pulse().clone()))
            .map_err(Error::config)?;
        let topics = config.topics();
        let wanted = options.topics.iter();
        let names: Vec<&str> = wanted.map(|topic| topics.of(*topic)).collect();
        consumer.subscribe(&names).map_err(Error::config)?;
        Ok(Self {
            consumer,
            topics,
            store,
            queue,
            revoke_patience: options.revoke_patience,
            epoch: 0,
            assigned: None,
            wanted: None,
            starts: TopicPartitionList::new(),
            seen: Seen::default(),
            next_look: Instant::now(),
            batch: Vec::with_capacity(BATCH_MESSAGES),
            paused: false,
            full_since: None,
            vigil,
        })
    }

    /// Runs until asked to stop or until it cannot go on, then leaves the group.
    pub(super) fn run(mut self) {
        let ended = EndOnDrop(Arc::clone(&self.queue));
        if let Err(error) = self.serve() {
            tracing::error!(%error, "the kafka source stops");
            ended.0.announce(SourceEvent::Failed(error));
        }
        self.consumer.context().close();
        drop(self); // Leaves the group, which takes a moment.
    }

    fn serve(&mut self) -> Result<(), SourceError> {
        loop {
            let requests = self.queue.take_requests();
            if requests.stop {
                return Ok(());
            }
            if requests.reassign {
                self.start_over(false);
            }
            if !requests.commit.is_empty() {
                self.copy_offsets(&requests.commit);
            }
            if self.batch.is_empty() || self.paused {
                self.fill_batch()?;
            }
            self.follow_decisions();
            self.start_wanted()?;
            self.hand_over();
            self.look_at_topics()?;
            self.look_after_itself()?;
        }
    }

    /// Asks the client, when it was quiet for a while, whether it still hears the cluster.
    fn look_after_itself(&mut self) -> Result<(), SourceError> {
        if !self.vigil.is_due() || self.paused || !self.batch.is_empty() {
            return Ok(());
        }
        let answer = match (&self.assigned, &self.wanted) {
            (Some(assigned), _) if assigned.is_empty() => self.ask_for_topic(Answer::UpToDate),
            (Some(_), _) => ask_reader(&self.consumer, &self.starts),
            // It is judged by its attempts.
            (None, Some(_)) => return Ok(()),
            (None, None) => self.ask_for_topic(Answer::Waiting("it has no place in its group")),
        };
        self.judge(answer)
    }

    /// Whether the client hears the cluster at all.
    fn ask_for_topic(&self, answer: Answer) -> Result<Answer, Error> {
        let topic = self.topics.records().map(|(_, name)| name).take(1);
        partitions_of(&self.consumer, topic, QUESTION).map(|_| answer)
    }

    /// Tells when the source falls silent and when it is back.
    ///
    /// # Errors
    /// When the client must be made anew.
    pub(super) fn judge(&mut self, answer: Result<Answer, Error>) -> Result<(), SourceError> {
        let answer = answer.map_err(|error| error.because(self.vigil.pulse().trouble()));
        let was_silent = self.vigil.is_silent();
        match self.vigil.judge(&answer) {
            Verdict::Well if was_silent && self.assigned.is_some() => {
                self.queue.announce(SourceEvent::Heard);
            }
            Verdict::Well | Verdict::Unclear => {}
            Verdict::Silent(reason) => self.queue.announce(SourceEvent::Silent(reason)),
            Verdict::Standing(reason) => return Err(SourceError::Standing(reason)),
        }
        Ok(())
    }

    /// Polls until a batch is full or nothing more is there.
    fn fill_batch(&mut self) -> Result<(), SourceError> {
        let (mut bytes, mut heard) = (0, false);
        let mut wait = IDLE;
        // What is left over while paused does not count: the group is served in any case.
        let limit = self.batch.len() + BATCH_MESSAGES;
        while self.batch.len() < limit && bytes < BATCH_BYTES {
            match self.consumer.poll(wait) {
                None => break,
                Some(Ok(message)) => {
                    // Between assignments a message is a leftover of the one before.
                    let topic = self.topics.find(message.topic());
                    if let (Some(topic), Some(_)) = (topic, &self.assigned) {
                        heard = true;
                        bytes += message.payload_len();
                        self.batch.push(Message::take(&message, topic, self.epoch));
                    }
                }
                Some(Err(error)) => {
                    self.consider(&error)?;
                    break;
                }
            }
            wait = Duration::ZERO;
        }
        if heard && self.vigil.delivered() {
            self.queue.announce(SourceEvent::Heard);
        }
        Ok(())
    }

    /// Most errors pass by themselves: librdkafka reconnects and goes on.
    fn consider(&mut self, error: &KafkaError) -> Result<(), SourceError> {
        if let KafkaError::MessageConsumptionFatal(_) = error {
            let fatal = self.consumer.client().fatal_error();
            let reason = fatal.map_or_else(|| error.to_string(), |(_, reason)| reason);
            return Err(SourceError::Refused(reason));
        }
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset) {
            tracing::warn!("an offset is not there any more; looking up where to go on");
            self.start_over(true);
        } else {
            tracing::debug!(%error, "kafka source");
        }
        Ok(())
    }

    /// Gives the batch to the consuming task, or pauses the partitions when it takes nothing.
    fn hand_over(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let patience = if self.paused { Duration::ZERO } else { IDLE };
        if self.queue.offer(&mut self.batch, patience) {
            self.full_since = None;
            self.set_paused(false);
            return;
        }
        let since = *self.full_since.get_or_insert_with(Instant::now);
        if since.elapsed() > PAUSE_AFTER {
            self.set_paused(true);
        }
    }

    pub(super) fn set_paused(&mut self, paused: bool) {
        let Some(assigned) = self.assigned.as_ref().filter(|_| paused != self.paused) else {
            return;
        };
        let changed = list_of(assigned, rdkafka::Offset::Invalid).and_then(|list| {
            let change = if paused {
                self.consumer.pause(&list)
            } else {
                self.consumer.resume(&list)
            };
            change.map_err(Error::request("pause or resume"))
        });
        match changed {
            Ok(()) => self.paused = paused,
            Err(error) => tracing::warn!(%error, "kafka source"),
        }
    }
}

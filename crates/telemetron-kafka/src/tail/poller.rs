//! The thread of a tail.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{Message as _, Offset, TopicPartitionList};
use tokio::sync::mpsc;

use super::{TailEvent, TailStart};
use crate::context::Logging;
use crate::watermarks::{self, Partitions};
use crate::{Error, KafkaConfig, Message, TopicNames};

const REQUEST: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_millis(100);
const RETRY: Duration = Duration::from_millis(500);

/// How often new partitions are looked for.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

const BATCH_MESSAGES: usize = 500;
const BATCH_BYTES: usize = 1024 * 1024;

pub(super) struct Poller {
    consumer: BaseConsumer<Logging>,
    topics: TopicNames,
    start: TailStart,
    events: mpsc::Sender<Vec<TailEvent>>,
    assigned: HashSet<(String, i32)>,
    next_look: Instant,
}

impl Poller {
    pub(super) fn new(
        config: &KafkaConfig,
        start: TailStart,
        events: mpsc::Sender<Vec<TailEvent>>,
    ) -> Result<Self, Error> {
        let client = config.client(
            &[
                // Refilling reads minutes of every partition at once: small fetches keep it small.
                ("queued.max.messages.kbytes", "4096"),
                ("fetch.max.bytes", "2097152"),
                ("fetch.message.max.bytes", "131072"),
                ("fetch.wait.max.ms", "100"),
                ("fetch.queue.backoff.ms", "20"),
                ("fetch.error.backoff.ms", "100"),
            ],
            &[
                // Never joined: librdkafka wants a name to assign partitions by hand.
                ("group.id", "telemetron-tail"),
                ("enable.auto.commit", "false"),
                // What has expired before it was read is of no use to anybody live.
                ("auto.offset.reset", "latest"),
            ],
        );
        Ok(Self {
            consumer: client.create_with_context(Logging).map_err(Error::config)?,
            topics: config.topics(),
            start,
            events,
            assigned: HashSet::new(),
            next_look: Instant::now(),
        })
    }

    /// Runs until nobody listens any more.
    pub(super) fn run(mut self) {
        while !self.events.is_closed() {
            self.look_for_partitions();
            let batch = self.batch();
            if !batch.is_empty() && self.events.blocking_send(batch).is_err() {
                return;
            }
        }
    }

    /// Assigns partitions that are not assigned yet, from time to time.
    fn look_for_partitions(&mut self) {
        if Instant::now() < self.next_look {
            return;
        }
        let first = self.assigned.is_empty();
        let pause = match self.assign_new(first) {
            Ok(()) => LOOK_AGAIN,
            Err(error) => {
                tracing::warn!(%error, "the tail cannot look for partitions; trying again");
                RETRY
            }
        };
        self.next_look = Instant::now() + pause;
    }

    fn assign_new(&mut self, first: bool) -> Result<(), Error> {
        let names = self.topics.records().map(|(_, name)| name);
        let mut partitions = watermarks::partitions_of(&self.consumer, names, REQUEST)?;
        partitions.retain(|partition| !self.assigned.contains(partition));
        if partitions.is_empty() {
            return if first { Err(no_topics()) } else { Ok(()) };
        }
        let list = if first {
            self.starts(&partitions)?
        } else {
            // They are younger than the tail: everything in them is new.
            watermarks::list_of(&partitions, Offset::Beginning)?
        };
        self.consumer
            .incremental_assign(&list)
            .map_err(Error::request("assign partitions"))?;
        self.assigned.extend(partitions);
        if first {
            // A closed channel ends the thread at its next turn.
            drop(self.events.blocking_send(vec![TailEvent::Ready]));
        }
        Ok(())
    }

    /// Where to begin, as numbers: an offset left to librdkafka would be looked up later.
    fn starts(&self, partitions: &Partitions) -> Result<TopicPartitionList, Error> {
        let at = |instant| watermarks::offsets_at(&self.consumer, partitions, instant, REQUEST);
        let ends = at(Offset::End)?;
        let starts = match self.start {
            TailStart::Now => ends,
            TailStart::At(time) => {
                // A partition without a message since then has no answer: its end is where.
                let mut starts = ends;
                starts.extend(at(Offset::Offset(time.millis()))?);
                starts
            }
        };
        let mut list = TopicPartitionList::with_capacity(starts.len());
        for ((topic, partition), offset) in starts {
            list.add_partition_offset(&topic, partition, Offset::Offset(offset))
                .map_err(Error::config)?;
        }
        Ok(list)
    }

    fn batch(&self) -> Vec<TailEvent> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        let mut wait = IDLE;
        while batch.len() < BATCH_MESSAGES && bytes < BATCH_BYTES {
            match self.consumer.poll(wait) {
                None => break,
                Some(Ok(message)) => {
                    if let Some(topic) = self.topics.find(message.topic()) {
                        bytes += message.payload_len();
                        batch.push(TailEvent::Message(Message::take(&message, topic, 0)));
                    }
                }
                // librdkafka reconnects by itself.
                Some(Err(error)) => tracing::debug!(%error, "kafka tail"),
            }
            wait = Duration::ZERO;
        }
        batch
    }
}

fn no_topics() -> Error {
    Error::Request {
        action: "find the record topics",
        reason: "there are none; create them with `telemetron topics`".to_owned(),
    }
}

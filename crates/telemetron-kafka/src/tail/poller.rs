//! The thread of a tail.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use telemetron_model::topic::Topic;
use tokio::sync::mpsc;

use super::{TailEvent, TailStart};
use crate::context::Watched;
use crate::topic_ids::{TopicIds, ids_of, made_anew};
use crate::vigil::{Answer, Verdict, Vigil, ask_reader, let_go};
use crate::watermarks::{self, Partitions};
use crate::{Error, KafkaConfig, Message, TopicNames};

const REQUEST: Duration = Duration::from_secs(3);
const IDLE: Duration = Duration::from_millis(100);
const RETRY: Duration = Duration::from_millis(500);

/// How often new partitions are looked for.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

const BATCH_MESSAGES: usize = 500;
const BATCH_BYTES: usize = 1024 * 1024;

pub(super) struct Poller {
    client: ClientConfig,
    consumer: BaseConsumer<Watched>,
    topics: TopicNames,
    start: TailStart,
    events: mpsc::Sender<Vec<TailEvent>>,
    /// What is assigned, and where each partition was begun.
    assigned: TopicPartitionList,
    ids: TopicIds,
    next_look: Instant,
    vigil: Vigil,
}

impl Poller {
    pub(super) fn new(
        config: &KafkaConfig,
        start: TailStart,
        events: mpsc::Sender<Vec<TailEvent>>,
    ) -> Result<Self, Error> {
        let client = client(config);
        let vigil = Vigil::new(config, config.clients.pulse(config.role, "tail"));
        Ok(Self {
            consumer: make(&client, &vigil)?,
            client,
            topics: config.topics(),
            start,
            events,
            assigned: TopicPartitionList::new(),
            ids: TopicIds::new(),
            next_look: Instant::now(),
            vigil,
        })
    }

    /// Runs until nobody listens any more.
    pub(super) fn run(mut self) {
        while !self.events.is_closed() {
            self.look_for_partitions();
            let batch = self.batch();
            if !batch.is_empty() {
                self.deliver(batch);
            } else if self.vigil.is_due() && self.assigned.count() > 0 {
                let answer = ask_reader(&self.consumer, &self.assigned);
                self.judge(answer);
            }
        }
    }

    /// Hands messages on. A closed channel ends the thread at its next turn.
    fn deliver(&mut self, batch: Vec<TailEvent>) {
        if self.vigil.delivered() {
            self.tell(TailEvent::Ready);
        }
        drop(self.events.blocking_send(batch));
    }

    fn tell(&self, event: TailEvent) {
        drop(self.events.blocking_send(vec![event]));
    }

    /// Tells when the tail falls silent and when it is back, and makes its client anew where that
    /// helps.
    fn judge(&mut self, answer: Result<Answer, Error>) {
        let answer = answer.map_err(|error| error.because(self.vigil.pulse().trouble()));
        let was_silent = self.vigil.is_silent();
        match self.vigil.judge(&answer) {
            Verdict::Well if was_silent => self.tell(TailEvent::Ready),
            Verdict::Well | Verdict::Unclear => {}
            Verdict::Silent(reason) => self.tell(TailEvent::Silent(reason)),
            Verdict::Standing(reason) => {
                self.tell(TailEvent::Silent(reason));
                if let Err(error) = self.renew() {
                    tracing::warn!(%error, "the tail cannot make its client anew; trying again");
                }
            }
        }
    }

    /// Goes on with a new client where the old one stood.
    fn renew(&mut self) -> Result<(), Error> {
        let stood = self.consumer.position().unwrap_or_default();
        let consumer = make(&self.client, &self.vigil)?;
        let mut list = TopicPartitionList::with_capacity(self.assigned.count());
        for start in self.assigned.elements() {
            let read = stood.find_partition(start.topic(), start.partition());
            let read = read.map(|read| read.offset());
            let next = read.filter(|offset| matches!(offset, Offset::Offset(_)));
            let next = next.unwrap_or_else(|| start.offset());
            list.add_partition_offset(start.topic(), start.partition(), next)
                .map_err(Error::config)?;
        }
        consumer
            .assign(&list)
            .map_err(Error::request("assign partitions"))?;
        self.assigned = list;
        let_go(std::mem::replace(&mut self.consumer, consumer));
        Ok(())
    }

    /// Assigns partitions that are not assigned yet, from time to time.
    fn look_for_partitions(&mut self) {
        if Instant::now() < self.next_look {
            return;
        }
        let first = self.assigned.count() == 0;
        let looked = self.let_go_of_old_topics();
        let pause = match looked.and_then(|()| self.assign_new(first)) {
            Ok(()) => LOOK_AGAIN,
            Err(error) => {
                tracing::debug!(%error, "the tail cannot look for partitions; trying again");
                self.judge(Err(error));
                RETRY
            }
        };
        self.next_look = Instant::now() + pause;
    }

    /// Gives up the partitions of topics that were made anew under their old names: those of the new
    /// ones are found as any other.
    fn let_go_of_old_topics(&mut self) -> Result<(), Error> {
        let client = self.consumer.client();
        let now = ids_of(client, &self.topics, Topic::ALL, REQUEST)?;
        let anew = made_anew(&self.ids, &now);
        self.ids.extend(now);
        let old = |name: &str| {
            self.topics
                .find(name)
                .is_some_and(|topic| anew.contains(&topic))
        };
        let (mut left, mut kept) = (TopicPartitionList::new(), TopicPartitionList::new());
        for start in self.assigned.elements() {
            let list = if old(start.topic()) {
                &mut left
            } else {
                &mut kept
            };
            list.add_partition_offset(start.topic(), start.partition(), start.offset())
                .map_err(Error::config)?;
        }
        if left.count() > 0 {
            tracing::warn!(topics = ?anew, "topics were deleted and made anew; the tail follows");
            self.consumer
                .incremental_unassign(&left)
                .map_err(Error::request("give up partitions"))?;
            self.assigned = kept;
        }
        Ok(())
    }

    fn assign_new(&mut self, first: bool) -> Result<(), Error> {
        let names = self.topics.records().map(|(_, name)| name);
        let mut partitions = watermarks::partitions_of(&self.consumer, names, REQUEST)?;
        partitions.retain(|(topic, partition)| {
            let known = self.assigned.find_partition(topic, *partition);
            known.is_none()
        });
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
        for start in list.elements() {
            self.assigned
                .add_partition_offset(start.topic(), start.partition(), start.offset())
                .map_err(Error::config)?;
        }
        if first {
            self.vigil.delivered();
            self.tell(TailEvent::Ready);
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
                // librdkafka reconnects by itself, or is made anew.
                Some(Err(error)) => tracing::debug!(%error, "kafka tail"),
            }
            wait = Duration::ZERO;
        }
        batch
    }
}

fn client(config: &KafkaConfig) -> ClientConfig {
    config.client(
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
    )
}

fn make(client: &ClientConfig, vigil: &Vigil) -> Result<BaseConsumer<Watched>, Error> {
    let context = Watched(vigil.pulse().clone());
    client.create_with_context(context).map_err(Error::config)
}

fn no_topics() -> Error {
    Error::Request {
        action: "find the record topics",
        reason: "there are none; create them with `telemetron topics`".to_owned(),
    }
}

//! Reading dead letters by place. Few people do so at a time: one client will do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::Message as _;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::{Offset, TopicPartitionList};

use super::page::{self, DeadLetterPage, DeadLetterSummary, PageCursor};
use super::{DeadLetter, DeadLetterId, codec};
use crate::asker::{Asked, Asker};
use crate::watermarks::{self, Watermarks};
use crate::{Error, KafkaConfig, message};

const REQUEST: Duration = Duration::from_secs(10);
const READ: Duration = Duration::from_secs(30);

/// The dead letters of a cluster. Cheap to clone.
#[derive(Clone)]
pub struct DeadLetters(Arc<Reader>);

struct Reader {
    asker: Asker,
    topic: String,
}

impl DeadLetters {
    /// Makes a reader. It connects by itself.
    ///
    /// # Errors
    /// [`Error::Config`] when librdkafka refuses the configuration.
    pub fn new(config: &KafkaConfig) -> Result<Self, Error> {
        let client = config.client(
            &[("queued.max.messages.kbytes", "16384")],
            &[
                // Never joined: librdkafka wants a name to assign partitions by hand.
                ("group.id", "telemetron-dead-letters"),
                ("enable.auto.commit", "false"),
                ("auto.offset.reset", "earliest"),
                ("enable.partition.eof", "true"),
                ("check.crcs", "true"),
            ],
        );
        Ok(Self(Arc::new(Reader {
            asker: Asker::new(config, "dead letters", client)?,
            topic: config.topics().dead_letters().to_owned(),
        })))
    }

    /// Up to `limit` letters, newest first, from `before` on when it is given.
    ///
    /// # Errors
    /// When the cluster cannot be reached.
    pub async fn list(
        &self,
        before: Option<PageCursor>,
        limit: usize,
    ) -> Result<DeadLetterPage, Error> {
        self.blocking(move |reader, consumer| reader.list(consumer, before.as_ref(), limit))
            .await
    }

    /// One whole letter.
    ///
    /// # Errors
    /// [`Error::NoDeadLetter`] when it is not there (any more).
    pub async fn get(&self, id: DeadLetterId) -> Result<DeadLetter, Error> {
        self.blocking(move |reader, consumer| reader.get(consumer, id))
            .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        question: impl Fn(&Reader, &Asked) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let reader = Arc::clone(&self.0);
        let ask = move |consumer: &Asked| question(&reader, consumer);
        self.0.asker.asking(ACTION, ask).await
    }
}

impl Reader {
    fn list(
        &self,
        consumer: &Asked,
        before: Option<&PageCursor>,
        limit: usize,
    ) -> Result<DeadLetterPage, Error> {
        let marks = self.marks(consumer)?;
        let windows = page::windows(&marks, before, limit);
        let mut letters = Vec::new();
        self.read(consumer, &windows, |id, message| {
            match codec::decode(&message::headers(message), payload(message)) {
                Ok(letter) => letters.push(DeadLetterSummary::of(id, letter)),
                Err(error) => tracing::debug!(%error, %id, "passed over a message"),
            }
        })?;
        Ok(page::cut(letters, &windows, &marks, limit))
    }

    fn get(&self, consumer: &Asked, id: DeadLetterId) -> Result<DeadLetter, Error> {
        let DeadLetterId { partition, offset } = id;
        let missing = || Error::NoDeadLetter { partition, offset };
        let marks = self.marks(consumer)?;
        let there = marks.get(&partition).ok_or_else(missing)?;
        if !(there.low..there.high).contains(&offset) {
            return Err(missing());
        }
        let (low, high) = (offset, offset + 1);
        let window = BTreeMap::from([(partition, Watermarks { low, high })]);
        let mut found = None;
        self.read(consumer, &window, |_, message| {
            found = Some(codec::decode(&message::headers(message), payload(message)));
        })?;
        found.unwrap_or_else(|| Err(missing()))
    }

    fn marks(&self, consumer: &Asked) -> Result<BTreeMap<i32, Watermarks>, Error> {
        let partitions = watermarks::partitions_of(consumer, [self.topic.as_str()], REQUEST)?;
        let marks = watermarks::query(consumer, &partitions, REQUEST)?;
        let by_number = marks
            .into_iter()
            .map(|((_, number), marks)| (number, marks));
        Ok(by_number.collect())
    }

    /// Reads all messages of the windows.
    fn read(
        &self,
        consumer: &Asked,
        windows: &BTreeMap<i32, Watermarks>,
        mut each: impl FnMut(DeadLetterId, &BorrowedMessage<'_>),
    ) -> Result<(), Error> {
        let mut open: BTreeMap<i32, i64> = windows
            .iter()
            .filter(|(_, window)| window.low < window.high)
            .map(|(partition, window)| (*partition, window.high))
            .collect();
        let mut starts = TopicPartitionList::new();
        for partition in open.keys() {
            let start = Offset::Offset(windows[partition].low);
            starts
                .add_partition_offset(&self.topic, *partition, start)
                .map_err(Error::config)?;
        }
        consumer.assign(&starts).map_err(Error::request(ACTION))?;
        let ended = poll_until_read(consumer, &mut open, &mut each);
        consumer.unassign().map_err(Error::request(ACTION))?;
        ended
    }
}

const ACTION: &str = "read dead letters";

/// Polls until each open partition has reached its bound or its end.
fn poll_until_read(
    consumer: &Asked,
    open: &mut BTreeMap<i32, i64>,
    each: &mut impl FnMut(DeadLetterId, &BorrowedMessage<'_>),
) -> Result<(), Error> {
    let deadline = Instant::now() + READ;
    while !open.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::Request {
                action: ACTION,
                reason: "it does not deliver them in time".to_owned(),
            });
        }
        match consumer.poll(left.min(Duration::from_millis(500))) {
            Some(Ok(message)) => {
                let (partition, offset) = (message.partition(), message.offset());
                let Some(bound) = open.get(&partition).copied() else {
                    continue;
                };
                if offset < bound {
                    each(DeadLetterId { partition, offset }, &message);
                }
                if offset + 1 >= bound {
                    open.remove(&partition);
                }
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                open.remove(&partition);
            }
            // librdkafka reconnects by itself; the deadline ends a lasting failure.
            Some(Err(error)) => tracing::debug!(%error, "reading dead letters"),
            None => {}
        }
    }
    Ok(())
}

fn payload(message: &BorrowedMessage<'_>) -> Option<Vec<u8>> {
    message.payload().map(<[u8]>::to_vec)
}

//! A message as it was read, owned.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rdkafka::Message as _;
use rdkafka::message::{BorrowedMessage, Headers as _};
use telemetron_model::Timestamp;
use telemetron_model::decode::RawRecord;
use telemetron_model::topic::{PartitionOffset, Topic, TopicPartition};

use crate::Headers;

/// One message of a record topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The assignment it was read under; 0 outside of a group.
    pub epoch: u64,
    /// Its topic.
    pub topic: Topic,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// When the broker appended it.
    pub broker_time: Timestamp,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Headers,
    /// Its value.
    pub payload: Option<Vec<u8>>,
}

impl Message {
    /// What `telemetron_model::decode` reads.
    pub fn raw(&self) -> RawRecord<'_> {
        RawRecord {
            topic: self.topic,
            schema: self.headers.get("schema"),
            key: self.key.as_deref(),
            value: self.payload.as_deref(),
        }
    }

    /// The partition that it stands in.
    pub const fn at(&self) -> TopicPartition {
        TopicPartition::new(self.topic, self.partition)
    }

    /// Where it stands.
    pub const fn place(&self) -> PartitionOffset {
        self.at().offset(self.offset)
    }

    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        let lengths = [&self.key, &self.payload].map(|part| part.as_ref().map_or(0, Vec::len));
        size_of::<Self>() + self.headers.size() + lengths.iter().sum::<usize>()
    }

    /// Takes a message over from librdkafka: one copy of each part.
    pub(crate) fn take(message: &BorrowedMessage<'_>, topic: Topic, epoch: u64) -> Self {
        Self {
            epoch,
            topic,
            partition: message.partition(),
            offset: message.offset(),
            broker_time: broker_time(message),
            key: message.key().map(<[u8]>::to_vec),
            headers: headers(message),
            payload: message.payload().map(<[u8]>::to_vec),
        }
    }
}

/// The time the broker gave; the epoch when it has none, which brokers since 0.10 never do.
pub(crate) fn broker_time(message: &BorrowedMessage<'_>) -> Timestamp {
    Timestamp::from_millis(message.timestamp().to_millis().unwrap_or_default())
}

/// The headers; none when a name is no UTF-8, which anybody may produce and on which `rdkafka`
/// panics. One such message must not end the thread that reads its partition.
pub(crate) fn headers(message: &BorrowedMessage<'_>) -> Headers {
    let Some(native) = message.headers() else {
        return Headers::new();
    };
    let read = catch_unwind(AssertUnwindSafe(|| {
        let mut headers = Headers::new();
        for header in native.iter() {
            headers.push(header.key, header.value);
        }
        headers
    }));
    read.unwrap_or_else(|_panic| {
        tracing::warn!(
            kafka.topic = message.topic(),
            kafka.partition = message.partition(),
            kafka.offset = message.offset(),
            "left out the headers of a message, since the name of one is not UTF-8"
        );
        Headers::new()
    })
}

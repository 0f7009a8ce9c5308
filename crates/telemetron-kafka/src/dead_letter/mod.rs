//! Dead letters: messages that could not be folded, kept as they were, with origin and reason.
//!
//! A dead letter's value is the original's. Its headers are the original's, followed by ours
//! (`telemetron-…`), the last of which counts the original ones, so that a message that had such
//! headers itself comes back unchanged. Its key is the origin: a rejection that is repeated after
//! a crash is the same letter twice, known by its origin.
//!
//! A letter always fits its topic: where the record is too large, its largest parts are cut, with marks
//! (`telemetron-cut-…`) of their size and hash. A letter that was cut cannot be replayed.

mod codec;
mod fit;
mod page;
mod reader;

use std::fmt;
use std::str::FromStr;

use telemetron_model::Timestamp;
use telemetron_model::cut::cut_text;

pub use fit::{Cut, MAX_BYTES, SMALLER_BYTES, Whole};
pub use page::{DeadLetterPage, DeadLetterSummary, PageCursor};
pub use reader::DeadLetters;

use crate::{Batch, Delivered, Headers, Message, Outgoing, Producer, SendError};

/// The header of a replayed message: the origin of the dead letter.
pub const REPLAY_OF: &str = "telemetron-replay-of";

/// Longest reason, in bytes.
const MAX_REASON_BYTES: usize = 4096;

/// Where a message stood.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The id of the cluster.
    pub cluster: String,
    /// The topic's name on the broker.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            cluster,
            topic,
            partition,
            offset,
        } = self;
        write!(f, "{cluster}/{topic}/{partition}/{offset}")
    }
}

/// A message that could not be folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Where it stood. Two letters with one origin are one.
    pub origin: Origin,
    /// When the broker had appended it there.
    pub broker_time: Timestamp,
    /// The reason as a word, see `Rejection::code`.
    pub code: String,
    /// The reason as a sentence.
    pub reason: String,
    /// When it was rejected.
    pub time: Timestamp,
    /// The original key.
    pub key: Option<Vec<u8>>,
    /// The original headers.
    pub headers: Headers,
    /// The original value.
    pub payload: Option<Vec<u8>>,
    /// What was cut from it.
    pub cut: Cut,
}

impl DeadLetter {
    /// Takes a message that is rejected, as much of it as fits.
    pub fn of(
        message: Message,
        origin: Origin,
        code: &str,
        reason: impl fmt::Display,
        time: Timestamp,
    ) -> Self {
        Self {
            origin,
            broker_time: message.broker_time,
            code: code.to_owned(),
            reason: cut_text(&reason.to_string(), MAX_REASON_BYTES),
            time,
            key: message.key,
            headers: message.headers,
            payload: message.payload,
            cut: Cut::default(),
        }
        .within(MAX_BYTES)
    }

    /// Sends it to the dead letter topic and waits until all replicas have it.
    ///
    /// # Errors
    /// When it was not delivered.
    pub async fn send(&self, producer: &Producer) -> Result<Delivered, SendError> {
        let (key, headers) = codec::encode(self);
        let topic = producer.topics().dead_letters();
        let outgoing = self.outgoing(topic, &key, &headers);
        producer.send_raw(&outgoing).await
    }

    /// Sends it to the dead letter topic as part of a batch.
    ///
    /// # Errors
    /// When it can never be sent.
    pub async fn send_in(&self, batch: &mut Batch) -> Result<(), SendError> {
        let (key, headers) = codec::encode(self);
        let topics = batch.topics().clone();
        let outgoing = self.outgoing(topics.dead_letters(), &key, &headers);
        batch.send_raw(&outgoing).await
    }

    /// Sends the original back to the topic it came from, marked as a replay.
    ///
    /// # Errors
    /// When it was not delivered, or cannot be since it was cut.
    pub async fn replay(&self, producer: &Producer) -> Result<Delivered, SendError> {
        let topic = &self.origin.topic;
        if self.cut.any() {
            return Err(SendError::Cut(self.cut.to_string()));
        }
        if producer.topics().find(topic).is_none() {
            return Err(SendError::UnknownTopic(topic.clone()));
        }
        // What is replayed again and again names its last letter alone: it must not grow by it.
        let headers = self.headers.without(REPLAY_OF);
        let headers = headers.with(REPLAY_OF, self.origin.to_string());
        let outgoing = Outgoing {
            topic,
            partition: None,
            key: self.key.as_deref(),
            headers: &headers,
            payload: self.payload.as_deref(),
        };
        producer.send_raw(&outgoing).await
    }

    fn outgoing<'a>(&'a self, topic: &'a str, key: &'a str, headers: &'a Headers) -> Outgoing<'a> {
        Outgoing {
            topic,
            partition: None,
            key: Some(key.as_bytes()),
            headers,
            payload: self.payload.as_deref(),
        }
    }
}

/// Names one dead letter: its place on the dead letter topic, written `partition-offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeadLetterId {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
}

impl fmt::Display for DeadLetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.partition, self.offset)
    }
}

/// The text names no dead letter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of a dead letter, which looks like 0-42")]
pub struct InvalidId(String);

impl FromStr for DeadLetterId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let numbers = text.split_once('-').and_then(|(partition, offset)| {
            let partition: u16 = partition.parse().ok()?;
            let offset: u64 = offset.parse().ok()?;
            Some((i32::from(partition), i64::try_from(offset).ok()?))
        });
        let (partition, offset) = numbers.ok_or_else(|| InvalidId(text.to_owned()))?;
        Ok(Self { partition, offset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_and_a_wrong_one_says_how_one_looks() {
        let id: DeadLetterId = "3-42".parse().unwrap();
        assert_eq!(id.to_string(), "3-42");
        for wrong in [
            "",
            "3",
            "3-",
            "-1-2",
            "3--2",
            "x-1",
            "1-99999999999999999999",
        ] {
            let error = wrong.parse::<DeadLetterId>().unwrap_err();
            assert!(error.to_string().contains("0-42"), "{error}");
        }
    }
}

//! What can go wrong, told apart by who asked.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use telemetron_model::topic::Topic;

/// A request to the cluster failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client cannot be made: a wrong option, a missing certificate.
    #[error("the kafka client refuses its configuration: {0}")]
    Config(String),
    /// The cluster did not answer, or refused.
    #[error("kafka cannot {action}: {reason}")]
    Request {
        /// What was asked for.
        action: &'static str,
        /// What the client said.
        reason: String,
    },
    /// A thread cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
    /// A record cannot be delivered.
    #[error(transparent)]
    Send(#[from] SendError),
    /// There is no dead letter at this place.
    #[error("there is no dead letter {partition}/{offset}")]
    NoDeadLetter {
        /// Its partition.
        partition: i32,
        /// Its offset.
        offset: i64,
    },
    /// A message on the dead letter topic is none of ours.
    #[error("the message is no dead letter: {0}")]
    NotADeadLetter(String),
}

impl Error {
    pub(crate) fn config(error: impl ToString) -> Self {
        Self::Config(error.to_string())
    }

    /// The same with what librdkafka complains of, which tells more than that nobody answered.
    pub(crate) fn because(self, trouble: Option<String>) -> Self {
        match (self, trouble) {
            (Self::Request { action, reason }, Some(trouble)) if !reason.contains(&trouble) => {
                Self::Request {
                    action,
                    reason: format!("{reason}: {trouble}"),
                }
            }
            (error, _) => error,
        }
    }

    pub(crate) fn request(action: &'static str) -> impl FnOnce(KafkaError) -> Self {
        move |error| Self::Request {
            action,
            reason: error.to_string(),
        }
    }
}

/// A record was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The local queue is full: Kafka is away or slower than we are.
    #[error("the queue of the kafka producer is full")]
    QueueFull,
    /// The record is larger than the topic allows.
    #[error("a record of {bytes} bytes is too large for kafka")]
    TooLarge {
        /// Size of the value.
        bytes: usize,
    },
    /// Kafka refuses what the record is, whenever it is sent.
    #[error("kafka refuses the record as invalid: {0}")]
    Invalid(String),
    /// The record cannot be written as JSON.
    #[error("the record cannot be written as JSON: {0}")]
    Encode(String),
    /// The dead letter holds a part of the record alone.
    #[error(
        "the dead letter was too large and was cut, so it cannot be sent again: {0}; produce the \
         original anew, in a smaller form"
    )]
    Cut(String),
    /// The topic does not exist.
    #[error("topic `{0}` does not exist; create it with `telemetron topics`")]
    UnknownTopic(String),
    /// Kafka did not take it in time.
    #[error("kafka did not take the record in time")]
    TimedOut,
    /// The producer is broken for good and must be made anew.
    #[error("the kafka producer failed for good: {0}")]
    Fatal(String),
    /// The producer was closed before the record was delivered.
    #[error("the kafka producer was closed")]
    Closed,
    /// Kafka refused it.
    #[error("kafka refused the record: {0}")]
    Refused(String),
}

impl SendError {
    /// Whether the fault lies in the record: sent again as it is, it is refused again.
    pub const fn is_of_the_record(&self) -> bool {
        matches!(
            self,
            Self::TooLarge { .. } | Self::Invalid(_) | Self::Encode(_)
        )
    }

    pub(crate) fn of(error: &KafkaError, topic: &str, bytes: usize) -> Self {
        let Some(code) = error.rdkafka_error_code() else {
            return Self::Refused(error.to_string());
        };
        match code {
            RDKafkaErrorCode::QueueFull => Self::QueueFull,
            RDKafkaErrorCode::MessageSizeTooLarge => Self::TooLarge { bytes },
            RDKafkaErrorCode::InvalidRecord
            | RDKafkaErrorCode::InvalidMessage
            | RDKafkaErrorCode::InvalidMessageSize
            | RDKafkaErrorCode::InvalidTimestamp => Self::Invalid(error.to_string()),
            RDKafkaErrorCode::UnknownTopic
            | RDKafkaErrorCode::UnknownTopicOrPartition
            | RDKafkaErrorCode::UnknownPartition => Self::UnknownTopic(topic.to_owned()),
            RDKafkaErrorCode::MessageTimedOut => Self::TimedOut,
            RDKafkaErrorCode::Fatal => Self::Fatal(error.to_string()),
            RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight => Self::Closed,
            _ => Self::Refused(error.to_string()),
        }
    }
}

/// The source cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The stored offset lies beyond the end of the partition.
    #[error(
        "offset {stored} is stored for partition {partition} of `{topic}`, which ends at {high}: \
         the topic was deleted and made anew, or kafka lost data. Bring the data back, or delete \
         the rows of this topic from `ingest_offsets` to read it from its start"
    )]
    OffsetBeyondEnd {
        /// The topic.
        topic: Topic,
        /// The partition.
        partition: i32,
        /// Where we wanted to go on.
        stored: i64,
        /// Where the partition ends.
        high: i64,
    },
    /// The offsets cannot be read, and trying again does not help.
    #[error("the stored offsets cannot be read: {0}")]
    Offsets(String),
    /// The client delivers nothing while the cluster answers others: it must be made anew.
    #[error("the kafka client delivers nothing while the cluster answers others: {0}")]
    Standing(String),
    /// The group refuses this member for good.
    #[error("kafka refuses this consumer: {0}")]
    Refused(String),
    /// The source was stopped.
    #[error("the source was stopped")]
    Stopped,
}

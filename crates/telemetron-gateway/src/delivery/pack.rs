//! Records written as the messages that they travel in, all of them in one buffer.

use std::ops::Range;

use telemetron_kafka::{Outgoing, TopicNames};
use telemetron_model::decode::MAX_RECORD_BYTES;
use telemetron_model::record::{Record, Schema};

/// What a message costs beside its key and value: headers and bookkeeping.
const OVERHEAD: usize = 192;

/// The messages of one request.
#[derive(Debug, Default)]
pub(crate) struct Pack {
    bytes: Vec<u8>,
    messages: Vec<Message>,
}

#[derive(Debug)]
struct Message {
    schema: Schema,
    key: Range<usize>,
    value: Range<usize>,
}

/// Why a record cannot travel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unfit {
    /// It is too large.
    #[error(
        "a {what} takes {bytes} bytes, more than the {MAX_RECORD_BYTES} that one may; send less text in its attributes"
    )]
    TooLarge {
        /// What it is.
        what: &'static str,
        /// Its size.
        bytes: usize,
    },
    /// It cannot be written.
    #[error("a record cannot be written as JSON: {0}")]
    Encode(String),
}

impl Pack {
    /// Adds a record.
    pub(crate) fn add(&mut self, record: &Record) -> Result<(), Unfit> {
        let schema = record.schema();
        let value = record.to_json();
        let value = value.map_err(|error| Unfit::Encode(error.to_string()))?;
        if value.len() > MAX_RECORD_BYTES {
            return Err(Unfit::TooLarge {
                what: word(schema),
                bytes: value.len(),
            });
        }
        let key = self.append(record.key().as_bytes());
        let value = self.append(&value);
        self.messages.push(Message { schema, key, value });
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Range<usize> {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        from..self.bytes.len()
    }

    /// How many messages there are.
    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there is nothing to send.
    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The bytes that they take in the producer's queue.
    pub(crate) fn queued_bytes(&self) -> usize {
        self.bytes.len() + self.messages.len() * OVERHEAD
    }

    /// The messages, as they go out.
    pub(crate) fn outgoing<'a>(
        &'a self,
        topics: &'a TopicNames,
    ) -> impl Iterator<Item = Outgoing<'a>> {
        self.messages.iter().map(|message| {
            let key = self.bytes.get(message.key.clone()).unwrap_or_default();
            let value = self.bytes.get(message.value.clone()).unwrap_or_default();
            Outgoing::of_record(topics, message.schema, key, value)
        })
    }
}

/// What people call a record.
const fn word(schema: Schema) -> &'static str {
    match schema {
        Schema::Span => "span",
        Schema::Trace => "trace",
        Schema::Handoff => "handoff",
        Schema::Event => "event",
        Schema::Error => "error",
        Schema::Metric => "metric point",
        Schema::Agent => "agent",
        Schema::Task => "task",
    }
}

//! Records written as the messages that they travel in, all of them in one buffer.

use std::ops::Range;

use telemetron_kafka::{Headers, Outgoing, TopicNames};
use telemetron_model::decode::MAX_RECORD_BYTES;
use telemetron_model::record::{Record, Schema};
use telemetron_otlp::via::Via;

use crate::identity;

/// What a message costs beside its key and value: headers and bookkeeping.
const OVERHEAD: usize = 192;

/// The messages of one request.
#[derive(Debug, Default)]
pub(crate) struct Pack {
    bytes: Vec<u8>,
    messages: Vec<Message>,
    /// The headers of records that came through other platforms, each once.
    headers: Vec<(Schema, Via, Headers)>,
    via: Via,
}

#[derive(Debug)]
struct Message {
    schema: Schema,
    /// Which headers it has, where it came through other platforms.
    headers: Option<usize>,
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
    /// An empty pack with room for records of about so many bytes.
    pub(crate) fn with_room(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
            ..Self::default()
        }
    }

    /// Records that are added from now on came through these platforms.
    pub(crate) fn came_through(&mut self, via: Via) {
        self.via = via;
    }

    fn headers_of(&mut self, schema: Schema) -> Option<usize> {
        if self.via.is_empty() {
            return None;
        }
        let known = self.headers.iter();
        let mut known = known.map(|(schema, via, _)| (*schema, via));
        let place = known.position(|known| known == (schema, &self.via));
        place.or_else(|| {
            let headers = Headers::new()
                .with("schema", schema.header())
                .with("content-type", "application/json")
                .with(identity::VIA, self.via.text());
            self.headers.push((schema, self.via.clone(), headers));
            Some(self.headers.len() - 1)
        })
    }

    /// Adds a record; one that is unfit leaves no trace.
    pub(crate) fn add(&mut self, record: &Record) -> Result<(), Unfit> {
        let (schema, begin) = (record.schema(), self.bytes.len());
        let written = record.write_json(&mut self.bytes);
        let end = self.bytes.len();
        let fit = match written {
            Err(error) => Err(Unfit::Encode(error.to_string())),
            Ok(()) if end - begin > MAX_RECORD_BYTES => Err(Unfit::TooLarge {
                what: word(schema),
                bytes: end - begin,
            }),
            Ok(()) => Ok(()),
        };
        if fit.is_err() {
            self.bytes.truncate(begin);
            return fit;
        }
        self.bytes.extend_from_slice(record.key().as_bytes());
        let headers = self.headers_of(schema);
        self.messages.push(Message {
            schema,
            headers,
            key: end..self.bytes.len(),
            value: begin..end,
        });
        Ok(())
    }

    /// Gives back room that was not needed.
    pub(crate) fn fit(&mut self) {
        self.bytes.shrink_to_fit();
        self.messages.shrink_to_fit();
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
            let outgoing = Outgoing::of_record(topics, message.schema, key, value);
            let own = message.headers.and_then(|place| self.headers.get(place));
            match own {
                Some((_, _, headers)) => Outgoing {
                    headers,
                    ..outgoing
                },
                None => outgoing,
            }
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

#[cfg(test)]
mod tests {
    use telemetron_model::record::{Span, SpanKind};
    use telemetron_model::{RawJson, SpanId, Timestamp, TraceId};

    use super::*;

    fn span(payload: usize) -> Record {
        let trace = TraceId::from_bytes([1; 16]).unwrap();
        let id = SpanId::from_slice(&[2; 8]).unwrap();
        let start = Timestamp::from_nanos(1);
        let mut span = Span::started(trace, id, "step", SpanKind::Chain, start);
        span.input_data = RawJson::of(&"x".repeat(payload));
        span.into()
    }

    #[test]
    fn records_travel_as_they_write_themselves_under_their_key() {
        let mut pack = Pack::default();
        for payload in [1, 5_000] {
            pack.add(&span(payload)).unwrap();
        }
        let topics = TopicNames::new("");
        let values: Vec<_> = pack
            .outgoing(&topics)
            .map(|one| one.payload.unwrap())
            .collect();
        assert_eq!(
            values,
            [span(1).to_json().unwrap(), span(5_000).to_json().unwrap()]
        );
        let keys: Vec<_> = pack.outgoing(&topics).map(|one| one.key.unwrap()).collect();
        assert_eq!(keys, [span(1).key().as_bytes(); 2]);
    }

    #[test]
    fn a_record_that_is_too_large_leaves_the_others_as_they_are() {
        let mut pack = Pack::default();
        pack.add(&span(1)).unwrap();
        let refused = pack.add(&span(MAX_RECORD_BYTES)).unwrap_err();
        assert!(
            refused.to_string().starts_with("a span takes 838"),
            "{refused}"
        );
        pack.add(&span(2)).unwrap();
        let topics = TopicNames::new("");
        let values: Vec<_> = pack
            .outgoing(&topics)
            .map(|one| one.payload.unwrap())
            .collect();
        assert_eq!(
            values,
            [span(1).to_json().unwrap(), span(2).to_json().unwrap()]
        );
    }
}

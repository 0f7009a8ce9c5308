//! A message to be sent, borrowed from its owner.

use std::sync::LazyLock;

use telemetron_model::record::Schema;

use crate::{Headers, TopicNames};

/// A message as it will stand on the broker.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// The topic's name on the broker, see [`crate::TopicNames`].
    pub topic: &'a str,
    /// The partition; chosen by the key when absent.
    pub partition: Option<i32>,
    /// What must stay in order shares a key.
    pub key: Option<&'a [u8]>,
    /// Its headers.
    pub headers: &'a Headers,
    /// Its value; none is a tombstone.
    pub payload: Option<&'a [u8]>,
}

impl<'a> Outgoing<'a> {
    /// A record that was written already, as a record travels.
    pub fn of_record(
        topics: &'a TopicNames,
        schema: Schema,
        key: &'a [u8],
        payload: &'a [u8],
    ) -> Self {
        Self {
            topic: topics.of(schema.topic()),
            partition: None,
            key: Some(key),
            headers: record_headers(schema),
            payload: Some(payload),
        }
    }
}

/// The headers of each schema, made once.
static RECORD_HEADERS: LazyLock<[Headers; 8]> = LazyLock::new(|| {
    Schema::ALL.map(|schema| {
        Headers::new()
            .with("schema", schema.header())
            .with("content-type", "application/json")
    })
});

/// The headers that every record of a schema has.
fn record_headers(schema: Schema) -> &'static Headers {
    let place = Schema::ALL.iter().position(|known| *known == schema);
    &RECORD_HEADERS[place.unwrap_or_default()]
}

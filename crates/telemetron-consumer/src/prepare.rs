//! From messages to a batch: decoding and compressing, the part that needs only the processor.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use telemetron_kafka::{Message, dead_letter::Origin};
use telemetron_model::cut::cut_text;
use telemetron_model::decode::{Decoded, Rejection, decode};
use telemetron_model::topic::TopicPartition;
use telemetron_store::write::{Batch, Delivery, Kept, Position, Rejected};

use crate::Error;
use crate::chunk::Chunk;

/// Longest head of a rejected value that is kept for people, in bytes.
const EXCERPT_BYTES: usize = 500;

/// A chunk and what it makes.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) chunk: Chunk,
    pub(crate) batch: Batch,
    /// Messages that cannot be folded.
    pub(crate) rejections: Vec<Refused>,
    /// Whether any message is folded.
    pub(crate) folds: bool,
}

/// A message that cannot be folded.
#[derive(Debug)]
pub(crate) struct Refused {
    /// Its place in the chunk.
    pub(crate) index: usize,
    /// The position of the batch that it counts to.
    pub(crate) position: usize,
    /// Why.
    pub(crate) reason: Rejection,
}

/// Prepares a chunk on a thread for work that blocks.
///
/// # Errors
/// When the thread dies or compression gets no memory.
pub(crate) async fn prepare(chunk: Chunk, cluster_id: &str) -> Result<Prepared, Error> {
    let cluster_id = cluster_id.to_owned();
    tokio::task::spawn_blocking(move || prepare_here(chunk, &cluster_id))
        .await
        .map_err(|error| Error::Prepare(error.to_string()))?
}

fn prepare_here(chunk: Chunk, cluster_id: &str) -> Result<Prepared, Error> {
    let mut batch = Batch::new(cluster_id).in_topics((*chunk.topics).clone());
    let places = positions(&chunk, &mut batch);
    let mut rejections = Vec::new();
    let mut folds = false;
    let mut tallies = vec![(0, 0); places.len()];
    for (index, message) in chunk.messages.iter().enumerate() {
        let position = places[&message.at()];
        let refusal = chunk.refusal_of(message).cloned();
        let decoded = refusal.map_or_else(|| decoded(message), Decoded::Reject);
        match decoded {
            Decoded::Fold { record, hash } => {
                folds = true;
                batch.add(Delivery {
                    position,
                    broker_time: message.broker_time,
                    hash,
                    record,
                });
            }
            Decoded::Ignore => tallies[position].0 += 1,
            Decoded::Reject(reason) => {
                tallies[position].1 += 1;
                rejections.push(Refused {
                    index,
                    position,
                    reason,
                });
            }
        }
    }
    for (position, (ignored, rejected)) in tallies.into_iter().enumerate() {
        batch.count(position, ignored, rejected);
    }
    for place in chunk.skipped() {
        batch.skip(place);
    }
    batch
        .seal()
        .map_err(|error| Error::Prepare(error.to_string()))?;
    Ok(Prepared {
        chunk,
        batch,
        rejections,
        folds,
    })
}

/// Decodes a message. A decoder that panics is our fault, and stops no partition all the same.
fn decoded(message: &Message) -> Decoded {
    let decoded = catch_unwind(AssertUnwindSafe(|| decode(message.raw())));
    decoded.unwrap_or_else(|_panic| {
        Decoded::Reject(Rejection::refused("this version cannot read the record"))
    })
}

fn positions(chunk: &Chunk, batch: &mut Batch) -> HashMap<TopicPartition, usize> {
    let end = chunk.end();
    let mut places = HashMap::new();
    for (&at, &expected) in &chunk.start {
        let mine = || chunk.messages.iter().filter(|message| message.at() == at);
        let position = Position {
            topic: at.topic,
            partition: at.partition,
            expected,
            next: end[&at],
            broker_time: mine().next_back().map(|message| message.broker_time),
            received: i64::try_from(mine().count()).unwrap_or(i64::MAX),
            ignored: 0,
            rejected: 0,
        };
        places.insert(at, batch.add_position(position));
    }
    places
}

/// Where a message stood, as its dead letter names it.
pub(crate) fn origin(message: &Message, cluster_id: &str, topic: &str) -> Origin {
    Origin {
        cluster: cluster_id.to_owned(),
        topic: topic.to_owned(),
        partition: message.partition,
        offset: message.offset,
    }
}

/// The row of a dead letter that was delivered at this place.
pub(crate) fn rejected(
    message: &Message,
    position: usize,
    reason: &Rejection,
    kept: Kept,
) -> Rejected {
    let value = message.payload.as_deref().unwrap_or_default();
    let text = |bytes: &[u8]| {
        String::from_utf8_lossy(&bytes[..bytes.len().min(EXCERPT_BYTES)]).into_owned()
    };
    Rejected {
        position,
        offset: message.offset,
        broker_time: message.broker_time,
        kept,
        code: reason.code(),
        reason: reason.to_string(),
        schema: (message.headers.text("schema")).map(|schema| cut_text(schema, EXCERPT_BYTES)),
        key: message.key.as_deref().map(text),
        value_bytes: value.len(),
        excerpt: text(value),
    }
}

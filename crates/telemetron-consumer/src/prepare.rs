//! From messages to a batch: decoding and compressing, the part that needs only the processor.

use std::collections::HashMap;

use telemetron_kafka::{Message, dead_letter::Origin};
use telemetron_model::decode::{Decoded, Rejection, decode};
use telemetron_store::write::{Batch, Delivery, Position, Rejected};

use crate::Error;
use crate::chunk::Chunk;

/// Longest head of a rejected value that is kept for people, in bytes.
const EXCERPT_BYTES: usize = 500;

/// A chunk and what it makes.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) chunk: Chunk,
    pub(crate) batch: Batch,
    /// Messages that cannot be folded: place in the chunk and reason.
    pub(crate) rejections: Vec<(usize, Rejection)>,
    /// Whether any message is folded.
    pub(crate) folds: bool,
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
    let mut batch = Batch::new(cluster_id);
    let places = positions(&chunk, &mut batch);
    let mut rejections = Vec::new();
    let mut folds = false;
    let mut tallies = vec![(0, 0); places.len()];
    for (index, message) in chunk.messages.iter().enumerate() {
        let position = places[&(message.topic, message.partition)];
        let refusal = chunk.refusal_of(message).cloned();
        let decoded = refusal.map_or_else(|| decode(message.raw()), Decoded::Reject);
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
                rejections.push((index, reason));
            }
        }
    }
    for (position, (ignored, rejected)) in tallies.into_iter().enumerate() {
        batch.count(position, ignored, rejected);
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

fn positions(
    chunk: &Chunk,
    batch: &mut Batch,
) -> HashMap<(telemetron_model::topic::Topic, i32), usize> {
    let end = chunk.end();
    let mut places = HashMap::new();
    for (&(topic, partition), &expected) in &chunk.start {
        let mine = || {
            chunk
                .messages
                .iter()
                .filter(|m| m.topic == topic && m.partition == partition)
        };
        let position = Position {
            topic,
            partition,
            expected,
            next: end[&(topic, partition)],
            broker_time: mine().next_back().map(|message| message.broker_time),
            received: i64::try_from(mine().count()).unwrap_or(i64::MAX),
            ignored: 0,
            rejected: 0,
        };
        places.insert((topic, partition), batch.add_position(position));
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
    at: (i32, i64),
) -> Rejected {
    let value = message.payload.as_deref().unwrap_or_default();
    let text = |bytes: &[u8]| {
        String::from_utf8_lossy(&bytes[..bytes.len().min(EXCERPT_BYTES)]).into_owned()
    };
    Rejected {
        position,
        offset: message.offset,
        broker_time: message.broker_time,
        dlq_partition: at.0,
        dlq_offset: at.1,
        code: reason.code(),
        reason: reason.to_string(),
        schema: message.headers.text("schema").map(str::to_owned),
        key: message.key.as_deref().map(text),
        value_bytes: value.len(),
        excerpt: text(value),
    }
}

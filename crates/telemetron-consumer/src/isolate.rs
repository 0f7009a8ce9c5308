//! Parts records that the database refuses from those that it takes.

use telemetron_model::decode::Rejection;
use telemetron_store::write::{self, RefusedRow};
use telemetron_store::{Owner, PgPool, StoreError};

use crate::chunk::Chunk;
use crate::prepare::Prepared;

/// What is to be tried instead of a batch that the database refuses for a record in it.
///
/// The refused rows are looked for in one transaction, whatever their number. Where the database names
/// none, the batch is halved, until the record that is refused stands alone.
pub(crate) async fn isolate(pool: &PgPool, refused: Prepared, error: &StoreError) -> Vec<Chunk> {
    let found = write::find_refused(pool, &refused.batch).await;
    let mut chunk = refused.chunk;
    match found {
        Ok(rows) if reject_named(&mut chunk, &rows) > 0 => vec![chunk],
        // It does not tell now: the same batch is tried again, and waits where it must.
        Err(error) if error.owner() != Owner::Record && !matches!(error, StoreError::Raced(_)) => {
            vec![chunk]
        }
        _ => halve(chunk, error),
    }
}

/// Rejects the messages that the refused rows are made of; returns how many.
fn reject_named(chunk: &mut Chunk, rows: &[RefusedRow]) -> usize {
    let before = chunk.refused.len();
    for message in 0..chunk.messages.len() {
        let row = rows
            .iter()
            .find(|row| chunk.hash_of(message) == Some(row.hash));
        if let Some(row) = row {
            chunk.refuse(message, Rejection::refused(&row.reason));
        }
    }
    let count = chunk.refused.len() - before;
    tracing::warn!(
        records = chunk.messages.len(),
        refused = count,
        "the database refuses records of a batch; rejecting those"
    );
    count
}

fn halve(mut chunk: Chunk, error: &StoreError) -> Vec<Chunk> {
    if chunk.messages.len() == 1 {
        chunk.refuse(0, Rejection::refused(&error.to_string()));
        return vec![chunk];
    }
    tracing::warn!(
        records = chunk.messages.len(),
        %error,
        "the database refuses a batch and names no row; halving it"
    );
    let (first, second) = chunk.split();
    vec![first, second]
}

//! The write path: one batch of records, one transaction (design §4).
//!
//! ```text
//!  Batch ──▶ lock offsets ──▶ lock traces ──▶ read touched spans ──▶ fold in memory
//!                                                                        │
//!   commit ◀── move offsets, ledger ◀── roll-ups ◀── traces ◀── COPY new rows, change others
//! ```
//!
//! A trace that is not there proves that it has no children, so a few hundred probes replace
//! thousands. A row that changes is deleted and copied again: there is one way to write a row.
//! Whatever happens, either everything of the batch is stored, its offsets included, or nothing.

mod batch;
mod blamed;
mod children;
mod dead_letters;
mod derive;
mod fold;
mod hints;
mod json_rows;
mod leads;
mod life;
mod life_rows;
mod links;
mod metrics;
mod offsets;
mod relatives;
mod rollups;
mod sides;
mod skips;
mod span_update;
mod spans;
mod texts;
mod trace_row;
mod traces;

pub use batch::{Batch, Delivery, Kept, Position, Rejected};
pub use offsets::{
    Found, PartitionStart, ReplacedTopic, StoredOffset, Topics, adopt_offsets, begin_partition,
    begin_partition_of, load_offsets,
};
pub use skips::{Skip, given_up};

use std::io;
use std::time::Duration;

use sqlx::{Connection, PgConnection, PgPool};
use telemetron_model::fold::Rollup;
use tokio::time::timeout;

use crate::StoreError;
use crate::pool::DedicatedConn;
use crate::refused::Refusals;
pub use crate::refused::RefusedRow;

/// Longest that a batch may take, over all of its statements: a host that was frozen or cut off
/// says nothing, and its connection would be waited on for ever.
const LONGEST: Duration = Duration::from_secs(180);

/// What became of the records of one partition in one batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records that changed something.
    pub stored: i64,
    /// Records that were known.
    pub duplicate: i64,
}

impl Tally {
    fn count(&mut self, changed: bool) {
        if changed {
            self.stored += 1;
        } else {
            self.duplicate += 1;
        }
    }
}

/// Writes a batch and moves its offsets, in one transaction.
///
/// Returns what became of the records, position by position.
///
/// # Errors
/// Nothing of the batch is stored then. [`StoreError::Fenced`]: the partitions belong to another
/// consumer by now. [`StoreError::owner`] says of the others whether a record of the batch can never
/// be stored, or the same batch is to be tried again.
///
/// # Cancel safety
/// Dropping the future rolls the transaction back and closes its connection.
pub async fn apply(pool: &PgPool, batch: &Batch) -> Result<Vec<Tally>, StoreError> {
    let mut dedicated = DedicatedConn::acquire(pool).await?;
    let stored = timeout(LONGEST, store(dedicated.conn(), batch)).await;
    let tallies = stored.map_err(|_| no_answer())??;
    dedicated.finish();
    Ok(tallies)
}

/// Finds the records of a batch whose rows the database refuses; stores nothing. There may be others
/// among those that are left.
///
/// # Errors
/// When the search ends before it has found any.
///
/// # Cancel safety
/// As [`apply`].
pub async fn find_refused(pool: &PgPool, batch: &Batch) -> Result<Vec<RefusedRow>, StoreError> {
    let mut dedicated = DedicatedConn::acquire(pool).await?;
    let mut tx = dedicated.conn().begin().await?;
    let mut refusals = Refusals::Note(Vec::new());
    let looked = timeout(LONGEST, write(&mut tx, batch, &mut refusals)).await;
    let ended = looked.unwrap_or_else(|_| Err(no_answer()));
    let rolled_back = tx.rollback().await;
    match (ended, refusals) {
        (_, Refusals::Note(refused)) if !refused.is_empty() => Ok(refused),
        (ended, _) => {
            ended?;
            rolled_back?;
            dedicated.finish();
            Ok(Vec::new())
        }
    }
}

fn no_answer() -> StoreError {
    let silence = format!("no answer within {} s", LONGEST.as_secs());
    StoreError::Environment(sqlx::Error::Io(io::Error::new(
        io::ErrorKind::TimedOut,
        silence,
    )))
}

async fn store(conn: &mut PgConnection, batch: &Batch) -> Result<Vec<Tally>, StoreError> {
    let mut tx = conn.begin().await?;
    let tallies = write(&mut tx, batch, &mut Refusals::Fail).await?;
    tx.commit().await?;
    Ok(tallies)
}

async fn write(
    conn: &mut PgConnection,
    batch: &Batch,
    refusals: &mut Refusals,
) -> Result<Vec<Tally>, StoreError> {
    plan_for_keys(conn).await?;
    offsets::lock(conn, batch).await?;
    skips::heed(conn, batch).await?;
    let mut tallies = vec![Tally::default(); batch.positions.len()];
    let mut rollup = Rollup::default();
    fold::traces(conn, batch, &mut tallies, &mut rollup, refusals).await?;
    life::write(conn, batch, &mut tallies).await?;
    metrics::write(conn, batch, &mut tallies).await?;
    rollups::move_by(conn, &rollup).await?;
    dead_letters::insert(conn, batch).await?;
    offsets::advance(conn, batch, &tallies).await?;
    skips::pass(conn, batch).await?;
    Ok(tallies)
}

/// Has every statement of the transaction look rows up by their keys.
///
/// All of them name keys. Where statistics lag behind a table that has just begun to grow, the
/// planner would rather read it whole, and keep that plan: 24 ms instead of one for the neighbours
/// of six spans. A partition without any statistics seems to hold four rows a day, which settings
/// alone do not mend: rows by their keys are therefore looked up in a `LATERAL` query with
/// `OFFSET 0`, which Postgres runs key by key (1,000 keys in a trace of 6,000 spans: 22 ms instead of
/// 1,400). Changes name the places (`ctid`) found so; the trace is locked, so nobody moves them.
async fn plan_for_keys(conn: &mut PgConnection) -> Result<(), StoreError> {
    let settings = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;
                    SET LOCAL enable_mergejoin = off";
    sqlx::raw_sql(settings).execute(conn).await?;
    Ok(())
}

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
mod children;
mod dead_letters;
mod fold;
mod hints;
mod json_rows;
mod kin;
mod life;
mod life_rows;
mod metrics;
mod offsets;
mod recount;
mod rollups;
mod span_work;
mod spans;
mod trace_row;
mod traces;

pub use batch::{Batch, Delivery, Position, Rejected};
pub use offsets::{PartitionStart, begin_partition, load_offsets};

use sqlx::{Connection, PgConnection, PgPool};
use telemetron_model::fold::Rollup;

use crate::StoreError;
use crate::pool::Whole;

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
/// consumer by now. Transient errors may be tried again as they are; permanent ones mean that a
/// record of the batch can never be stored.
///
/// # Cancel safety
/// Dropping the future rolls the transaction back and closes its connection.
pub async fn apply(pool: &PgPool, batch: &Batch) -> Result<Vec<Tally>, StoreError> {
    let mut whole = Whole::acquire(pool).await?;
    let tallies = apply_on(whole.conn(), batch).await?;
    whole.finish();
    Ok(tallies)
}

async fn apply_on(conn: &mut PgConnection, batch: &Batch) -> Result<Vec<Tally>, StoreError> {
    let mut tx = conn.begin().await?;
    plan_for_keys(&mut tx).await?;
    offsets::lock(&mut tx, batch).await?;
    let mut tallies = vec![Tally::default(); batch.positions.len()];
    let mut rollup = Rollup::default();
    fold::traces(&mut tx, batch, &mut tallies, &mut rollup).await?;
    life::write(&mut tx, batch, &mut tallies).await?;
    metrics::write(&mut tx, batch, &mut tallies).await?;
    rollups::move_by(&mut tx, &rollup).await?;
    dead_letters::insert(&mut tx, batch).await?;
    offsets::advance(&mut tx, batch, &tallies).await?;
    tx.commit().await?;
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

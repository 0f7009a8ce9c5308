//! What the one process that collects knows now, as the others read it.
//!
//! The row is read by its key once a second by each process that does not collect. That costs less
//! than the connection on which each of them would have to listen for a notification.

use std::time::Duration;

use sqlx::PgPool;
use telemetron_model::Timestamp;

use super::snapshots::{Frame, frame};
use super::{Snapshot, SnapshotWriter};
use crate::StoreError;

/// What was published last by the process that collects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// How long ago it was written, by the clock of the database.
    pub age: Duration,
    /// Whether every source had been asked to the end at least once.
    pub warm: bool,
    /// The snapshot; none when it is the one that the reader has.
    pub frame: Option<Frame>,
}

impl SnapshotWriter {
    /// Shows a snapshot to the processes that do not collect, in the place of the one before. It is
    /// `warm` once every source was asked to the end.
    ///
    /// # Errors
    /// When the database is away or refuses.
    pub async fn publish(&mut self, snapshot: &Snapshot, warm: bool) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO oracle_now (written_at, taken_ns, warm, shape, state, issues)
             VALUES (clock_timestamp(), $1, $2, $3, $4, $5)
             ON CONFLICT (singleton) DO UPDATE SET
                 written_at = EXCLUDED.written_at, taken_ns = EXCLUDED.taken_ns,
                 warm = EXCLUDED.warm, shape = EXCLUDED.shape, state = EXCLUDED.state, issues = EXCLUDED.issues",
        )
        .bind(snapshot.taken_at.nanos())
        .bind(warm)
        .bind(snapshot.shape.cast_signed())
        .bind(frame(&snapshot.state)?)
        .bind(frame(&snapshot.issues)?)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

/// Reads what the process that collects published last, unless it is what was taken at `known`;
/// none when nobody has published since the database started.
///
/// # Errors
/// When the database is away.
pub async fn current(
    pool: &PgPool,
    known: Option<Timestamp>,
) -> Result<Option<Current>, StoreError> {
    let row = sqlx::query(
        "SELECT greatest(extract(epoch FROM clock_timestamp() - written_at), 0)::float8 AS age,
                taken_ns, warm, shape,
                CASE WHEN taken_ns IS DISTINCT FROM $1 THEN state END AS state,
                CASE WHEN taken_ns IS DISTINCT FROM $1 THEN issues END AS issues
         FROM oracle_now",
    )
    .bind(known.map(Timestamp::nanos))
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Current {
        age: Duration::from_secs_f64(sqlx::Row::try_get(&row, "age")?),
        warm: sqlx::Row::try_get(&row, "warm")?,
        frame: Frame::if_read(&row)?,
    }))
}

//! Snapshots: how they are written, found and opened.

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Row as _};
use telemetron_model::Timestamp;
use telemetron_view::oracle::HistoryEntry;

use super::{SNAPSHOTS, Snapshot, corrupt, json, parsed};
use crate::{StoreError, compress, decompress};

/// A snapshot as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// When it was taken.
    pub taken_at: Timestamp,
    shape: u64,
    state: Vec<u8>,
    issues: Vec<u8>,
}

impl Frame {
    /// What it holds.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn open(&self) -> Result<Snapshot, StoreError> {
        Ok(Snapshot {
            taken_at: self.taken_at,
            shape: self.shape,
            state: parsed(SNAPSHOTS, &self.state_json()?)?,
            issues: parsed(SNAPSHOTS, &text(&self.issues)?)?,
        })
    }

    /// The state as the JSON text that was written.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn state_json(&self) -> Result<String, StoreError> {
        text(&self.state)
    }

    /// The frame of a row that was read, unless its content was left out.
    pub(super) fn if_read(row: &PgRow) -> Result<Option<Self>, StoreError> {
        let state: Option<&[u8]> = row.try_get("state")?;
        state.map(|_| Self::of(row)).transpose()
    }

    fn of(row: &PgRow) -> Result<Self, StoreError> {
        Ok(Self {
            taken_at: Timestamp::from_nanos(row.try_get("taken_ns")?),
            shape: row.try_get::<i64, _>("shape")?.cast_unsigned(),
            state: row.try_get("state")?,
            issues: row.try_get("issues")?,
        })
    }
}

pub(super) async fn insert(conn: &mut PgConnection, snapshot: &Snapshot) -> Result<(), StoreError> {
    let Snapshot { state, issues, .. } = snapshot;
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    sqlx::query(
        "INSERT INTO oracle_snapshots (taken_ns, shape, state, issues, agent_count, pod_count,
                                       task_count, model_count, issue_count)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (taken_ns) DO NOTHING",
    )
    .bind(snapshot.taken_at.nanos())
    .bind(snapshot.shape.cast_signed())
    .bind(frame(state)?)
    .bind(frame(issues)?)
    .bind(count(state.agents.len()))
    .bind(count(state.workload.iter().map(|w| w.pods.len()).sum()))
    .bind(count(state.queues.iter().map(|q| q.tasks.len()).sum()))
    .bind(count(state.litellm.len()))
    .bind(count(issues.len()))
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives the latest snapshot that was taken at an instant or before.
///
/// # Errors
/// When the database is away.
pub async fn at(pool: &PgPool, instant: Timestamp) -> Result<Option<Frame>, StoreError> {
    let row = sqlx::query(
        "SELECT taken_ns, shape, state, issues FROM oracle_snapshots
         WHERE taken_ns <= $1 ORDER BY taken_ns DESC LIMIT 1",
    )
    .bind(instant.nanos())
    .fetch_optional(pool)
    .await?;
    row.as_ref().map(Frame::of).transpose()
}

/// Gives the first snapshot that is kept.
///
/// # Errors
/// When the database is away.
pub async fn first(pool: &PgPool) -> Result<Option<Frame>, StoreError> {
    let row = sqlx::query(
        "SELECT taken_ns, shape, state, issues FROM oracle_snapshots ORDER BY taken_ns LIMIT 1",
    )
    .fetch_optional(pool)
    .await?;
    row.as_ref().map(Frame::of).transpose()
}

/// Gives the latest snapshot at or before each of these instants, each once, earliest first.
///
/// # Errors
/// When the database is away.
pub async fn frames(pool: &PgPool, instants: &[Timestamp]) -> Result<Vec<Frame>, StoreError> {
    let instants: Vec<i64> = instants.iter().map(|instant| instant.nanos()).collect();
    let rows = sqlx::query(
        "SELECT taken_ns, shape, state, issues FROM oracle_snapshots
         WHERE taken_ns = ANY(ARRAY(
             SELECT (SELECT max(taken_ns) FROM oracle_snapshots WHERE taken_ns <= wanted_ns)
             FROM unnest($1::bigint[]) AS wanted_ns))
         ORDER BY taken_ns",
    )
    .bind(&instants)
    .fetch_all(pool)
    .await?;
    rows.iter().map(Frame::of).collect()
}

/// Lists snapshots of a range, the latest first, and those before `before` alone.
///
/// # Errors
/// When the database is away.
pub async fn history(
    pool: &PgPool,
    from: Timestamp,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<HistoryEntry>, StoreError> {
    let rows = sqlx::query(
        "SELECT taken_ns, shape, agent_count, pod_count, task_count, model_count, issue_count
         FROM oracle_snapshots WHERE taken_ns >= $1 AND taken_ns < $2
         ORDER BY taken_ns DESC LIMIT $3",
    )
    .bind(from.nanos())
    .bind(before.nanos())
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await?;
    rows.iter().map(entry).collect()
}

fn entry(row: &PgRow) -> Result<HistoryEntry, StoreError> {
    let count = |column: &str| row.try_get::<i32, _>(column).map(i64::from);
    let shape: i64 = row.try_get("shape")?;
    Ok(HistoryEntry {
        taken_at: Timestamp::from_nanos(row.try_get("taken_ns")?).into(),
        id: format!("{:016x}", shape.cast_unsigned()),
        agents: count("agent_count")?,
        pods: count("pod_count")?,
        tasks: count("task_count")?,
        models: count("model_count")?,
        issues: count("issue_count")?,
    })
}

pub(super) fn frame(value: &impl serde::Serialize) -> Result<Vec<u8>, StoreError> {
    compress(&json(value)?).map_err(|error| corrupt(SNAPSHOTS, error))
}

fn text(frame: &[u8]) -> Result<String, StoreError> {
    decompress(frame).map_err(|error| corrupt(SNAPSHOTS, error))
}

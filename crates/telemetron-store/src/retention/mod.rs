//! Retention: what is old is dropped, whole days of traces at a time.
//!
//! ```text
//!  clock ── jumped? ──▶ wait a day, say so
//!    │
//!    ▼
//!  days that are over ──▶ traces that still receive move to today ──▶ partitions dropped
//!    │
//!    ▼
//!  rows of other tables
//! ```

mod clock;
mod days;
mod rows;

use std::time::Duration;

use chrono::{Days, NaiveDate};
use sqlx::{PgConnection, PgPool};
use telemetron_model::Timestamp;

use crate::StoreError;
use crate::partitions::LOCK;
pub use clock::state;

/// How many days each kind of data is kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Traces and everything below them since their last record, tasks that ended, events of
    /// services.
    pub traces_days: u32,
    /// Metric points, and series without any.
    pub metrics_days: u32,
    /// Roll-ups.
    pub rollups_days: u32,
    /// Rows of dead letters.
    pub dead_letters_days: u32,
    /// Agents that are no longer heard of.
    pub agents_days: u32,
    /// Tasks that never ended, since their last record.
    pub open_tasks_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            traces_days: 7,
            metrics_days: 30,
            rollups_days: 90,
            dead_letters_days: 30,
            agents_days: 30,
            open_tasks_days: 30,
        }
    }
}

/// What one run of retention did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// Days whose traces were dropped.
    pub days: Vec<NaiveDate>,
    /// Traces of those days that were dropped.
    pub traces: u64,
    /// Traces of those days that still receive, and were kept.
    pub kept: u64,
    /// Rows of other tables.
    pub rows: u64,
    /// Until when nothing is dropped, since the clock jumped ahead.
    pub held_until: Option<Timestamp>,
}

/// Drops what is older than its retention, as of `now`.
///
/// Only one process does so at a time; the others return at once with nothing removed. When `now`
/// is more than a day after the last run, the clock may have been set ahead: nothing is dropped for
/// a day, so that somebody can set it right.
///
/// # Errors
/// When the database is away or refuses; what was dropped before stays dropped.
pub async fn enforce(
    pool: &PgPool,
    retention: Retention,
    now: Timestamp,
) -> Result<Removed, StoreError> {
    let mut conn = pool.acquire().await?;
    let (mine,): (bool,) = sqlx::query_as("SELECT pg_try_advisory_lock($1)")
        .bind(LOCK)
        .fetch_one(&mut *conn)
        .await?;
    if !mine {
        return Ok(Removed::default());
    }
    let removed = enforce_locked(&mut conn, retention, now).await;
    sqlx::query("SELECT pg_advisory_unlock($1)")
        .bind(LOCK)
        .execute(&mut *conn)
        .await?;
    removed
}

/// The time by this machine's clock or the database's, whichever is behind: one clock that runs
/// ahead drops nothing.
///
/// # Errors
/// When the database is away.
pub async fn clock(pool: &PgPool) -> Result<Timestamp, StoreError> {
    let theirs: chrono::DateTime<chrono::Utc> = sqlx::query_scalar("SELECT clock_timestamp()")
        .fetch_one(pool)
        .await?;
    Ok(Timestamp::now().min(theirs.into()))
}

async fn enforce_locked(
    conn: &mut PgConnection,
    retention: Retention,
    now: Timestamp,
) -> Result<Removed, StoreError> {
    let mut removed = Removed {
        held_until: clock::held_until(conn, now).await?,
        ..Removed::default()
    };
    if removed.held_until.is_some() {
        return Ok(removed);
    }
    let oldest = before(now, retention.traces_days);
    for day in days::over(conn, oldest.day()).await? {
        days::drop(conn, day, oldest, now.day(), &mut removed).await?;
    }
    removed.rows = rows::delete(conn, retention, now).await?;
    let forget = oldest.day() - Days::new(30);
    sqlx::query("DELETE FROM dropped_traces WHERE dropped_on < $1")
        .bind(forget)
        .execute(&mut *conn)
        .await?;
    Ok(removed)
}

fn before(now: Timestamp, days: u32) -> Timestamp {
    now - Duration::from_hours(24) * days
}

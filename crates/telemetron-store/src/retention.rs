//! Retention: what is old is dropped, whole days of traces at a time.

use chrono::{Days, NaiveDate};
use sqlx::{Connection, PgConnection, PgPool};
use telemetron_model::Timestamp;

use crate::StoreError;
use crate::partitions::{LOCK, TABLES, name};

/// How many days each kind of data is kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Traces and everything below them, tasks that ended, events of services.
    pub traces_days: u32,
    /// Metric points.
    pub metrics_days: u32,
    /// Roll-ups.
    pub rollups_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            traces_days: 7,
            metrics_days: 30,
            rollups_days: 90,
        }
    }
}

/// What one run of retention removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// Days whose traces were dropped.
    pub days: Vec<NaiveDate>,
    /// Traces of those days.
    pub traces: u64,
    /// Rows of other tables.
    pub rows: u64,
}

/// Drops what is older than its retention, as of `now`.
///
/// Only one process does so at a time; the others return at once with nothing removed.
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

async fn enforce_locked(
    conn: &mut PgConnection,
    retention: Retention,
    now: Timestamp,
) -> Result<Removed, StoreError> {
    let mut removed = Removed::default();
    let keep_from = before(now, retention.traces_days).day();
    for day in days_before(conn, keep_from).await? {
        removed.traces += drop_day(conn, day, now.day()).await?;
        removed.days.push(day);
    }
    let traces = before(now, retention.traces_days).nanos();
    let metrics = before(now, retention.metrics_days).nanos();
    let rollups = before(now, retention.rollups_days).minute();
    for (statement, limit) in [
        ("DELETE FROM system_events WHERE seen_ns < $1", traces),
        (
            "DELETE FROM tasks WHERE seen_ns < $1 AND status >= 4",
            traces,
        ),
        ("DELETE FROM metric_points WHERE seen_ns < $1", metrics),
        ("DELETE FROM rollups WHERE minute < $1", rollups),
    ] {
        removed.rows += sqlx::query(statement)
            .bind(limit)
            .execute(&mut *conn)
            .await?
            .rows_affected();
    }
    let forget = keep_from - Days::new(30);
    sqlx::query("DELETE FROM dropped_traces WHERE dropped_on < $1")
        .bind(forget)
        .execute(&mut *conn)
        .await?;
    Ok(removed)
}

fn before(now: Timestamp, days: u32) -> Timestamp {
    now.plus_nanos(-i64::from(days) * 86_400_000_000_000)
}

/// Days before this one that have traces or partitions.
async fn days_before(
    conn: &mut PgConnection,
    day: NaiveDate,
) -> Result<Vec<NaiveDate>, StoreError> {
    let rows: Vec<(NaiveDate,)> = sqlx::query_as(
        "SELECT DISTINCT day FROM traces WHERE day < $1
         UNION
         SELECT to_date(right(c.relname, 8), 'YYYYMMDD')
         FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'spans'::regclass AND to_date(right(c.relname, 8), 'YYYYMMDD') < $1
         ORDER BY 1",
    )
    .bind(day)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(day,)| day).collect())
}

/// Drops the partitions of a day and its traces, which are remembered as dropped.
async fn drop_day(
    conn: &mut PgConnection,
    day: NaiveDate,
    today: NaiveDate,
) -> Result<u64, StoreError> {
    let mut tx = conn.begin().await?;
    for table in TABLES {
        // Names are made here, from nothing that anybody sends.
        let statement = format!("DROP TABLE IF EXISTS {}", name(table, day));
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&mut *tx)
            .await?;
    }
    let dropped = sqlx::query(
        "WITH gone AS (DELETE FROM traces WHERE day = $1 RETURNING trace_id)
         INSERT INTO dropped_traces (trace_id, dropped_on) SELECT trace_id, $2 FROM gone
         ON CONFLICT (trace_id) DO UPDATE SET dropped_on = EXCLUDED.dropped_on",
    )
    .bind(day)
    .bind(today)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(dropped.rows_affected())
}

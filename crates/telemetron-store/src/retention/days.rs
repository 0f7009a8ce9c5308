//! Days of traces: dropped whole, once the traces that still receive have moved on.

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};
use telemetron_model::Timestamp;

use super::Removed;
use crate::StoreError;
use crate::partitions::{self, TABLES, name};

/// How often a day is looked through for traces that have received meanwhile.
const ROUNDS: u32 = 5;

/// Days before this one that have traces or partitions.
pub(super) async fn over(
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

/// Drops a day but for the traces that have received since `oldest`: those move to today.
pub(super) async fn drop(
    conn: &mut PgConnection,
    day: NaiveDate,
    oldest: Timestamp,
    today: NaiveDate,
    removed: &mut Removed,
) -> Result<(), StoreError> {
    for _ in 0..ROUNDS {
        removed.kept += move_living(conn, day, oldest, today).await?;
        if let Some(dropped) = drop_dead(conn, day, oldest, today).await? {
            removed.traces += dropped;
            removed.days.push(day);
            return Ok(());
        }
    }
    // Traces that receive all the time: the next run goes on.
    Ok(())
}

/// Moves the traces that still receive, each in a transaction of its own, so that nobody waits for
/// more than one of them.
async fn move_living(
    conn: &mut PgConnection,
    day: NaiveDate,
    oldest: Timestamp,
    today: NaiveDate,
) -> Result<u64, StoreError> {
    let living: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT trace_id FROM traces WHERE day = $1 AND last_seen_ns >= $2")
            .bind(day)
            .bind(oldest.nanos())
            .fetch_all(&mut *conn)
            .await?;
    if !living.is_empty() && !partitions::exist(conn, today).await? {
        partitions::make(conn, today).await?;
    }
    for trace_id in &living {
        move_one(conn, day, trace_id, today).await?;
    }
    Ok(u64::try_from(living.len()).unwrap_or(u64::MAX))
}

/// The row of the trace is locked by whoever writes below it, so nobody does meanwhile.
async fn move_one(
    conn: &mut PgConnection,
    day: NaiveDate,
    trace_id: &[u8],
    today: NaiveDate,
) -> Result<(), StoreError> {
    let mut tx = conn.begin().await?;
    sqlx::query("UPDATE traces SET day = $2 WHERE trace_id = $1")
        .bind(trace_id)
        .bind(today)
        .execute(&mut *tx)
        .await?;
    for table in TABLES {
        // Changing the key of a partition moves the row there. The name is one of ours.
        let statement = format!("UPDATE {table} SET day = $3 WHERE day = $1 AND trace_id = $2");
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(day)
            .bind(trace_id)
            .bind(today)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Drops the partitions of a day and its traces, which are remembered as dropped; none when one of
/// them has received since.
async fn drop_dead(
    conn: &mut PgConnection,
    day: NaiveDate,
    oldest: Timestamp,
    today: NaiveDate,
) -> Result<Option<u64>, StoreError> {
    let mut tx = conn.begin().await?;
    // To drop a partition takes the table above it as well, which readers hold while they wait for
    // the partition. Who cleans up gives way before the database chooses whom to stop (after its
    // `deadlock_timeout` of a second), and comes again.
    sqlx::query("SET LOCAL lock_timeout = '700ms'")
        .execute(&mut *tx)
        .await?;
    for table in TABLES {
        lock(&mut tx, &name(table, day)).await?;
    }
    // Whoever wrote to the day has committed, and nobody can write to it any more.
    let dropped = sqlx::query(
        "WITH gone AS (DELETE FROM traces WHERE day = $1 AND last_seen_ns < $3 RETURNING trace_id)
         INSERT INTO dropped_traces (trace_id, dropped_on) SELECT trace_id, $2 FROM gone
         ON CONFLICT (trace_id) DO UPDATE SET dropped_on = EXCLUDED.dropped_on",
    )
    .bind(day)
    .bind(today)
    .bind(oldest.nanos())
    .execute(&mut *tx)
    .await?;
    let living: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM traces WHERE day = $1)")
        .bind(day)
        .fetch_one(&mut *tx)
        .await?;
    if living {
        tx.rollback().await?;
        return Ok(None);
    }
    for table in TABLES {
        // Names are made here, from nothing that anybody sends.
        let statement = format!("DROP TABLE IF EXISTS {}", name(table, day));
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(Some(dropped.rows_affected()))
}

/// Locks a partition, if it is there.
async fn lock(conn: &mut PgConnection, partition: &str) -> Result<(), StoreError> {
    let (there,): (bool,) = sqlx::query_as("SELECT to_regclass($1) IS NOT NULL")
        .bind(partition)
        .fetch_one(&mut *conn)
        .await?;
    if there {
        let statement = format!("LOCK TABLE {partition} IN ACCESS EXCLUSIVE MODE");
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(conn)
            .await?;
    }
    Ok(())
}

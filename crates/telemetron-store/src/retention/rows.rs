//! Rows of the tables that have no days.

use sqlx::{Connection as _, PgConnection};
use telemetron_model::Timestamp;

use super::{Retention, before};
use crate::StoreError;

/// Deletes what is older than its retention; returns how many rows.
pub(super) async fn delete(
    conn: &mut PgConnection,
    retention: Retention,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let nanos = |days| before(now, days).nanos();
    let traces = nanos(retention.traces_days);
    let rollups = before(now, retention.rollups_days).minute();
    let mut deleted = 0;
    for (statement, limit) in [
        ("DELETE FROM system_events WHERE seen_ns < $1", traces),
        (
            "DELETE FROM tasks WHERE seen_ns < $1 AND status >= 4",
            traces,
        ),
        (
            "DELETE FROM tasks WHERE seen_ns < $1 AND status < 4",
            nanos(retention.open_tasks_days),
        ),
        (
            "DELETE FROM agents WHERE COALESCE(seen_ns, said_ns) < $1",
            nanos(retention.agents_days),
        ),
        (
            "DELETE FROM dead_letters WHERE rejected_at < to_timestamp($1 / 1000000000)",
            nanos(retention.dead_letters_days),
        ),
        (
            "DELETE FROM metric_points WHERE seen_ns < $1",
            nanos(retention.metrics_days),
        ),
        ("DELETE FROM rollups WHERE minute < $1", rollups),
    ] {
        deleted += sqlx::query(statement)
            .bind(limit)
            .execute(&mut *conn)
            .await?
            .rows_affected();
    }
    Ok(deleted + delete_empty_series(conn).await?)
}

/// Deletes the series of which no point is left.
///
/// Whoever writes points has named their series before, in the same transaction: nobody may have
/// one in hand while they are looked at.
async fn delete_empty_series(conn: &mut PgConnection) -> Result<u64, StoreError> {
    const EMPTY: &str =
        "NOT EXISTS (SELECT FROM metric_points AS p WHERE p.series_id = s.series_id)";
    let any = format!("SELECT EXISTS (SELECT FROM metric_series AS s WHERE {EMPTY})");
    let any: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(any))
        .fetch_one(&mut *conn)
        .await?;
    if !any {
        return Ok(0);
    }
    let mut tx = conn.begin().await?;
    sqlx::raw_sql("LOCK TABLE metric_series IN SHARE ROW EXCLUSIVE MODE")
        .execute(&mut *tx)
        .await?;
    let delete = format!("DELETE FROM metric_series AS s WHERE {EMPTY}");
    let deleted = sqlx::query(sqlx::AssertSqlSafe(delete))
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(deleted.rows_affected())
}

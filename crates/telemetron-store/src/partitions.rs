//! Partitions by day: made ahead, and dropped whole.

use chrono::NaiveDate;
use sqlx::{PgConnection, PgPool};

use crate::StoreError;

/// The tables that are partitioned by the day of their trace.
pub(crate) const TABLES: [&str; 6] = [
    "spans",
    "llm_calls",
    "tool_calls",
    "handoffs",
    "events",
    "errors",
];

/// Key of the advisory lock under which partitions are made and dropped.
pub(crate) const LOCK: i64 = 0x7465_6c65_6d65_7472; // "telemetr"

/// Makes the partitions of these days where they are missing.
///
/// # Errors
/// When the database is away or refuses.
pub async fn ensure(pool: &PgPool, days: &[NaiveDate]) -> Result<(), StoreError> {
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(&mut *tx)
        .await?;
    for day in days {
        if !exists(&mut tx, *day).await? {
            make(&mut tx, *day).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

async fn exists(conn: &mut PgConnection, day: NaiveDate) -> Result<bool, StoreError> {
    let (exists,) = sqlx::query_as("SELECT to_regclass($1) IS NOT NULL")
        .bind(name(TABLES[TABLES.len() - 1], day))
        .fetch_one(conn)
        .await?;
    Ok(exists)
}

async fn make(conn: &mut PgConnection, day: NaiveDate) -> Result<(), StoreError> {
    let next = day.succ_opt().unwrap_or(day);
    for table in TABLES {
        let partition = name(table, day);
        // Names and days are made here, from nothing that anybody sends.
        let statement = format!(
            "CREATE TABLE IF NOT EXISTS {partition} PARTITION OF {table} FOR VALUES FROM ('{day}') TO ('{next}')"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// The name of a table's partition for one day: `spans_20260131`.
pub(crate) fn name(table: &str, day: NaiveDate) -> String {
    format!("{table}_{}", day.format("%Y%m%d"))
}

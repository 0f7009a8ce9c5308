//! Partitions by day: made ahead, and dropped whole.

use chrono::NaiveDate;
use sqlx::postgres::PgDatabaseError;
use sqlx::{Connection, PgConnection, PgPool};

use crate::StoreError;
use crate::pool::DedicatedConn;

/// The tables that are partitioned by the day of their trace.
pub(crate) const TABLES: [&str; 8] = [
    "spans",
    "llm_calls",
    "tool_calls",
    "handoffs",
    "events",
    "errors",
    "span_texts",
    "trace_links",
];

/// Key of the advisory lock under which partitions are made and dropped.
pub(crate) const LOCK: i64 = 0x7465_6c65_6d65_7472; // "telemetr"

/// Makes the partitions of these days where they are missing.
///
/// # Errors
/// When the database is away or refuses.
pub async fn ensure(pool: &PgPool, days: &[NaiveDate]) -> Result<(), StoreError> {
    let mut dedicated = DedicatedConn::acquire(pool).await?;
    let mut tx = dedicated.conn().begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(&mut *tx)
        .await?;
    for day in days {
        if !exist(&mut tx, *day).await? {
            make(&mut tx, *day).await?;
        }
    }
    tx.commit().await?;
    dedicated.finish();
    Ok(())
}

/// Whether all partitions of a day are there: somebody may have dropped one of them.
pub(crate) async fn exist(conn: &mut PgConnection, day: NaiveDate) -> Result<bool, StoreError> {
    let names: Vec<_> = TABLES.iter().map(|table| name(table, day)).collect();
    let exist = "SELECT bool_and(to_regclass(name) IS NOT NULL) FROM UNNEST($1::text[]) name";
    Ok(sqlx::query_scalar(exist)
        .bind(names)
        .fetch_one(conn)
        .await?)
}

/// The day of which a batch lacks a partition, where the database says it: a trace that is stored
/// belongs to an earlier day than the records that come now.
pub fn missing_day(error: &StoreError) -> Option<NaiveDate> {
    let StoreError::MissingPartition(error) = error else {
        return None;
    };
    let refusal = error.as_database_error()?;
    let refusal = refusal.try_downcast_ref::<PgDatabaseError>()?;
    day_in(refusal.detail()?)
}

/// Reads `Partition key of the failing row contains (day) = (2026-01-31).`
fn day_in(detail: &str) -> Option<NaiveDate> {
    let (_, value) = detail.split_once("(day) = (")?;
    let (day, _) = value.split_once(')')?;
    day.parse().ok()
}

pub(crate) async fn make(conn: &mut PgConnection, day: NaiveDate) -> Result<(), StoreError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_day_is_read_from_what_postgres_says() {
        let detail = "Partition key of the failing row contains (day) = (2026-01-31).";
        assert_eq!(day_in(detail), NaiveDate::from_ymd_opt(2026, 1, 31));
        assert_eq!(day_in("something else"), None);
    }
}

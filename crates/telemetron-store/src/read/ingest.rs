//! How far each partition is read, and what became of what was read.

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::view::Ledger;
use telemetron_model::{Rfc3339, Timestamp};

use super::cells::Cells;
use crate::StoreError;

/// How far one partition is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The Kafka cluster.
    pub cluster_id: String,
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Offset of the next record to be read.
    pub next_offset: i64,
    /// Broker time of the latest record that was read.
    pub broker_time: Option<Rfc3339>,
    /// What became of its records.
    pub ledger: Ledger,
    /// When it moved last.
    pub updated_at: Rfc3339,
}

/// Reads how far every partition is read, by topic and partition.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn progress(pool: &PgPool) -> Result<Vec<Progress>, StoreError> {
    let rows = sqlx::query(
        "SELECT cluster_id, topic, partition, next_offset, broker_time_ns, received, stored,
                duplicate, ignored, rejected, expired, updated_at
         FROM ingest_offsets ORDER BY topic, partition, cluster_id",
    )
    .fetch_all(pool)
    .await?;
    rows.iter().map(one).collect()
}

fn one(row: &PgRow) -> Result<Progress, StoreError> {
    let cells = Cells::of(row, "ingest_offsets");
    let outcomes = [
        cells.get("stored")?,
        cells.get("duplicate")?,
        cells.get("ignored")?,
        cells.get("rejected")?,
    ];
    Ok(Progress {
        cluster_id: cells.get("cluster_id")?,
        topic: cells.get("topic")?,
        partition: cells.get("partition")?,
        next_offset: cells.get("next_offset")?,
        broker_time: cells.opt_instant("broker_time_ns")?,
        ledger: Ledger::new(cells.get("received")?, outcomes, cells.get("expired")?),
        updated_at: Timestamp::from(cells.get::<chrono::DateTime<chrono::Utc>>("updated_at")?)
            .into(),
    })
}

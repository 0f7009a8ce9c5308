//! How far each partition is read, and what became of what was read.

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::topic::Topic;
use telemetron_model::{Rfc3339, Timestamp};
use telemetron_view::{IngestGap, Ledger};

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

/// Reads how far every partition of the topics behind a prefix is read, by topic and partition.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn progress(pool: &PgPool, prefix: &str) -> Result<Vec<Progress>, StoreError> {
    let rows = sqlx::query(
        "SELECT cluster_id, substr(topic, length($1) + 1) AS topic, partition, next_offset,
                broker_time_ns, received, stored, duplicate, ignored, rejected, expired, updated_at
         FROM ingest_offsets WHERE topic = ANY($2) ORDER BY topic, partition, cluster_id",
    )
    .bind(prefix)
    .bind(names(prefix))
    .fetch_all(pool)
    .await?;
    rows.iter().map(one).collect()
}

/// Most gaps that are told.
const MOST_GAPS: i64 = 100;

/// Reads which topics behind a prefix were deleted and made anew, the latest first.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn gaps(
    pool: &PgPool,
    cluster_id: &str,
    prefix: &str,
) -> Result<Vec<IngestGap>, StoreError> {
    let rows = sqlx::query(
        "SELECT substr(topic, length($2) + 1) AS topic, partition, topic_id, replaced_by, next_offset,
                unread, noticed_at
         FROM ingest_gaps WHERE cluster_id = $1 AND topic = ANY($3) ORDER BY id DESC LIMIT $4",
    )
    .bind(cluster_id)
    .bind(prefix)
    .bind(names(prefix))
    .bind(MOST_GAPS)
    .fetch_all(pool)
    .await?;
    rows.iter().map(gap).collect()
}

/// The broker's names of the record topics behind a prefix.
fn names(prefix: &str) -> Vec<String> {
    let names = Topic::ALL.iter();
    names.map(|topic| format!("{prefix}{topic}")).collect()
}

fn gap(row: &PgRow) -> Result<IngestGap, StoreError> {
    let cells = Cells::of(row, "ingest_gaps");
    Ok(IngestGap {
        topic: cells.get("topic")?,
        partition: cells.get("partition")?,
        topic_id: cells.get("topic_id")?,
        replaced_by: cells.get("replaced_by")?,
        next_offset: cells.get("next_offset")?,
        unread: cells.get("unread")?,
        noticed_at: Timestamp::from(cells.get::<chrono::DateTime<chrono::Utc>>("noticed_at")?)
            .into(),
    })
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

//! An operator's way past a record that stops its partition, for whatever reason.
//!
//! The record is counted as rejected, with a row among the dead letters, so that the ledger balances.
//! Where the partition stands at the record, its offset moves at once: that works whether a consumer
//! runs or not, and one that holds the record finds out that the offset has moved. Where the partition
//! stands before it, the skip is noted, and the consumer's transaction heeds it, both under the lock of
//! the partition's row.

use sqlx::{Connection, PgConnection, PgPool};
use telemetron_model::Timestamp;
use telemetron_model::decode::Rejection;
use telemetron_model::topic::Topic;

use crate::StoreError;
use crate::pool::DedicatedConn;

/// A record of one Kafka cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The id of the cluster.
    pub cluster_id: String,
    /// What stands before the topics of this installation there.
    pub topic_prefix: String,
    /// The topic.
    pub topic: Topic,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

impl Place {
    /// The topic's name on the broker, as the offsets have it.
    fn name_in_kafka(&self) -> String {
        format!("{}{}", self.topic_prefix, self.topic)
    }
}

/// What became of the wish to skip a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The partition goes on after it.
    Skipped,
    /// It is skipped as soon as the partition, which stands here, reaches it.
    Noted(i64),
    /// It was passed before; the partition stands here.
    Passed(i64),
    /// Nobody has read the partition yet.
    Unread,
}

/// Skips a record.
///
/// # Errors
/// When the database is away or refuses. Nothing is skipped then.
pub async fn skip(pool: &PgPool, place: &Place, reason: &str) -> Result<Outcome, StoreError> {
    let mut dedicated = DedicatedConn::acquire(pool).await?;
    let mut tx = dedicated.conn().begin().await?;
    let reason = Rejection::skipped(reason);
    let outcome = match stands(&mut tx, place).await? {
        None => Outcome::Unread,
        Some(next) if next > place.offset => Outcome::Passed(next),
        Some(next) if next < place.offset => {
            note(&mut tx, place, &reason).await?;
            Outcome::Noted(next)
        }
        Some(_) => {
            step_over(&mut tx, place, &reason).await?;
            Outcome::Skipped
        }
    };
    tx.commit().await?;
    dedicated.finish();
    Ok(outcome)
}

/// Locks the row of the partition; returns where it stands.
async fn stands(conn: &mut PgConnection, place: &Place) -> Result<Option<i64>, StoreError> {
    let next = sqlx::query_scalar(
        "SELECT next_offset FROM ingest_offsets
         WHERE cluster_id = $1 AND topic = $2 AND partition = $3 FOR UPDATE",
    )
    .bind(&place.cluster_id)
    .bind(place.name_in_kafka())
    .bind(place.partition)
    .fetch_optional(conn)
    .await?;
    Ok(next)
}

async fn note(
    conn: &mut PgConnection,
    place: &Place,
    reason: &Rejection,
) -> Result<(), StoreError> {
    let Rejection::Skipped(reason) = reason else {
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO ingest_skips (cluster_id, topic, partition, record_offset, reason)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (cluster_id, topic, partition, record_offset) DO UPDATE SET reason = EXCLUDED.reason",
    )
    .bind(&place.cluster_id)
    .bind(place.topic.name())
    .bind(place.partition)
    .bind(place.offset)
    .bind(reason)
    .execute(conn)
    .await?;
    Ok(())
}

async fn step_over(
    conn: &mut PgConnection,
    place: &Place,
    reason: &Rejection,
) -> Result<(), StoreError> {
    sqlx::query(
        "WITH letter AS (
           INSERT INTO dead_letters (cluster_id, topic, topic_id, partition, record_offset, broker_time_ns,
                                     code, reason, value_bytes, excerpt)
           SELECT $1, $2, COALESCE(topic_id, ''), $3, $4, $5, $6, $7, 0, '' FROM ingest_offsets
           WHERE cluster_id = $1 AND topic = $8 AND partition = $3
           ON CONFLICT (cluster_id, topic, topic_id, partition, record_offset) DO NOTHING),
         passed AS (
           DELETE FROM ingest_skips
           WHERE cluster_id = $1 AND topic = $2 AND partition = $3 AND record_offset = $4)
         UPDATE ingest_offsets
         SET next_offset = next_offset + 1, received = received + 1, rejected = rejected + 1, updated_at = now()
         WHERE cluster_id = $1 AND topic = $8 AND partition = $3",
    )
    .bind(&place.cluster_id)
    .bind(place.topic.name())
    .bind(place.partition)
    .bind(place.offset)
    .bind(Timestamp::now().nanos())
    .bind(reason.code())
    .bind(reason.to_string())
    .bind(place.name_in_kafka())
    .execute(conn)
    .await?;
    Ok(())
}

//! Records that an operator gave up: the batch that reaches one rejects it, whatever it holds.

use sqlx::{PgConnection, PgPool};
use telemetron_model::topic::{PartitionOffset, Topic, TopicPartition};

use super::Batch;
use crate::StoreError;

/// A record that is to be skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// Its topic.
    pub topic: Topic,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Why, as the operator says.
    pub reason: String,
}

impl Skip {
    /// Where the record stands.
    pub const fn place(&self) -> PartitionOffset {
        TopicPartition::new(self.topic, self.partition).offset(self.offset)
    }
}

/// Why this record is not waited for any more, if it is not: an operator gave it up, or its partition has
/// gone on without it.
///
/// # Errors
/// When the database is away.
pub async fn given_up(
    pool: &PgPool,
    (cluster_id, topic_prefix): (&str, &str),
    place: PartitionOffset,
) -> Result<Option<String>, StoreError> {
    let reason = sqlx::query_scalar(
        "SELECT COALESCE(s.reason, 'its partition has gone on')
         FROM ingest_offsets o
         LEFT JOIN ingest_skips s ON s.cluster_id = o.cluster_id AND s.topic = $2
           AND s.partition = o.partition AND s.record_offset = $4
         WHERE o.cluster_id = $1 AND o.topic = $5 || $2 AND o.partition = $3
           AND (s.reason IS NOT NULL OR o.next_offset > $4)",
    )
    .bind(cluster_id)
    .bind(place.at.topic.name())
    .bind(place.at.partition)
    .bind(place.offset)
    .bind(topic_prefix)
    .fetch_optional(pool)
    .await?;
    Ok(reason)
}

/// Fails when records of the batch are to be skipped that it does not skip yet.
pub(super) async fn heed(conn: &mut PgConnection, batch: &Batch) -> Result<(), StoreError> {
    let mut skips = wanted(conn, batch).await?;
    skips.retain(|skip| !(batch.skipped).contains(&skip.place()));
    if skips.is_empty() {
        Ok(())
    } else {
        Err(StoreError::Skip(skips))
    }
}

/// Those that lie within the batch. Its partitions are locked: none is added meanwhile.
async fn wanted(conn: &mut PgConnection, batch: &Batch) -> Result<Vec<Skip>, StoreError> {
    let rows: Vec<(String, i32, i64, String)> = sqlx::query_as(
        "SELECT topic, partition, record_offset, reason FROM ingest_skips WHERE cluster_id = $1",
    )
    .bind(&batch.cluster_id)
    .fetch_all(conn)
    .await?;
    let skip = |(topic, partition, offset, reason): (String, i32, i64, String)| {
        let topic = topic.parse().ok()?;
        let position = batch
            .positions
            .iter()
            .find(|position| position.topic == topic && position.partition == partition)?;
        let within = (position.expected..position.next).contains(&offset);
        within.then_some(Skip {
            topic,
            partition,
            offset,
            reason,
        })
    };
    Ok(rows.into_iter().filter_map(skip).collect())
}

/// Forgets those that the batch passes.
pub(super) async fn pass(conn: &mut PgConnection, batch: &Batch) -> Result<(), StoreError> {
    for PartitionOffset { at, offset } in &batch.skipped {
        sqlx::query(
            "DELETE FROM ingest_skips
             WHERE cluster_id = $1 AND topic = $2 AND partition = $3 AND record_offset = $4",
        )
        .bind(&batch.cluster_id)
        .bind(at.topic.name())
        .bind(at.partition)
        .bind(offset)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

//! Offsets and ledger: they move with the rows, and only from where they are expected to stand.

use sqlx::{PgConnection, PgPool};
use telemetron_model::topic::Topic;

use super::{Batch, Tally};
use crate::StoreError;
use crate::pool::Whole;

/// Where a partition begins to be read, as the consumer was assigned it.
#[derive(Debug, Clone, Copy)]
pub struct PartitionStart {
    /// The topic.
    pub topic: Topic,
    /// The partition.
    pub partition: i32,
    /// The offset from which it is read.
    pub offset: i64,
    /// Records before that offset which retention removed before anybody read them.
    pub expired: i64,
}

/// The stored offsets of a cluster: topic, partition, next offset.
///
/// # Errors
/// When the database is away.
pub async fn load_offsets(
    pool: &PgPool,
    cluster_id: &str,
) -> Result<Vec<(Topic, i32, i64)>, StoreError> {
    let rows: Vec<(String, i32, i64)> = sqlx::query_as(
        "SELECT topic, partition, next_offset FROM ingest_offsets WHERE cluster_id = $1",
    )
    .bind(cluster_id)
    .fetch_all(pool)
    .await?;
    let known = |(topic, partition, offset): (String, i32, i64)| {
        Some((topic.parse().ok()?, partition, offset))
    };
    Ok(rows.into_iter().filter_map(known).collect())
}

/// Makes the row of a partition that has none, and counts what expired before it was read.
///
/// # Errors
/// When the database is away.
pub async fn begin_partition(
    pool: &PgPool,
    cluster_id: &str,
    start: PartitionStart,
) -> Result<(), StoreError> {
    let mut whole = Whole::acquire(pool).await?;
    sqlx::query(
        "INSERT INTO ingest_offsets AS o (cluster_id, topic, partition, next_offset, expired)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (cluster_id, topic, partition) DO UPDATE
         SET next_offset = EXCLUDED.next_offset, expired = o.expired + EXCLUDED.expired, updated_at = EXCLUDED.updated_at
         WHERE o.next_offset = EXCLUDED.next_offset - EXCLUDED.expired AND EXCLUDED.expired > 0",
    )
    .bind(cluster_id)
    .bind(start.topic.name())
    .bind(start.partition)
    .bind(start.offset)
    .bind(start.expired)
    .execute(whole.conn())
    .await?;
    whole.finish();
    Ok(())
}

/// Locks the offset rows of a batch and checks that each stands where the batch begins.
pub(super) async fn lock(conn: &mut PgConnection, batch: &Batch) -> Result<(), StoreError> {
    let (topics, partitions): (Vec<_>, Vec<_>) = batch
        .positions
        .iter()
        .map(|position| (position.topic.name(), position.partition))
        .unzip();
    let rows: Vec<(String, i32, i64)> = sqlx::query_as(
        "SELECT topic, partition, next_offset FROM ingest_offsets
         WHERE cluster_id = $1
           AND (topic, partition) IN (SELECT * FROM UNNEST($2::text[], $3::int[]))
         ORDER BY topic, partition
         FOR UPDATE",
    )
    .bind(&batch.cluster_id)
    .bind(&topics)
    .bind(&partitions)
    .fetch_all(conn)
    .await?;
    for position in &batch.positions {
        let stands = |(topic, partition, next): &(String, i32, i64)| {
            topic == position.topic.name()
                && *partition == position.partition
                && *next == position.expected
        };
        if !rows.iter().any(stands) {
            return Err(StoreError::Fenced(format!(
                "{}/{}",
                position.topic, position.partition
            )));
        }
    }
    Ok(())
}

/// Moves the offsets of a batch and its part of the ledger.
pub(super) async fn advance(
    conn: &mut PgConnection,
    batch: &Batch,
    tallies: &[Tally],
) -> Result<(), StoreError> {
    let column =
        |value: fn(&super::Position) -> i64| batch.positions.iter().map(value).collect::<Vec<_>>();
    let topics: Vec<_> = batch
        .positions
        .iter()
        .map(|position| position.topic.name())
        .collect();
    let partitions: Vec<_> = batch
        .positions
        .iter()
        .map(|position| position.partition)
        .collect();
    let times: Vec<_> = batch
        .positions
        .iter()
        .map(|p| p.broker_time.map(|time| time.nanos()))
        .collect();
    sqlx::query(
        "UPDATE ingest_offsets o
         SET next_offset = n.next_offset,
             broker_time_ns = COALESCE(n.broker_time_ns, o.broker_time_ns),
             received = o.received + n.received, stored = o.stored + n.stored,
             duplicate = o.duplicate + n.duplicate, ignored = o.ignored + n.ignored,
             rejected = o.rejected + n.rejected, updated_at = now()
         FROM UNNEST($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::bigint[], $9::bigint[], $10::bigint[])
           AS n (topic, partition, next_offset, broker_time_ns, received, stored, duplicate, ignored, rejected)
         WHERE o.cluster_id = $1 AND o.topic = n.topic AND o.partition = n.partition",
    )
    .bind(&batch.cluster_id)
    .bind(&topics)
    .bind(&partitions)
    .bind(column(|position| position.next))
    .bind(&times)
    .bind(column(|position| position.received))
    .bind(tallies.iter().map(|tally| tally.stored).collect::<Vec<_>>())
    .bind(tallies.iter().map(|tally| tally.duplicate).collect::<Vec<_>>())
    .bind(column(|position| position.ignored))
    .bind(column(|position| position.rejected))
    .execute(conn)
    .await?;
    Ok(())
}

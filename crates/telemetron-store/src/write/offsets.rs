//! Offsets and ledger: they move with the rows, and only from where they are expected to stand.

use std::collections::BTreeMap;

use sqlx::{PgConnection, PgPool};
use telemetron_model::topic::Topic;

use super::{Batch, Tally};
use crate::StoreError;
use crate::pool::DedicatedConn;

/// The topics of a cluster whose offsets are kept: a cluster may hold those of several installations,
/// and a topic that was deleted and made anew under its old name is another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Topics {
    /// What stands before every name.
    pub prefix: String,
    /// The ids that Kafka gave them, as far as they are known.
    pub ids: BTreeMap<Topic, String>,
}

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

/// What was found of the topic in which a partition begins to be read.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Where the partition ends, if that was seen.
    pub end: Option<i64>,
    /// The topic that stood in its place before, if it was another.
    pub replaced: Option<ReplacedTopic>,
}

/// A topic that was deleted, and in whose place another was made.
#[derive(Debug, Clone)]
pub struct ReplacedTopic {
    /// Its id.
    pub topic_id: String,
    /// Where the partition stood in it.
    pub next_offset: i64,
    /// Records of the partition that were never read, as far as they can be known.
    pub unread: i64,
}

/// The stored offset of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOffset {
    /// The topic.
    pub topic: Topic,
    /// The partition.
    pub partition: i32,
    /// The offset of the next record.
    pub next_offset: i64,
    /// The id of the topic it belongs to, if that was seen.
    pub topic_id: Option<String>,
    /// The latest end of the partition that was seen.
    pub end_seen: Option<i64>,
}

/// Topic, partition, next offset, id of the topic, the latest end that was seen.
type OffsetRow = (String, i32, i64, Option<String>, Option<i64>);

/// The stored offsets of a cluster's topics behind a prefix.
///
/// # Errors
/// When the database is away.
pub async fn load_offsets(
    pool: &PgPool,
    cluster_id: &str,
    prefix: &str,
) -> Result<Vec<StoredOffset>, StoreError> {
    let rows: Vec<OffsetRow> = sqlx::query_as(
        "SELECT substr(topic, length($2) + 1), partition, next_offset, topic_id, end_seen
         FROM ingest_offsets WHERE cluster_id = $1 AND starts_with(topic, $2)",
    )
    .bind(cluster_id)
    .bind(prefix)
    .fetch_all(pool)
    .await?;
    let known = rows.into_iter().filter_map(|row| {
        Some(StoredOffset {
            topic: row.0.parse().ok()?,
            partition: row.1,
            next_offset: row.2,
            topic_id: row.3,
            end_seen: row.4,
        })
    });
    Ok(known.collect())
}

/// Gives the offsets that were stored before prefixes were to the installation behind `prefix`, unless
/// it has its own. Only for a cluster that has no topics without a prefix.
///
/// # Errors
/// When the database is away.
pub async fn adopt_offsets(
    pool: &PgPool,
    cluster_id: &str,
    prefix: &str,
) -> Result<u64, StoreError> {
    let names: Vec<_> = Topic::ALL.iter().map(|topic| topic.name()).collect();
    let adopted = sqlx::query(
        "UPDATE ingest_offsets SET topic = $2 || topic
         WHERE cluster_id = $1 AND topic = ANY($3) AND topic_id IS NULL
           AND NOT EXISTS (SELECT FROM ingest_offsets own
                           WHERE own.cluster_id = $1 AND own.topic <> ALL($3) AND starts_with(own.topic, $2))",
    )
    .bind(cluster_id)
    .bind(prefix)
    .bind(names)
    .execute(pool)
    .await?;
    Ok(adopted.rows_affected())
}

/// [`begin_partition_of`] a topic without a prefix of which nothing is known.
///
/// # Errors
/// When the database is away.
pub async fn begin_partition(
    pool: &PgPool,
    cluster_id: &str,
    start: PartitionStart,
) -> Result<(), StoreError> {
    begin_partition_of(
        pool,
        cluster_id,
        &Topics::default(),
        start,
        &Found::default(),
    )
    .await
}

/// Makes the row of a partition that has none, lets one whose topic was not known belong to the one that
/// is there, and counts what expired before it was read. Where the topic was made anew, the row goes on
/// with the new one, and what was never read of the old is written down.
///
/// # Errors
/// When the database is away.
pub async fn begin_partition_of(
    pool: &PgPool,
    cluster_id: &str,
    topics: &Topics,
    start: PartitionStart,
    found: &Found,
) -> Result<(), StoreError> {
    if let Some(replaced) = &found.replaced {
        return replace_topic(pool, cluster_id, topics, start, (found.end, replaced)).await;
    }
    let mut dedicated = DedicatedConn::acquire(pool).await?;
    sqlx::query(
        "INSERT INTO ingest_offsets AS o (cluster_id, topic, partition, next_offset, expired, topic_id, end_seen)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (cluster_id, topic, partition) DO UPDATE
         SET next_offset = CASE WHEN o.next_offset = EXCLUDED.next_offset - EXCLUDED.expired
                                THEN EXCLUDED.next_offset ELSE o.next_offset END,
             expired = o.expired + CASE WHEN o.next_offset = EXCLUDED.next_offset - EXCLUDED.expired
                                        THEN EXCLUDED.expired ELSE 0 END,
             updated_at = CASE WHEN EXCLUDED.expired > 0 THEN EXCLUDED.updated_at ELSE o.updated_at END,
             topic_id = COALESCE(o.topic_id, EXCLUDED.topic_id),
             end_seen = GREATEST(o.end_seen, EXCLUDED.end_seen)
         WHERE o.topic_id IS NULL OR EXCLUDED.topic_id IS NULL OR o.topic_id = EXCLUDED.topic_id",
    )
    .bind(cluster_id)
    .bind(topics.name_of(start.topic))
    .bind(start.partition)
    .bind(start.offset)
    .bind(start.expired)
    .bind(topics.ids.get(&start.topic))
    .bind(found.end)
    .execute(dedicated.conn())
    .await?;
    dedicated.finish();
    Ok(())
}

/// Moves a partition over to the topic that took the place of another, unless somebody else has.
async fn replace_topic(
    pool: &PgPool,
    cluster_id: &str,
    topics: &Topics,
    start: PartitionStart,
    (end, replaced): (Option<i64>, &ReplacedTopic),
) -> Result<(), StoreError> {
    let mut dedicated = DedicatedConn::acquire(pool).await?;
    sqlx::query(
        "WITH moved AS (
             UPDATE ingest_offsets
             SET next_offset = $4, topic_id = $5, end_seen = $6, updated_at = now()
             WHERE cluster_id = $1 AND topic = $2 AND partition = $3
               AND topic_id = $7 AND next_offset = $8
             RETURNING 1)
         INSERT INTO ingest_gaps (cluster_id, topic, partition, topic_id, replaced_by, next_offset, unread)
         SELECT $1, $2, $3, $7, $5, $8, $9 FROM moved",
    )
    .bind(cluster_id)
    .bind(topics.name_of(start.topic))
    .bind(start.partition)
    .bind(start.offset)
    .bind(topics.ids.get(&start.topic))
    .bind(end)
    .bind(&replaced.topic_id)
    .bind(replaced.next_offset)
    .bind(replaced.unread)
    .execute(dedicated.conn())
    .await?;
    dedicated.finish();
    Ok(())
}

impl Topics {
    /// The broker's name of a topic.
    pub(super) fn name_of(&self, topic: Topic) -> String {
        format!("{}{topic}", self.prefix)
    }
}

/// Locks the offset rows of a batch and checks that each stands where the batch begins, in the same
/// topic.
pub(super) async fn lock(conn: &mut PgConnection, batch: &Batch) -> Result<(), StoreError> {
    let (topics, partitions): (Vec<_>, Vec<_>) = batch
        .positions
        .iter()
        .map(|position| (batch.topics.name_of(position.topic), position.partition))
        .unzip();
    let rows: Vec<(String, i32, i64, Option<String>)> = sqlx::query_as(
        "SELECT topic, partition, next_offset, topic_id FROM ingest_offsets
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
    for (position, name) in batch.positions.iter().zip(&topics) {
        let known = batch.topics.ids.get(&position.topic);
        let stands = |(topic, partition, next, id): &(String, i32, i64, Option<String>)| {
            topic == name
                && *partition == position.partition
                && *next == position.expected
                && known.zip(id.as_ref()).is_none_or(|(known, id)| known == id)
        };
        if !rows.iter().any(stands) {
            return Err(StoreError::Fenced(format!("{name}/{}", position.partition)));
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
        .map(|position| batch.topics.name_of(position.topic))
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

//! Records that could not be folded, by their origin. The records themselves stand in Kafka.

use sqlx::postgres::PgRow;
use sqlx::{PgPool, QueryBuilder};
use telemetron_model::{Rfc3339, Timestamp};
use telemetron_view::DeadLetterView;

use super::cells::Cells;
use super::{Slice, one_more};
use crate::StoreError;

/// Which dead letters a list holds; what is absent restricts nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetterFilter {
    /// The topic they came from.
    pub topic: Option<String>,
    /// Why they were rejected, as a word.
    pub code: Option<String>,
    /// Whether they have been sent again.
    pub replayed: Option<bool>,
    /// Rejected at or after this instant.
    pub rejected_after: Option<Timestamp>,
    /// Rejected before this instant.
    pub rejected_before: Option<Timestamp>,
}

/// A dead letter, and where it stands in the dead-letter topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDeadLetter {
    /// What lists show of it.
    pub dead_letter: DeadLetterView,
    /// Its partition and offset in the dead-letter topic, where it is there.
    pub letter: Option<(i32, i64)>,
    /// The file of the consumer that holds the record instead.
    pub file: Option<String>,
}

macro_rules! dead_letter_columns {
    () => {
        "SELECT id, cluster_id, topic, partition, record_offset, dlq_partition, dlq_offset, cut, file,
                broker_time_ns, rejected_at, code, reason, schema, record_key, value_bytes,
                excerpt, replays, replayed_at
         FROM dead_letters WHERE "
    };
}

/// Lists dead letters, the latest first; goes on below an id.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn list(
    pool: &PgPool,
    filter: &DeadLetterFilter,
    below: Option<i64>,
    limit: usize,
) -> Result<Slice<DeadLetterView, i64>, StoreError> {
    let mut query = QueryBuilder::new(concat!(dead_letter_columns!(), "true"));
    let texts = [
        (" AND topic = ", &filter.topic),
        (" AND code = ", &filter.code),
    ];
    for (before, text) in texts {
        if let Some(text) = text {
            query.push(before).push_bind(text.clone());
        }
    }
    let instants = [
        (" AND rejected_at >= ", filter.rejected_after),
        (" AND rejected_at < ", filter.rejected_before),
    ];
    for (before, instant) in instants {
        if let Some(instant) = instant {
            query
                .push(before)
                .push_bind(chrono::DateTime::<chrono::Utc>::from(instant));
        }
    }
    if let Some(replayed) = filter.replayed {
        query.push(" AND (replays > 0) = ").push_bind(replayed);
    }
    if let Some(id) = below {
        query.push(" AND id < ").push_bind(id);
    }
    query
        .push(" ORDER BY id DESC LIMIT ")
        .push_bind(one_more(limit));
    let rows = query.build().fetch_all(pool).await?;
    let keyed = rows
        .iter()
        .map(|row| found(row).map(|found| (found.dead_letter.id, found.dead_letter)));
    Ok(Slice::of(keyed.collect::<Result<_, _>>()?, limit))
}

/// Finds one dead letter.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn find(pool: &PgPool, id: i64) -> Result<Option<FoundDeadLetter>, StoreError> {
    let row = sqlx::query(concat!(dead_letter_columns!(), "id = $1"))
        .bind(id)
        .fetch_optional(pool)
        .await?;
    row.map(|row| found(&row)).transpose()
}

fn found(row: &PgRow) -> Result<FoundDeadLetter, StoreError> {
    let cells = Cells::of(row, "dead_letters");
    Ok(FoundDeadLetter {
        letter: Option::zip(cells.get("dlq_partition")?, cells.get("dlq_offset")?),
        file: cells.get("file")?,
        dead_letter: DeadLetterView {
            id: cells.get("id")?,
            cluster_id: cells.get("cluster_id")?,
            topic: cells.get("topic")?,
            partition: cells.get("partition")?,
            offset: cells.get("record_offset")?,
            broker_time: cells.instant("broker_time_ns")?,
            rejected_at: clock(cells.get("rejected_at")?),
            code: cells.get("code")?,
            reason: cells.get("reason")?,
            schema: cells.get("schema")?,
            key: cells.get("record_key")?,
            value_bytes: cells.get("value_bytes")?,
            cut: cells.get("cut")?,
            excerpt: cells.get("excerpt")?,
            replays: cells.get("replays")?,
            replayed_at: cells.get::<Option<_>>("replayed_at")?.map(clock),
        },
    })
}

fn clock(instant: chrono::DateTime<chrono::Utc>) -> Rfc3339 {
    Timestamp::from(instant).into()
}

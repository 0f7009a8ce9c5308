//! Dead letters: a row for each, known by its origin, so that a repetition changes nothing.

use serde::Serialize;
use sqlx::PgConnection;

use super::{Batch, Kept, Rejected, json_rows};
use crate::StoreError;

#[derive(Serialize)]
struct Row<'a> {
    cluster_id: &'a str,
    topic: &'static str,
    topic_id: &'a str,
    partition: i32,
    record_offset: i64,
    dlq_partition: Option<i32>,
    dlq_offset: Option<i64>,
    cut: Option<&'a str>,
    file: Option<&'a str>,
    broker_time_ns: i64,
    code: &'static str,
    reason: &'a str,
    schema: Option<&'a str>,
    record_key: Option<&'a str>,
    value_bytes: i64,
    excerpt: &'a str,
}

/// Inserts the dead letters of a batch.
pub(super) async fn insert(conn: &mut PgConnection, batch: &Batch) -> Result<(), StoreError> {
    let rows: Vec<_> = batch
        .rejected
        .iter()
        .map(|rejected| row(batch, rejected))
        .collect();
    json_rows::execute(
        conn,
        "INSERT INTO dead_letters (cluster_id, topic, topic_id, partition, record_offset, dlq_partition, dlq_offset, cut, file,
                                   broker_time_ns, code, reason, schema, record_key, value_bytes, excerpt)
         SELECT cluster_id, topic, topic_id, partition, record_offset, dlq_partition, dlq_offset, cut, file,
                broker_time_ns, code, reason, schema, record_key, value_bytes, excerpt
         FROM json_populate_recordset(NULL::dead_letters, $1::json)
         ON CONFLICT (cluster_id, topic, topic_id, partition, record_offset) DO NOTHING",
        &rows,
    )
    .await?;
    Ok(())
}

fn row<'a>(batch: &'a Batch, rejected: &'a Rejected) -> Row<'a> {
    let position = &batch.positions[rejected.position];
    let topic_id = batch.topics.ids.get(&position.topic);
    let (letter, cut, file) = match &rejected.kept {
        Kept::Letter {
            partition,
            offset,
            cut,
        } => (Some((*partition, *offset)), cut.as_deref(), None),
        Kept::File(file) => (None, None, Some(file.as_str())),
        Kept::Nowhere => (None, None, None),
    };
    Row {
        cluster_id: &batch.cluster_id,
        topic: position.topic.name(),
        topic_id: topic_id.map_or("", String::as_str),
        partition: position.partition,
        record_offset: rejected.offset,
        dlq_partition: letter.map(|(partition, _)| partition),
        dlq_offset: letter.map(|(_, offset)| offset),
        cut,
        file,
        broker_time_ns: rejected.broker_time.nanos(),
        code: rejected.code,
        reason: &rejected.reason,
        schema: rejected.schema.as_deref(),
        record_key: rejected.key.as_deref(),
        value_bytes: i64::try_from(rejected.value_bytes).unwrap_or(i64::MAX),
        excerpt: &rejected.excerpt,
    }
}

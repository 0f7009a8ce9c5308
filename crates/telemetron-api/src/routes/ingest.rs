//! How the way from Kafka into the store stands.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use telemetron_model::topic::{Topic, TopicPartition};
use telemetron_store::read::ingest::{self, Progress};
use telemetron_store::retention;
use telemetron_view::{IngestReport, Ledger, PartitionProgress, TopicProgress};

use crate::error::ApiError;
use crate::freshness::Ends;
use crate::query::{NoQuery, Query};
use crate::state::ApiState;

/// Says what became of every record that was read, and what waits.
#[utoipa::path(
    get,
    path = "/api/v1/ingest",
    operation_id = "get_ingest",
    tag = "ingest",
    responses(
        (status = 200, description = "Ledger and lag", body = IngestReport),
    ),
)]
pub(crate) async fn get_ingest(
    State(state): State<ApiState>,
    Query(NoQuery): Query<NoQuery>,
) -> Result<Json<IngestReport>, ApiError> {
    let measured = state.measured();
    let gaps = match &measured.cluster_id {
        Some(cluster) => ingest::gaps(&state.db, cluster, &state.topic_prefix).await?,
        None => Vec::new(),
    };
    let progress = ingest::progress(&state.db, &state.topic_prefix).await?;
    let here = |row: &Progress| {
        measured
            .cluster_id
            .as_ref()
            .is_none_or(|id| *id == row.cluster_id)
    };
    let rows: Vec<_> = progress.into_iter().filter(here).collect();
    let partitions = partitions(&rows, measured.ends.as_deref());
    Ok(Json(IngestReport {
        ledger: rows
            .iter()
            .map(|row| row.ledger)
            .fold(Ledger::new(0, [0; 4], 0), Ledger::plus),
        records_per_second: measured.records_per_second,
        topics: topics(&rows, &partitions),
        partitions,
        gaps,
        retention: retention::state(&state.db).await?,
        freshness: measured.freshness,
    }))
}

fn partitions(rows: &[Progress], ends: Option<&Ends>) -> Vec<PartitionProgress> {
    let high_of = |row: &Progress| {
        let topic: Topic = row.topic.parse().ok()?;
        ends?
            .get(&TopicPartition::new(topic, row.partition))
            .map(|marks| marks.high)
    };
    let partition = |row: &Progress| {
        let high_watermark = high_of(row);
        PartitionProgress {
            topic: row.topic.clone(),
            partition: row.partition,
            next_offset: row.next_offset,
            high_watermark,
            lag: high_watermark.map(|high| (high - row.next_offset).max(0)),
            broker_time: row.broker_time,
            updated_at: row.updated_at,
        }
    };
    rows.iter().map(partition).collect()
}

fn topics(rows: &[Progress], partitions: &[PartitionProgress]) -> Vec<TopicProgress> {
    let mut topics: BTreeMap<&str, TopicProgress> = BTreeMap::new();
    for (row, partition) in rows.iter().zip(partitions) {
        let topic = topics.entry(&row.topic).or_insert_with(|| TopicProgress {
            topic: row.topic.clone(),
            ledger: Ledger::new(0, [0; 4], 0),
            lag: Some(0),
        });
        topic.ledger = topic.ledger.plus(row.ledger);
        topic.lag = topic.lag.zip(partition.lag).map(|(sum, lag)| sum + lag);
    }
    topics.into_values().collect()
}

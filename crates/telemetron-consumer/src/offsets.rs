//! Where reading starts: the offsets that Postgres keeps.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use telemetron_kafka::{Cluster, OffsetError, OffsetStore, StoredOffset, TopicId};
use telemetron_model::topic::TopicPartition;
use telemetron_runtime::Component;
use telemetron_store::{PgPool, StoreError, write};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// Longest one look-up may take; the source asks again.
const PATIENCE: Duration = Duration::from_secs(5);

/// The offsets of the cluster that was last asked for.
#[derive(Debug)]
pub(crate) struct Offsets {
    pool: PgPool,
    runtime: Handle,
    cluster_id: Mutex<String>,
    store: Component,
}

impl Offsets {
    pub(crate) fn new(pool: PgPool, runtime: Handle, store: Component) -> Self {
        Self {
            pool,
            runtime,
            cluster_id: Mutex::default(),
            store,
        }
    }

    /// Says why the offsets cannot be read now; the source asks again. An error is never the record's
    /// here: whatever it is, waiting loses nothing.
    fn away(&self, reason: impl ToString) -> OffsetError {
        let reason = reason.to_string();
        self.store.not_ready(reason.clone());
        OffsetError::Away(reason)
    }

    /// The cluster of the latest assignment.
    pub(crate) fn cluster_id(&self) -> String {
        self.cluster_id
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The rows of a cluster's topics. Rows that were written before prefixes were, are taken over where
    /// they can be those of no other installation.
    async fn read(&self, cluster: &Cluster<'_>) -> Result<Vec<write::StoredOffset>, StoreError> {
        let Cluster {
            id, topic_prefix, ..
        } = *cluster;
        if !cluster.has_topics_without_prefix {
            let adopted = write::adopt_offsets(&self.pool, id, topic_prefix).await?;
            if adopted > 0 {
                tracing::info!(
                    topic_prefix,
                    adopted,
                    "took over offsets that had no prefix"
                );
            }
        }
        write::load_offsets(&self.pool, id, topic_prefix).await
    }

    fn notice(&self, cluster_id: &str, known: usize) {
        let mut last = self
            .cluster_id
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if *last != cluster_id {
            tracing::info!(
                cluster_id,
                partitions_known = known,
                "reading from this Kafka cluster"
            );
            cluster_id.clone_into(&mut last);
        }
    }
}

impl OffsetStore for Offsets {
    fn load(
        &self,
        cluster: &Cluster<'_>,
        partitions: &[TopicPartition],
    ) -> Result<HashMap<TopicPartition, StoredOffset>, OffsetError> {
        // The timer must be made inside the runtime.
        let load = async { timeout(PATIENCE, self.read(cluster)).await };
        let stored = match self.runtime.block_on(load) {
            Ok(Ok(stored)) => stored,
            Ok(Err(error)) => return Err(self.away(error)),
            Err(_elapsed) => return Err(self.away("the database does not answer")),
        };
        self.notice(cluster.id, stored.len());
        let stored = stored.into_iter().map(|row| {
            let offset = StoredOffset {
                next: row.next_offset,
                topic_id: row.topic_id.map(TopicId),
                end_seen: row.end_seen,
            };
            (TopicPartition::new(row.topic, row.partition), offset)
        });
        Ok(stored
            .filter(|(partition, _)| partitions.contains(partition))
            .collect())
    }
}

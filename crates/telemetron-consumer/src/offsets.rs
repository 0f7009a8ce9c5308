//! Where reading starts: the offsets that Postgres keeps.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use telemetron_kafka::{OffsetError, OffsetStore};
use telemetron_model::topic::Topic;
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
}

impl Offsets {
    pub(crate) fn new(pool: PgPool, runtime: Handle) -> Self {
        Self {
            pool,
            runtime,
            cluster_id: Mutex::default(),
        }
    }

    /// The cluster of the latest assignment.
    pub(crate) fn cluster_id(&self) -> String {
        self.cluster_id
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
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
        cluster_id: &str,
        partitions: &[(Topic, i32)],
    ) -> Result<HashMap<(Topic, i32), i64>, OffsetError> {
        // The timer must be made inside the runtime.
        let load = async { timeout(PATIENCE, write::load_offsets(&self.pool, cluster_id)).await };
        let stored = match self.runtime.block_on(load) {
            Ok(Ok(stored)) => stored,
            Ok(Err(error)) => return Err(offset_error(&error)),
            Err(_elapsed) => return Err(OffsetError::Away("it does not answer".to_owned())),
        };
        self.notice(cluster_id, stored.len());
        let stored = stored
            .into_iter()
            .map(|(topic, partition, offset)| ((topic, partition), offset));
        Ok(stored
            .filter(|(partition, _)| partitions.contains(partition))
            .collect())
    }
}

fn offset_error(error: &StoreError) -> OffsetError {
    if error.is_transient() {
        OffsetError::Away(error.to_string())
    } else {
        OffsetError::Broken(error.to_string())
    }
}

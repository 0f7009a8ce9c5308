//! What handlers share.

use std::sync::Arc;
use std::time::Duration;

use telemetron_kafka::RenewingProducer;
use telemetron_kafka::dead_letter::DeadLetters;
use telemetron_model::Timestamp;
use telemetron_oracle::Handle;
use telemetron_runtime::{Health, Metrics};
use telemetron_store::PgPool;
use telemetron_view::Freshness;
use tokio_util::sync::CancellationToken;

use crate::freshness::{Measurement, Measurements};
use crate::live::Hub;
use crate::query::{Parameter, Shown, number};

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub(crate) struct ApiState(Arc<Shared>);

/// The parts of [`ApiState`].
pub(crate) struct Shared {
    /// The database, for reading.
    pub(crate) db: PgPool,
    /// What stands before the names of our topics in Kafka.
    pub(crate) topic_prefix: String,
    /// Where test data and replays go.
    pub(crate) producer: RenewingProducer,
    /// The dead letters themselves.
    pub(crate) dead_letters: DeadLetters,
    /// The live stream.
    pub(crate) live: Hub,
    /// How fresh answers are.
    pub(crate) measurements: Measurements,
    /// The state of the whole system.
    pub(crate) oracle: Handle,
    /// Which components are ready.
    pub(crate) health: Health,
    /// What Prometheus reads.
    pub(crate) metrics: Metrics,
    /// Cancelled when streams are to end.
    pub(crate) shutdown: CancellationToken,
    /// Whether the dashboard is served.
    pub(crate) dashboard: bool,
    /// Largest body that is taken.
    pub(crate) max_body_bytes: usize,
}

impl ApiState {
    /// Shares the parts.
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// How fresh an answer is whose reading begins now.
    pub(crate) fn freshness(&self) -> Freshness {
        self.0.measurements.borrow().freshness.clone()
    }

    /// What the last look at Kafka and the store found.
    pub(crate) fn measured(&self) -> Measurement {
        self.0.measurements.borrow().clone()
    }
}

impl std::ops::Deref for ApiState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// Longest silence that can be asked for: a year.
const MAX_SILENCE_S: i64 = 366 * 86_400;

/// Asks for the silence after which a running trace is stuck.
pub(crate) fn stuck_after() -> impl Parameter<Value = i64> {
    number(1..=MAX_SILENCE_S)
        .or(300)
        .about("Seconds of silence after which a running trace is stuck")
}

/// The instant since when nothing was heard of what is stuck.
pub(crate) fn silent_since(stuck_after_s: i64) -> Timestamp {
    Timestamp::now() - Duration::from_secs(stuck_after_s.cast_unsigned())
}

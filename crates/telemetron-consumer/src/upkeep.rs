//! Upkeep of the store: partitions ahead of time, retention behind.

use std::time::Duration;

use chrono::Days;
use telemetron_model::Timestamp;
use telemetron_runtime::MetricsBuilder;
use telemetron_runtime::prometheus_client::metrics::counter::Counter;
use telemetron_runtime::prometheus_client::metrics::gauge::Gauge;
use telemetron_store::retention::{self, Removed, Retention};
use telemetron_store::{PgPool, StoreError, partitions};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How often partitions are looked after; retention runs as often and does nothing most times.
const PERIOD: Duration = Duration::from_secs(600);

/// How soon that is tried again which failed: the database was away, or others were in the way.
const AGAIN: Duration = Duration::from_secs(5);

/// Makes the partitions of today and the days around it, and drops what is old.
#[derive(Debug)]
pub struct Upkeep {
    pool: PgPool,
    retention: Retention,
    meters: Meters,
}

/// What Prometheus sees of retention.
#[derive(Debug, Default)]
struct Meters {
    held_until: Gauge,
    dropped: Counter,
    kept: Counter,
}

impl Upkeep {
    /// Upkeep of this store.
    pub fn new(pool: PgPool, retention: Retention) -> Self {
        Self {
            pool,
            retention,
            meters: Meters::default(),
        }
    }

    /// Registers what it counts.
    #[must_use]
    pub fn metered(self, metrics: &mut MetricsBuilder) -> Self {
        let group = metrics.group("retention");
        group.register(
            "held_until_timestamp_seconds",
            "Until when nothing is dropped, since a clock jumped ahead; 0 while what is old is dropped",
            self.meters.held_until.clone(),
        );
        group.register(
            "traces_dropped",
            "Traces that this process dropped, since they were old",
            self.meters.dropped.clone(),
        );
        group.register(
            "traces_kept",
            "Traces of days that are over which still received, and moved to the present day",
            self.meters.kept.clone(),
        );
        self
    }

    /// Makes the partitions that today's and tomorrow's records need.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn make_partitions(&self) -> Result<(), StoreError> {
        let today = Timestamp::now().day();
        let days = [
            today - Days::new(1),
            today,
            today + Days::new(1),
            today + Days::new(2),
        ];
        partitions::ensure(&self.pool, &days).await
    }

    /// Keeps at it until cancelled. Failures are logged and tried again.
    ///
    /// # Errors
    /// Never; the type is that of a service.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), StoreError> {
        let mut pause = Duration::ZERO;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = sleep(pause) => pause = if self.tend().await { PERIOD } else { AGAIN },
            }
        }
    }

    /// Whether all of it was done.
    async fn tend(&self) -> bool {
        let made = self.make_partitions().await;
        if let Err(error) = &made {
            tracing::warn!(%error, "partitions could not be made ahead");
        }
        let mut done = made.is_ok();
        match self.forget().await {
            Ok(removed) if removed == Removed::default() => {}
            Ok(Removed {
                held_until: Some(until),
                ..
            }) => tracing::warn!(
                %until,
                "the clock is more than a day after the last time that retention ran: nothing is \
                 dropped until then; set the clock right if it runs ahead"
            ),
            Ok(removed) => tracing::info!(?removed, "retention removed what was old"),
            Err(error) => {
                tracing::warn!(%error, "retention could not be enforced");
                done = false;
            }
        }
        done
    }

    async fn forget(&self) -> Result<Removed, StoreError> {
        let now = retention::clock(&self.pool).await?;
        let removed = retention::enforce(&self.pool, self.retention, now).await?;
        self.meters.dropped.inc_by(removed.traces);
        self.meters.kept.inc_by(removed.kept);
        // Another process may have run in our place: what it noted holds for all.
        let state = retention::state(&self.pool).await?;
        let held_until = state.and_then(|state| state.held_until);
        let seconds = held_until.map_or(0, |until| until.0.nanos() / 1_000_000_000);
        self.meters.held_until.set(seconds);
        Ok(removed)
    }
}

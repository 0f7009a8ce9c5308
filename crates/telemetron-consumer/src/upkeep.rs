//! Upkeep of the store: partitions ahead of time, retention behind.

use std::time::Duration;

use chrono::Days;
use telemetron_model::Timestamp;
use telemetron_store::retention::{self, Removed, Retention};
use telemetron_store::{PgPool, StoreError, partitions};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often partitions are looked after; retention runs as often and does nothing most times.
const PERIOD: Duration = Duration::from_secs(600);

/// Makes the partitions of today and the days around it, and drops what is old.
#[derive(Debug)]
pub struct Upkeep {
    pool: PgPool,
    retention: Retention,
}

impl Upkeep {
    /// Upkeep of this store.
    pub const fn new(pool: PgPool, retention: Retention) -> Self {
        Self { pool, retention }
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
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                _ = ticks.tick() => self.tend().await,
            }
        }
    }

    async fn tend(&self) {
        if let Err(error) = self.make_partitions().await {
            tracing::warn!(%error, "partitions could not be made ahead");
        }
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
            Err(error) => tracing::warn!(%error, "retention could not be enforced"),
        }
    }

    async fn forget(&self) -> Result<Removed, StoreError> {
        let now = retention::clock(&self.pool).await?;
        retention::enforce(&self.pool, self.retention, now).await
    }
}

//! The API as a service: made once, run until it is told to stop.

use std::io;
use std::time::Duration;

use axum::Router;
use telemetron_kafka::dead_letter::DeadLetters;
use telemetron_kafka::{KafkaConfig, ProducerOptions, RenewingProducer, Tail, TailStart};
use telemetron_model::Timestamp;
use telemetron_oracle::{Handle, Oracle};
use telemetron_runtime::doors::Door;
use telemetron_runtime::prometheus_client::metrics::gauge::Gauge;
use telemetron_runtime::{Health, Metrics, MetricsBuilder};
use telemetron_store::PgPool;
use tokio_util::sync::CancellationToken;

use crate::config::ApiConfig;
use crate::freshness::{FreshnessProbe, Measurements};
use crate::live::{Hub, Limits, TailState, pump};
use crate::meters::{LagMeters, RequestMeters};
use crate::router::router;
use crate::state::{ApiState, Shared};

/// Why the API cannot be made, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A Kafka client cannot be made.
    #[error(transparent)]
    Kafka(#[from] telemetron_kafka::Error),
    /// The Oracle cannot be made.
    #[error(transparent)]
    Oracle(#[from] telemetron_oracle::Error),
    /// The listener failed.
    #[error("cannot serve: {0}")]
    Listen(#[from] io::Error),
    /// A part that should run for good has ended.
    #[error("the {0} of the API has ended")]
    Ended(&'static str),
}

/// The API, ready to be served.
pub struct Api {
    config: ApiConfig,
    db: PgPool,
    topic_prefix: String,
    producer: RenewingProducer,
    dead_letters: DeadLetters,
    live: Hub,
    measurements: Measurements,
    probe: FreshnessProbe,
    tail: Tail,
    tail_state: TailState,
    health: Health,
    requests: RequestMeters,
    oracle: (Oracle, Handle),
}

impl Api {
    /// Makes the API. Kafka and Postgres may be away: it says so until they come.
    ///
    /// `db` is a pool for reading, whose `statement_timeout` bounds every question.
    ///
    /// # Errors
    /// When a Kafka client refuses its configuration.
    pub fn new(
        config: ApiConfig,
        db: PgPool,
        kafka: &KafkaConfig,
        health: &Health,
        metrics: &mut MetricsBuilder,
    ) -> Result<Self, ServeError> {
        let kafka = &kafka.clone().with_role("api");
        let limits = Limits {
            subscribers: config.max_live_clients,
            ..Limits::default()
        };
        let since = Timestamp::now() - limits.ring_age;
        let listeners = Gauge::default();
        metrics.group("api").register(
            "live_subscribers",
            "Clients that listen to the live stream",
            listeners.clone(),
        );
        let live = Hub::new(limits, since, listeners);
        let (probe, measurements, backlog) =
            FreshnessProbe::new(db.clone(), kafka, live.clone(), health)?;
        let probe = probe.counting(LagMeters::new(metrics));
        Ok(Self {
            oracle: Oracle::new(config.oracle.clone(), db.clone(), kafka, backlog)?,
            producer: RenewingProducer::new(kafka, producer_options())?,
            dead_letters: DeadLetters::new(kafka)?,
            tail: Tail::start(kafka, TailStart::At(since))?,
            tail_state: TailState::new(health, metrics),
            config,
            db,
            topic_prefix: kafka.topic_prefix.clone(),
            live,
            measurements,
            probe,
            requests: RequestMeters::new(metrics),
            health: health.clone(),
        })
    }

    /// Serves until `shutdown`; open streams are ended then.
    ///
    /// # Errors
    /// When the door fails, or a part of the API dies.
    pub async fn run(
        self,
        door: Door,
        metrics: Metrics,
        shutdown: CancellationToken,
    ) -> Result<(), ServeError> {
        let (oracle, handle) = self.oracle;
        let state = ApiState::new(Shared {
            db: self.db,
            topic_prefix: self.topic_prefix,
            oracle: handle,
            producer: self.producer,
            dead_letters: self.dead_letters,
            live: self.live.clone(),
            measurements: self.measurements,
            health: self.health,
            metrics,
            shutdown: shutdown.clone(),
            dashboard: self.config.dashboard_dir.is_some(),
            max_body_bytes: self.config.max_body_bytes,
        });
        let app: Router = self.requests.around(router(&self.config, state));
        let door = door.with_origins(self.config.origins());
        tokio::select! {
            served = door.serve(app, shutdown.clone()) => Ok(served?),
            () = until_it_fails(oracle, shutdown) => Err(ServeError::Ended("Oracle")),
            () = self.probe.run() => Err(ServeError::Ended("probe")),
            () = pump(self.tail, self.live, self.tail_state) => Err(ServeError::Ended("tail")),
        }
    }
}

/// Runs the Oracle; ends only when it fails, so that a stop leaves the others time to drain.
async fn until_it_fails(oracle: Oracle, shutdown: CancellationToken) {
    match oracle.run(shutdown).await {
        Ok(()) => std::future::pending().await,
        Err(error) => tracing::error!(%error, "the Oracle has ended"),
    }
}

/// Somebody waits for each record: it is told soon that Kafka is away.
fn producer_options() -> ProducerOptions {
    ProducerOptions {
        delivery_timeout: Duration::from_secs(5),
        queue_bytes: 16 * 1024 * 1024,
        ..ProducerOptions::default()
    }
}

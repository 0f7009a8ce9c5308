//! The gateway as a service: made once, run until it is told to stop.

use std::io;
use std::time::Duration;

use telemetron_kafka::{KafkaConfig, TopicEnds};
use telemetron_otlp::Prices;
use telemetron_runtime::doors::{Door, Origins};
use telemetron_runtime::{Component, Health, Metrics, MetricsBuilder};
use tokio_util::sync::CancellationToken;

use crate::config::{GatewayConfig, Limits};
use crate::delivery::Delivery;
use crate::forward::{Forwarder, WrongTarget};
use crate::identity::Identity;
use crate::intake::Intake;
use crate::metrics::Counters;
use crate::router::router;
use crate::state::{Shared, State};

/// How long requests in flight may take once the gateway is to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// How often Kafka is looked at while all is well.
const LOOK: Duration = Duration::from_secs(5);

/// How often Kafka is looked at while it is away.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Why the gateway cannot be made, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A Kafka client cannot be made.
    #[error(transparent)]
    Kafka(#[from] telemetron_kafka::Error),
    /// Spans cannot be forwarded as it was asked for.
    #[error(transparent)]
    Forward(#[from] WrongTarget),
    /// A door failed.
    #[error("cannot serve: {0}")]
    Listen(#[from] io::Error),
}

/// Where the gateway is asked.
#[derive(Debug)]
pub struct Doors {
    /// For OTLP over gRPC.
    pub grpc: Door,
    /// For OTLP over HTTP.
    pub http: Door,
}

/// The gateway, ready to be served.
pub struct Gateway {
    origins: Origins,
    delivery: Delivery,
    intake: Intake,
    ends: TopicEnds,
    identity: Identity,
    forwarder: Option<Forwarder>,
    kafka: Component,
    health: Health,
}

impl Gateway {
    /// Makes the gateway. Kafka may be away: it says so until it comes.
    ///
    /// # Errors
    /// When a Kafka client refuses its configuration, or spans cannot be forwarded as asked for.
    pub fn new(
        config: &GatewayConfig,
        prices: Prices,
        kafka: &KafkaConfig,
        health: &Health,
        metrics: &mut MetricsBuilder,
    ) -> Result<Self, ServeError> {
        let kafka = &kafka.clone().with_role("gateway");
        let limits = Limits::of(config);
        let delivery = Delivery::new(kafka, &limits)?;
        let (counters, identity) = (Counters::new(metrics), Identity::new(kafka));
        let forwarder = Forwarder::new(config, kafka, identity.clone(), metrics)?;
        let intake = Intake::new(limits, prices, delivery.clone(), counters, identity.clone());
        Ok(Self {
            origins: Origins::new("OTLP_CORS_ORIGINS", &config.otlp_cors_origins),
            delivery,
            intake,
            ends: TopicEnds::new(kafka)?,
            forwarder,
            identity,
            kafka: health.register("gateway"),
            health: health.clone(),
        })
    }

    /// Serves until `shutdown`; requests in flight are answered then.
    ///
    /// # Errors
    /// When a door fails.
    pub async fn run(
        self,
        doors: Doors,
        metrics: Metrics,
        shutdown: CancellationToken,
    ) -> Result<(), ServeError> {
        let state = State::new(Shared {
            intake: self.intake,
            health: self.health,
            metrics,
        });
        let app = router(self.origins.clone(), state);
        let served = async {
            tokio::try_join!(
                doors
                    .grpc
                    .with_origins(self.origins.clone())
                    .serve(app.clone(), shutdown.clone()),
                doors
                    .http
                    .with_origins(self.origins)
                    .serve(app, shutdown.clone())
            )
        };
        let cut_off = async {
            shutdown.cancelled().await;
            tokio::time::sleep(DRAIN).await;
        };
        let verdict = tokio::select! {
            served = served => served.map(drop),
            () = cut_off => Ok(()),
            () = watch(&self.ends, &self.identity, &self.kafka) => Ok(()),
            () = forward(self.forwarder.as_ref(), &self.ends) => Ok(()),
        };
        self.delivery.drain(DRAIN).await;
        Ok(verdict?)
    }
}

/// Forwards, where that is asked for, for as long as the gateway runs.
async fn forward(forwarder: Option<&Forwarder>, ends: &TopicEnds) {
    match forwarder {
        Some(forwarder) => forwarder.run(ends).await,
        None => std::future::pending().await,
    }
}

/// Says whether Kafka and our topics are there, for as long as the gateway runs.
async fn watch(ends: &TopicEnds, identity: &Identity, kafka: &Component) {
    loop {
        if let Err(error) = identity.learn(ends).await {
            kafka.not_ready(error.to_string());
            tokio::time::sleep(LOOK_AGAIN).await;
            continue;
        }
        let pause = match ends.watermarks().await {
            Ok(marks) if marks.is_empty() => {
                kafka.not_ready("Kafka lacks our topics; `telemetron topics create` makes them");
                LOOK_AGAIN
            }
            Ok(_) => {
                kafka.ready();
                LOOK
            }
            Err(error) => {
                kafka.not_ready(error.to_string());
                LOOK_AGAIN
            }
        };
        tokio::time::sleep(pause).await;
    }
}

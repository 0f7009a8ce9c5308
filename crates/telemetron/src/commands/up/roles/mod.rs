//! Consumer, API and gateway inside `up`: each kept alive on its own, so that one that dies takes
//! nobody with it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use secrecy::SecretString;
use telemetron_kafka::KafkaConfig;
use telemetron_otlp::Prices;
use telemetron_runtime::doors::DoorMeters;
use telemetron_runtime::prometheus_client::metrics::counter::Counter;
use telemetron_runtime::prometheus_client::metrics::family::Family;
use telemetron_runtime::{Component, Error, Health, Metrics, MetricsBuilder};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Options;
use super::backoff::Backoff;
use super::start::Ports;
use crate::args::{OtlpPorts, Use};
use crate::commands::role::{self, Roles, Running};

/// What the roles of one platform are made from, as often as it takes.
pub(crate) struct Recipe {
    /// The settings.
    pub(crate) options: Arc<Options>,
    /// What calls of models cost.
    pub(crate) prices: Prices,
    /// The way to Kafka.
    pub(crate) kafka: KafkaConfig,
    /// Our data directory.
    pub(crate) data: PathBuf,
    /// The database.
    pub(crate) database_url: SecretString,
    /// Taken once; what waits on them survives the role that served them.
    pub(crate) ports: Ports,
    /// How all roles are.
    pub(crate) health: Health,
    /// What all roles count.
    pub(crate) metrics: Metrics,
    /// What their doors count.
    pub(crate) door_meters: DoorMeters,
}

/// One of the roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// Kafka to Postgres.
    Consumer,
    /// The HTTP API.
    Api,
    /// OTLP to Kafka.
    Gateway,
}

impl Role {
    /// All roles, in the order in which they start.
    pub(crate) const ALL: [Self; 3] = [Self::Consumer, Self::Api, Self::Gateway];

    /// Its name among services and metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Consumer => "consumer",
            Self::Api => "api",
            Self::Gateway => "gateway",
        }
    }

    /// Its place in `/ready`.
    const fn component(self) -> &'static str {
        match self {
            Self::Consumer => "up.consumer",
            Self::Api => "up.api",
            Self::Gateway => "up.gateway",
        }
    }
}

impl Recipe {
    /// Begins a role.
    pub(crate) fn start(&self, role: Role) -> anyhow::Result<Running> {
        let options = &self.options;
        let mut roles = Roles::of(
            role.name(),
            &self.health,
            &self.metrics,
            options.doors.clone(),
            self.door_meters.clone(),
        );
        let database = |kind| options.store.database(&self.database_url, kind);
        match role {
            Role::Consumer => {
                let database = database(Use::Consumer)?;
                roles.consumer(&self.kafka, database, &options.consumer, &self.data)?;
            }
            Role::Api => {
                let listener = again(&self.ports.api)?;
                roles.api(
                    &self.kafka,
                    database(Use::Api)?,
                    options.api.clone(),
                    listener,
                )?;
            }
            Role::Gateway => {
                let ports = OtlpPorts {
                    grpc: again(&self.ports.otlp_grpc)?,
                    http: again(&self.ports.otlp_http)?,
                };
                let config = &options.gateway.config;
                roles.gateway(&self.kafka, config, self.prices.clone(), ports)?;
            }
        }
        Ok(roles.start())
    }
}

/// The same listening socket, for one more life of a role.
fn again(listener: &std::net::TcpListener) -> anyhow::Result<TcpListener> {
    let copy = listener.try_clone().context("cannot share a listener")?;
    Ok(TcpListener::from_std(copy)?)
}

/// How often something inside `up` died and was started again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Restarts(Family<[(&'static str, &'static str); 1], Counter>);

impl Restarts {
    /// Registers the counter, and what all parts have in common: how they are. `platform` is how
    /// often the whole process was started again.
    pub(crate) fn register(metrics: &Metrics, health: &Health, platform: u64) -> Self {
        let restarts = Self::default();
        let mut builder = MetricsBuilder::default();
        health.register_metrics(&mut builder);
        builder.group("up").register(
            "restarts",
            "How often a part of `telemetron up` died and was started again",
            restarts.0.clone(),
        );
        metrics.put("up", builder);
        restarts.of("platform").inc_by(platform);
        for role in Role::ALL {
            restarts.of(role.name());
        }
        restarts
    }

    /// The counter of one part.
    pub(crate) fn of(&self, part: &'static str) -> Counter {
        self.0.get_or_create(&[("part", part)]).clone()
    }
}

/// A role that runs, and what makes it run again.
pub(crate) struct Kept {
    name: &'static str,
    running: Option<Running>,
    start: Box<dyn Fn() -> anyhow::Result<Running> + Send>,
    component: Component,
    restarts: Counter,
}

impl Kept {
    /// Begins a role that is to be kept.
    pub(crate) fn begin(
        role: Role,
        recipe: &Arc<Recipe>,
        restarts: &Restarts,
    ) -> anyhow::Result<Self> {
        let component = recipe.health.register(role.component());
        let running = recipe.start(role)?;
        component.ready();
        let recipe = Arc::clone(recipe);
        Ok(Self {
            name: role.name(),
            running: Some(running),
            start: Box::new(move || recipe.start(role)),
            component,
            restarts: restarts.of(role.name()),
        })
    }

    /// What it is called.
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    /// Runs the role, and runs it again whenever it dies, until `stop`.
    ///
    /// # Errors
    /// When it fails while it stops.
    pub(crate) async fn keep(mut self, stop: CancellationToken) -> Result<(), Error> {
        let mut backoff = Backoff::begin();
        loop {
            let ended = match self.running.take() {
                Some(running) => run_until(running, &stop).await,
                None => Ok(()),
            };
            if stop.is_cancelled() {
                return ended;
            }
            let why = ended.map_or_else(|error| error.to_string(), |()| "no reason given".into());
            if !self.start_again(why, &mut backoff, &stop).await {
                return Ok(());
            }
        }
    }

    /// Starts the role anew, as often as it takes; false when told to stop.
    async fn start_again(
        &mut self,
        mut why: String,
        backoff: &mut Backoff,
        stop: &CancellationToken,
    ) -> bool {
        loop {
            let pause = backoff.pause();
            self.report(&why, pause);
            tokio::select! {
                biased;
                () = stop.cancelled() => return false,
                () = tokio::time::sleep(pause) => {}
            }
            backoff.started();
            match (self.start)() {
                Ok(running) => {
                    self.restarts.inc();
                    self.running = Some(running);
                    self.component.ready();
                    return true;
                }
                Err(error) => why = error.to_string(),
            }
        }
    }

    fn report(&self, why: &str, pause: Duration) {
        let role = self.name;
        let pause = pause.as_secs_f64();
        tracing::warn!(
            role,
            "the {role} ended ({why}); it starts again in {pause:.1} s"
        );
        self.component
            .not_ready(format!("ended ({why}); it starts again in {pause:.1} s"));
    }
}

/// Runs a role until it ends, or in order to its end once `stop` is cancelled.
async fn run_until(running: Running, stop: &CancellationToken) -> Result<(), Error> {
    let mut services = running.services;
    let stop = stop.clone();
    services.add("signal", async move {
        stop.cancelled().await;
        Ok::<(), Error>(())
    });
    services.run(role::GRACE).await
}

#[cfg(test)]
mod tests;

//! Bringing the platform up, step by step.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use secrecy::SecretString;
use telemetron_consumer::Upkeep;
use telemetron_kafka::{KafkaConfig, admin};
use telemetron_local::{
    DataDir, Endpoints, Error, KafkaJars, KafkaOptions, LocalKafka, LocalPostgres, PostgresOptions,
};
use telemetron_runtime::doors::DoorMeters;
use telemetron_runtime::{Health, HealthSnapshot, Metrics, MetricsBuilder};
use telemetron_store::Database;

use super::Options;
use super::ready::endpoints;
use super::roles::{Kept, Recipe, Restarts, Role};
use super::steps::Steps;
use crate::args::Use;

/// How often it is said what the start waits for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A child, and how to start it again.
pub(crate) type Own<C, O> = Option<(C, O)>;

/// The ports, taken before anything is started.
pub(crate) struct Ports {
    /// Of the API.
    pub(crate) api: TcpListener,
    /// Of the gateway, for OTLP over gRPC.
    pub(crate) otlp_grpc: TcpListener,
    /// Of the gateway, for OTLP over HTTP.
    pub(crate) otlp_http: TcpListener,
}

/// A platform that is ready.
pub(crate) struct Started {
    /// Our own Kafka, unless another is used.
    pub(crate) kafka: Own<LocalKafka, KafkaOptions>,
    /// Our own Postgres, unless another is used.
    pub(crate) postgres: Own<LocalPostgres, PostgresOptions>,
    /// Gateway, consumer and API.
    pub(crate) roles: Vec<Kept>,
    /// How often what was started died since.
    pub(crate) restarts: Restarts,
    /// The way to Kafka.
    pub(crate) config: KafkaConfig,
    /// Where everything is, as the other commands were told.
    pub(crate) endpoints: Endpoints,
}

/// Starts everything and waits until it is ready. Dropping the future kills what was started.
pub(crate) async fn start(
    options: &Arc<Options>,
    data: &DataDir,
    ports: Ports,
    steps: &Steps,
) -> anyhow::Result<Started> {
    let prices = options.gateway.prices().await?;
    let (kafka, postgres) = tokio::try_join!(
        start_kafka(options, data, steps),
        start_postgres(options, data, steps)
    )?;
    let config = match &kafka {
        Some((kafka, _)) => options.kafka.at(kafka.bootstrap_servers())?,
        None => options.kafka.named()?,
    };
    let database_url = match &postgres {
        Some((postgres, _)) => postgres.url().into(),
        None => options.store.named().context("DATABASE_URL is not set")?,
    };
    prepare(options, &config, &database_url, steps).await?;

    let endpoints = endpoints(&ports, &config, &database_url)?;
    // Whoever is told by `/ready` that everything is there finds it: the API begins after this.
    endpoints.write(data)?;
    let mut doors = MetricsBuilder::default();
    let recipe = Arc::new(Recipe {
        door_meters: DoorMeters::new(&mut doors),
        options: Arc::clone(options),
        prices,
        kafka: config.clone(),
        data: data.path().to_owned(),
        database_url,
        ports,
        health: Health::new(),
        metrics: Metrics::default(),
    });
    recipe.metrics.put("doors", doors);
    let restarts = Restarts::register(&recipe.metrics, &recipe.health, options.restarted);
    let begin = |role| Kept::begin(role, &recipe, &restarts);
    let roles = Role::ALL.into_iter().map(begin).collect::<Result<_, _>>()?;
    steps
        .step("Gateway, consumer and API", ready(&recipe.health))
        .await?;
    Ok(Started {
        kafka,
        postgres,
        roles,
        restarts,
        config,
        endpoints,
    })
}

async fn start_kafka(
    options: &Options,
    data: &DataDir,
    steps: &Steps,
) -> anyhow::Result<Own<LocalKafka, KafkaOptions>> {
    if options.kafka.is_named() {
        return Ok(None);
    }
    let mut how = KafkaOptions::new(data.kafka(), KafkaJars::find()?);
    how.port = Some(options.kafka_port).filter(|port| *port != 0);
    how.heap_mib = options.kafka_heap_mib;
    let started = async { LocalKafka::start(how.clone()).await.map_err(explain) };
    let kafka = steps.step("Apache Kafka", started).await?;
    // Started again, it has to be where its clients know it.
    let servers = kafka.bootstrap_servers();
    let port = servers
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok());
    how.port = port;
    Ok(Some((kafka, how)))
}

/// Adds the flag that helps.
fn explain(error: Error) -> anyhow::Error {
    match error {
        Error::PortTaken { port } => anyhow::anyhow!(
            "port {port} on 127.0.0.1, for Kafka, is taken; stop what uses it, choose another with \
             --kafka-port (0 takes any), or name that Kafka in KAFKA_BOOTSTRAP_SERVERS"
        ),
        error => error.into(),
    }
}

async fn start_postgres(
    options: &Options,
    data: &DataDir,
    steps: &Steps,
) -> anyhow::Result<Own<LocalPostgres, PostgresOptions>> {
    if options.store.named().is_some() {
        return Ok(None);
    }
    let how = PostgresOptions::new(data.postgres());
    let started = async { Ok(LocalPostgres::start(how.clone()).await?) };
    let postgres = steps.step("Postgres", started).await?;
    Ok(Some((postgres, how)))
}

/// Schema and topics, side by side.
async fn prepare(
    options: &Options,
    kafka: &KafkaConfig,
    database_url: &SecretString,
    steps: &Steps,
) -> anyhow::Result<()> {
    let database = options.store.database(database_url, Use::Migrate)?;
    let plan = options.topics.plan();
    let schema = migrate(database, options);
    let servers = &kafka.bootstrap_servers;
    let topics = async {
        let made = admin::ensure_topics(kafka, &plan).await;
        made.with_context(|| format!("Kafka at {servers} cannot be reached or used"))
    };
    let (_, reports) = tokio::try_join!(
        steps.step("Database schema", schema),
        steps.step("Topics", topics)
    )?;
    for report in reports {
        tracing::debug!(%report, "topic");
    }
    Ok(())
}

async fn migrate(database: Database, options: &Options) -> anyhow::Result<()> {
    let pool = options.store.migrate(database).await?;
    let upkeep = Upkeep::new(pool.clone(), options.consumer.retention());
    upkeep.make_partitions().await?;
    pool.close().await;
    Ok(())
}

/// Waits until every role is ready, and says meanwhile what it waits for: on a busy machine this
/// may take minutes, and giving up would only make it begin anew.
async fn ready(health: &Health) -> anyhow::Result<()> {
    while tokio::time::timeout(PATIENCE, health.ready())
        .await
        .is_err()
    {
        tracing::warn!("not ready yet: {}", waiting_for(&health.snapshot()));
    }
    Ok(())
}

/// The components that are not ready, and why.
fn waiting_for(snapshot: &HealthSnapshot) -> String {
    let reasons = snapshot
        .components
        .iter()
        .filter_map(|(name, status)| match status {
            telemetron_runtime::Status::NotReady { reason } => Some(format!("{name} ({reason})")),
            telemetron_runtime::Status::Ready => None,
        });
    reasons.collect::<Vec<_>>().join(", ")
}

//! Bringing the platform up, step by step.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use secrecy::SecretString;
use telemetron_consumer::Upkeep;
use telemetron_gateway::Listeners;
use telemetron_kafka::{KafkaConfig, admin};
use telemetron_local::{
    DataDir, Error, KafkaJars, KafkaOptions, LocalKafka, LocalPostgres, PostgresOptions,
};
use telemetron_otlp::Prices;
use telemetron_runtime::{Health, HealthSnapshot};
use telemetron_store::PgPool;
use tokio::net::TcpListener;

use super::Options;
use super::steps::Steps;
use crate::args::Use;
use crate::commands::role::{Roles, Running};

/// How long the roles may take to become ready.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// A child, and how to start it again.
pub(crate) type Kept<C, O> = Option<(C, O)>;

/// The ports, taken before anything is started.
pub(crate) struct Ports {
    /// Of the API.
    pub(crate) api: TcpListener,
    /// Of the gateway.
    pub(crate) otlp: Listeners,
}

/// A platform that is ready.
pub(crate) struct Started {
    /// Our own Kafka, unless another is used.
    pub(crate) kafka: Kept<LocalKafka, KafkaOptions>,
    /// Our own Postgres, unless another is used.
    pub(crate) postgres: Kept<LocalPostgres, PostgresOptions>,
    /// Gateway, consumer and API.
    pub(crate) roles: Running,
    /// The way to Kafka.
    pub(crate) config: KafkaConfig,
    /// The database.
    pub(crate) database_url: SecretString,
    /// Where the API listens.
    pub(crate) api: SocketAddr,
    /// Where OTLP over gRPC is taken.
    pub(crate) otlp_grpc: SocketAddr,
    /// Where OTLP over HTTP is taken.
    pub(crate) otlp_http: SocketAddr,
}

/// Starts everything and waits until it is ready. Dropping the future kills what was started.
pub(crate) async fn start(
    options: &Options,
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

    let api = ports.api.local_addr()?;
    let (otlp_grpc, otlp_http) = (ports.otlp.grpc.local_addr()?, ports.otlp.http.local_addr()?);
    let roles = roles(options, prices, &config, &database_url, ports)?;
    steps
        .step("Gateway, consumer and API", ready(&roles.health))
        .await?;
    Ok(Started {
        kafka,
        postgres,
        roles,
        config,
        database_url,
        api,
        otlp_grpc,
        otlp_http,
    })
}

async fn start_kafka(
    options: &Options,
    data: &DataDir,
    steps: &Steps,
) -> anyhow::Result<Kept<LocalKafka, KafkaOptions>> {
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
) -> anyhow::Result<Kept<LocalPostgres, PostgresOptions>> {
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
    let pool = options.store.pool(database_url, Use::Migrate)?;
    let plan = options.topics.plan();
    let schema = async { migrate(&pool, options).await };
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
    pool.close().await;
    Ok(())
}

async fn migrate(pool: &PgPool, options: &Options) -> anyhow::Result<()> {
    options.store.migrate(pool).await?;
    let upkeep = Upkeep::new(pool.clone(), options.consumer.retention());
    Ok(upkeep.make_partitions().await?)
}

fn roles(
    options: &Options,
    prices: Prices,
    kafka: &KafkaConfig,
    database_url: &SecretString,
    ports: Ports,
) -> anyhow::Result<Running> {
    let mut roles = Roles::default();
    let writing = options.store.pool(database_url, Use::Consumer)?;
    roles.consumer(kafka, writing, &options.consumer)?;
    let reading = options.store.pool(database_url, Use::Api)?;
    roles.api(kafka, reading, options.api.clone(), ports.api)?;
    roles.gateway(kafka, &options.gateway.config, prices, ports.otlp)?;
    Ok(roles.start())
}

async fn ready(health: &Health) -> anyhow::Result<()> {
    if tokio::time::timeout(READY_LIMIT, health.ready())
        .await
        .is_err()
    {
        let waiting = waiting_for(&health.snapshot());
        bail!("not ready within {} s: {waiting}", READY_LIMIT.as_secs());
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

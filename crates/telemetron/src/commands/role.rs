//! The roles that run until they are told to stop: gateway, consumer and API, alone or in one process.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use telemetron_api::{Api, ApiConfig};
use telemetron_consumer::{Consumer, Upkeep};
use telemetron_gateway::{Doors, Gateway, GatewayConfig};
use telemetron_kafka::{Clients, KafkaConfig};
use telemetron_otlp::Prices;
use telemetron_runtime::doors::{Door, DoorArgs, DoorMeters};
use telemetron_runtime::{Health, Metrics, MetricsBuilder, Services};
use telemetron_store::Database;
use tokio::net::TcpListener;

use super::clients::ClientMetrics;
use crate::args::{ConsumerArgs, OtlpPorts};

/// How long roles may take to finish what they have in hand.
pub(crate) const GRACE: Duration = Duration::from_secs(15);

/// The roles of one process, with what they share.
pub(crate) struct Roles {
    services: Services,
    health: Health,
    metrics: MetricsBuilder,
    part: &'static str,
    process: Metrics,
    doors: DoorArgs,
    door_meters: DoorMeters,
    /// The Kafka clients of all roles.
    clients: Option<Clients>,
    api: Option<(Api, Door)>,
    gateway: Option<(Gateway, Doors)>,
}

/// Roles that have begun.
pub(crate) struct Running {
    /// The roles; run them to the end.
    pub(crate) services: Services,
    /// How they are.
    pub(crate) health: Health,
    /// What they count.
    pub(crate) metrics: Metrics,
}

impl Roles {
    /// Roles that are a process of their own; its doors will be like this.
    pub(crate) fn new(doors: DoorArgs) -> Self {
        let (process, mut metrics) = (Metrics::default(), MetricsBuilder::default());
        let door_meters = DoorMeters::new(&mut metrics);
        process.put("doors", metrics);
        Self::of("", &Health::new(), &process, doors, door_meters)
    }

    /// Roles that are one part of a process, and share health and metrics with its other parts.
    pub(crate) fn of(
        part: &'static str,
        health: &Health,
        process: &Metrics,
        doors: DoorArgs,
        door_meters: DoorMeters,
    ) -> Self {
        Self {
            services: Services::new(),
            health: health.clone(),
            metrics: MetricsBuilder::default(),
            part,
            process: process.clone(),
            doors,
            door_meters,
            clients: None,
            api: None,
            gateway: None,
        }
    }

    /// A door at a port.
    pub(crate) fn door(&self, name: &'static str, listener: TcpListener) -> io::Result<Door> {
        Door::new(name, listener, &self.doors, &self.door_meters)
    }

    /// Adds the consumer, and the upkeep of the store that goes with it; `data` is our data directory.
    pub(crate) fn consumer(
        &mut self,
        kafka: &KafkaConfig,
        database: Database,
        args: &ConsumerArgs,
        data: &Path,
    ) -> anyhow::Result<()> {
        let Database { pool, watch } = database;
        self.clients = Some(kafka.clients.clone());
        let consumer = Consumer::start(
            kafka,
            args.source(),
            args.limits(),
            pool.clone(),
            args.letter_files(data),
            &self.health,
            &mut self.metrics,
        )?;
        let upkeep = Upkeep::new(pool, args.retention()).metered(&mut self.metrics);
        let shutdown = self.services.shutdown();
        let stop = shutdown.clone().cancelled_owned();
        self.services
            .add("the consumer's database", watch.run(stop));
        self.services.add("upkeep", upkeep.run(shutdown.clone()));
        self.services.add("consumer", consumer.run(shutdown));
        Ok(())
    }

    /// Adds the API on a listener.
    pub(crate) fn api(
        &mut self,
        kafka: &KafkaConfig,
        database: Database,
        config: ApiConfig,
        listener: TcpListener,
    ) -> anyhow::Result<()> {
        let Database { pool, watch } = database;
        let stop = self.services.shutdown().cancelled_owned();
        self.services.add("the API's database", watch.run(stop));
        self.clients = Some(kafka.clients.clone());
        let api = Api::new(config, pool, kafka, &self.health, &mut self.metrics)?;
        self.api = Some((api, self.door("api", listener)?));
        Ok(())
    }

    /// Adds the gateway on its ports.
    pub(crate) fn gateway(
        &mut self,
        kafka: &KafkaConfig,
        config: &GatewayConfig,
        prices: Prices,
        ports: OtlpPorts,
    ) -> anyhow::Result<()> {
        self.clients = Some(kafka.clients.clone());
        let gateway = Gateway::new(config, prices, kafka, &self.health, &mut self.metrics)?;
        let doors = Doors {
            grpc: self.door("otlp_grpc", ports.grpc)?,
            http: self.door("otlp_http", ports.http)?,
        };
        self.gateway = Some((gateway, doors));
        Ok(())
    }

    /// Begins: the metrics are complete now.
    pub(crate) fn start(mut self) -> Running {
        if self.part.is_empty() {
            self.health.register_metrics(&mut self.metrics);
        }
        self.process.put(self.part, self.metrics);
        if let Some(clients) = self.clients {
            // Those of all roles of the process: each role puts the same.
            let mut builder = MetricsBuilder::default();
            let clients = Box::new(ClientMetrics(clients));
            builder.root().register_collector(clients);
            self.process.put("kafka clients", builder);
        }
        let metrics = self.process;
        if let Some((api, door)) = self.api {
            let shutdown = self.services.shutdown();
            let served = api.run(door, metrics.clone(), shutdown);
            self.services.add("api", served);
        }
        if let Some((gateway, doors)) = self.gateway {
            let shutdown = self.services.shutdown();
            let served = gateway.run(doors, metrics.clone(), shutdown);
            self.services.add("gateway", served);
        }
        Running {
            services: self.services,
            health: self.health,
            metrics,
        }
    }
}

impl Running {
    /// Runs until a signal comes or a role ends.
    pub(crate) async fn until_stopped(mut self) -> anyhow::Result<()> {
        self.services.stop_on_signals()?;
        Ok(self.services.run(GRACE).await?)
    }
}

/// Takes a port, or says in one sentence why not; `flag` chooses another.
pub(crate) async fn listen(host: IpAddr, port: u16, flag: &str) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::from((host, port));
    TcpListener::bind(address)
        .await
        .map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => anyhow::anyhow!(
                "port {port} on {host} is taken; stop what uses it or choose another with {flag}"
            ),
            _ => {
                anyhow::anyhow!("cannot listen on {address} ({error}); choose another with {flag}")
            }
        })
}

//! Settings of a collector.

use std::sync::Arc;
use std::time::Duration;

use telemetron_kafka::{KafkaConfig, VariableError};
use telemetron_model::record::Resource;

use super::{Collector, resource};
use crate::core::{Queue, QueueLimits, Registry, Shared};
use crate::emit::{HOLD_BACK, KafkaOutput, Output, Rhythm, Sink, SinkOutput, Worker};
use crate::{SpanContext, context_of_environment};

const HEARTBEAT: Duration = Duration::from_secs(10);

/// Why a collector cannot start. That Kafka is away is no reason: records wait for it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable of the environment has no meaning.
    #[error(transparent)]
    Variable(#[from] VariableError),
    /// The Kafka client refuses its settings.
    #[error(transparent)]
    Kafka(#[from] telemetron_kafka::Error),
    /// The worker's thread cannot be started.
    #[error("cannot start the telemetry thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// Settings of a collector.
#[must_use = "a collector begins with `start`"]
pub struct CollectorBuilder {
    kafka: KafkaConfig,
    sink: Option<Arc<dyn Sink>>,
    project: Option<String>,
    resource: Resource,
    limits: QueueLimits,
    rhythm: Rhythm,
    passes_failures_on: bool,
    inherited: Option<SpanContext>,
}

impl CollectorBuilder {
    pub(super) fn new() -> Self {
        Self {
            kafka: KafkaConfig::new("localhost:9092"),
            sink: None,
            project: None,
            resource: Resource {
                host: resource::host(),
                ..Resource::default()
            },
            limits: QueueLimits::default(),
            rhythm: Rhythm {
                hold_back: HOLD_BACK,
                heartbeat: HEARTBEAT,
            },
            passes_failures_on: false,
            inherited: None,
        }
    }

    /// The settings in the environment, see [`Collector::from_env`].
    ///
    /// # Errors
    /// Names the variable that has no meaning.
    pub fn from_env() -> Result<Self, StartError> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let mut builder = Self::new();
        builder.kafka = KafkaConfig::from_variables(variable)?;
        builder.project = variable("TELEMETRON_PROJECT");
        builder.resource.service =
            variable("TELEMETRON_SERVICE").or_else(|| variable("OTEL_SERVICE_NAME"));
        builder.resource.pod = variable("POD_NAME");
        builder.resource.deployment = variable("DEPLOYMENT_NAME");
        builder.inherited = context_of_environment();
        Ok(builder)
    }

    /// Host and port of one or more brokers; `localhost:9092` otherwise.
    pub fn bootstrap_servers(mut self, servers: impl Into<String>) -> Self {
        self.kafka.bootstrap_servers = servers.into();
        self
    }

    /// How to reach Kafka, in full: encryption, authentication, topic prefix.
    pub fn kafka(mut self, config: KafkaConfig) -> Self {
        self.kafka = config;
        self
    }

    /// Sends to this instead of Kafka.
    pub fn sink(mut self, sink: impl Sink + 'static) -> Self {
        self.sink = Some(Arc::new(sink));
        self
    }

    /// The service this process is part of.
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.resource.service = Some(name.into());
        self
    }

    /// The deployment this process is part of.
    pub fn deployment(mut self, name: impl Into<String>) -> Self {
        self.resource.deployment = Some(name.into());
        self
    }

    /// The project whose telemetry this is.
    pub fn project(mut self, name: impl Into<String>) -> Self {
        self.project = Some(name.into());
        self
    }

    /// How much may wait in memory.
    pub const fn queue_limits(mut self, limits: QueueLimits) -> Self {
        self.limits = limits;
        self
    }

    /// How long a span start is held back, so that a shorter span is sent once; 50 ms otherwise.
    pub const fn hold_back(mut self, delay: Duration) -> Self {
        self.rhythm.hold_back = delay;
        self
    }

    /// How often registered agents send a heartbeat; every 10 s otherwise.
    pub const fn heartbeat(mut self, interval: Duration) -> Self {
        self.rhythm.heartbeat = interval;
        self
    }

    /// Whether a span that completes fails all the same when a child of it failed, up to its
    /// trace. Not unless this is chosen: an agent that copes with a failed call has not failed.
    pub const fn pass_failures_on(mut self, yes: bool) -> Self {
        self.passes_failures_on = yes;
        self
    }

    /// Starts the collector.
    ///
    /// # Errors
    /// When the Kafka client refuses its settings or the thread cannot be started.
    pub fn start(mut self) -> Result<Collector, StartError> {
        let queue = Arc::new(Queue::new(self.limits));
        let registry = Arc::new(Registry::default());
        let parts = (Arc::clone(&queue), Arc::clone(&registry));
        match self.sink.take() {
            Some(sink) => run(parts, SinkOutput::new(sink), self.rhythm)?,
            None => run(parts, KafkaOutput::connect(self.kafka)?, self.rhythm)?,
        }
        let instance = resource::instance(&self.resource);
        let resource = (self.resource != Resource::default()).then_some(self.resource);
        Ok(Collector(Arc::new(Shared {
            queue,
            registry,
            project: self.project,
            resource,
            instance,
            passes_failures_on: self.passes_failures_on,
            inherited: self.inherited,
        })))
    }
}

fn run(
    (queue, registry): (Arc<Queue>, Arc<Registry>),
    output: impl Output + 'static,
    rhythm: Rhythm,
) -> std::io::Result<()> {
    let worker = Worker::new(queue, registry, output, rhythm);
    std::thread::Builder::new()
        .name("telemetry".to_owned())
        .spawn(move || worker.run())?;
    Ok(())
}

//! The Oracle as a service: collectors and leader side by side, and a handle for readers.

use std::sync::Arc;
use std::time::Duration;

use telemetron_kafka::KafkaConfig;
use telemetron_store::PgPool;
use telemetron_view::oracle::SourceName;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::collect::http::Http;
use crate::collect::kafka::{Backlog, Lag};
use crate::collect::litellm::LiteLlm;
use crate::collect::ollama::Ollama;
use crate::collect::telemetry::Live;
use crate::collect::traces::Findings;
use crate::collect::{keep_asking, kubernetes};
use crate::hub::StateHub;
use crate::leader;
use crate::pace::Pace;
use crate::system_snapshot::SystemSnapshot;
use crate::{Error, OracleConfig};

/// The Oracle, ready to run.
pub struct Oracle {
    collectors: Collectors,
    hub: StateHub,
}

/// What readers need of the Oracle. Cheap to clone.
#[derive(Clone)]
pub struct Handle(StateHub);

/// Who is asked, and by what.
struct Collectors {
    config: OracleConfig,
    pool: PgPool,
    kafka: KafkaConfig,
    backlog: Backlog,
}

impl Oracle {
    /// Makes the Oracle. Every source may be away: it says so until they come. What waits to be
    /// stored it hears from whoever looks at it.
    ///
    /// # Errors
    /// When a Kafka client refuses its configuration.
    pub fn new(
        config: OracleConfig,
        pool: PgPool,
        kafka: &KafkaConfig,
        backlog: Backlog,
    ) -> Result<(Self, Handle), Error> {
        let sources = paces(&config).map(|(name, pace)| (name, pace.lasts()));
        let hub = StateHub::new(config.clone(), &sources);
        let handle = Handle(hub.clone());
        let collectors = Collectors {
            config,
            pool,
            kafka: kafka.clone().with_role("oracle"),
            backlog,
        };
        collectors.lag()?;
        Ok((Self { collectors, hub }, handle))
    }

    /// Collects and remembers, or follows the process that does, until `shutdown`.
    ///
    /// # Errors
    /// When a collector panics; none ends by itself.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), tokio::task::JoinError> {
        let Self { collectors, hub } = self;
        let (collects, told) = watch::channel(false);
        let (pool, config) = (collectors.pool.clone(), collectors.config.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(hub.clone().keep_publishing());
        tasks.spawn(leader::keep(pool, hub.clone(), config, collects));
        tokio::select! {
            () = shutdown.cancelled() => Ok(()),
            Some(ended) = tasks.join_next() => ended,
            ended = collectors.keep_collecting(hub, told) => ended,
        }
    }
}

impl Collectors {
    /// Asks every source for as long as this process has to, until dropped.
    async fn keep_collecting(
        &self,
        hub: StateHub,
        mut collects: watch::Receiver<bool>,
    ) -> Result<(), tokio::task::JoinError> {
        loop {
            if collects.wait_for(|collects| *collects).await.is_err() {
                return std::future::pending().await;
            }
            let mut tasks = self.start(&hub);
            tokio::select! {
                stopped = collects.wait_for(|collects| !*collects) => drop(stopped),
                Some(ended) = tasks.join_next() => return ended,
            }
        }
    }

    /// Starts asking; dropping the set ends it.
    fn start(&self, hub: &StateHub) -> JoinSet<()> {
        let config = &self.config;
        let pace = |wanted| {
            let found = paces(config).into_iter().find(|(name, _)| *name == wanted);
            found.map_or_else(|| Pace::new(config.interval_ms, config), |(_, pace)| pace)
        };
        let litellm = LiteLlm::new(proxy(config));
        let ollama = Ollama::new(local_models(config));
        let live = Live::new(self.pool.clone(), config.thresholds.failed_task_seconds);
        let findings = Findings::new(self.pool.clone(), config.thresholds);
        let mut tasks = JoinSet::new();
        tasks.spawn(keep_asking(live, pace(SourceName::Telemetry), hub.clone()));
        tasks.spawn(keep_asking(findings, pace(SourceName::Traces), hub.clone()));
        match self.lag() {
            Ok(lag) => {
                tasks.spawn(keep_asking(lag, pace(SourceName::Kafka), hub.clone()));
            }
            Err(error) => hub.fail(SourceName::Kafka, &error),
        }
        tasks.spawn(keep_asking(litellm, pace(SourceName::LiteLlm), hub.clone()));
        tasks.spawn(keep_asking(ollama, pace(SourceName::Ollama), hub.clone()));
        tasks.spawn(kubernetes::keep_watching(config.clone(), hub.clone()));
        tasks
    }

    fn lag(&self) -> Result<Lag, Error> {
        Lag::new(&self.kafka, self.backlog.clone(), &self.config.task_topics)
    }
}

/// Who is asked, and how often.
fn paces(config: &OracleConfig) -> [(SourceName, Pace); 6] {
    let often = config.interval_ms;
    let seldom = (often * 5).max(Duration::from_secs(1));
    let pace = |every| Pace::new(every, config);
    [
        (SourceName::Telemetry, pace(often)),
        (SourceName::Traces, pace(often * 2)),
        (SourceName::Kafka, pace(often)),
        (SourceName::Kubernetes, pace(often)),
        (SourceName::LiteLlm, pace(seldom)),
        (SourceName::Ollama, pace(seldom)),
    ]
}

fn proxy(config: &OracleConfig) -> Result<Http, Error> {
    let url = config
        .litellm_base_url
        .as_deref()
        .unwrap_or_default()
        .trim();
    if url.is_empty() {
        let why = "no proxy is named; LITELLM_BASE_URL names one";
        return Err(Error::Off(why.to_owned()));
    }
    Http::new(url, config.litellm_api_key.clone())
}

fn local_models(config: &OracleConfig) -> Result<Http, Error> {
    match config.ollama_base_url.trim() {
        "" | "none" => {
            let why = "it is switched off; OLLAMA_BASE_URL names one";
            Err(Error::Off(why.to_owned()))
        }
        url => Http::new(url, None),
    }
}

impl Handle {
    /// What there is now.
    pub fn now(&self) -> Arc<SystemSnapshot> {
        self.0.now()
    }

    /// Told of each change.
    pub fn watch(&self) -> watch::Receiver<Arc<SystemSnapshot>> {
        self.0.watch()
    }
}

//! The platform in its parts: Kafka, Postgres, `telemetron consumer` and `telemetron api` as
//! processes of their own, a played cluster and a played proxy. So a fault can stop one part alone.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;
use telemetron_kafka::{KafkaConfig, Producer, ProducerOptions};
use telemetron_local::{KafkaOptions, LocalKafka, LocalPostgres, PostgresOptions};
use telemetron_sdk::Collector;

use super::cluster::Cluster;
use super::process::Process;
use super::proxy::Proxy;
use super::{ISSUES, checks};
use crate::api::{Api, PATIENCE};
use crate::platform::{Variables, free_port, jars, passable_dir};

/// Thresholds that would take minutes, shortened. All others are the defaults, which the faults
/// reach by telling of things that began long ago.
const SETTINGS: Variables<'static> = &[
    ("ORACLE_INTERVAL_MS", "250"),
    ("ORACLE_WINDOW_SECONDS", "30"),
    ("ORACLE_FAILED_TASK_SECONDS", "30"),
    ("ORACLE_DEADLOCK_SECONDS", "2"),
    ("ORACLE_ORPHAN_SECONDS", "2"),
    ("ORACLE_INGESTION_LAG_SECONDS", "10"),
    ("ORACLE_CONSUMER_LAG_RECORDS", "10"),
    ("OLLAMA_BASE_URL", "none"),
];

/// A running platform. Dropping it ends everything, the processes before what they use.
pub(super) struct Stage {
    consumer: Option<Process>,
    serving: Option<Process>,
    pub(super) cluster: Cluster,
    pub(super) proxy: Proxy,
    pub(super) telemetry: Collector,
    pub(super) producer: Producer,
    pub(super) api: Api,
    kafka: LocalKafka,
    postgres: LocalPostgres,
    _dir: tempfile::TempDir,
    /// The ids of the issues that opened so far.
    opened: BTreeSet<String>,
}

impl Stage {
    /// Starts all parts; `None`, with a line that says why, without Kafka's jars.
    pub(super) async fn start() -> Option<Self> {
        let jars = jars()?;
        let dir = passable_dir();
        let (kafka, postgres) = tokio::try_join!(
            LocalKafka::start(KafkaOptions::new(dir.path().join("kafka"), jars)),
            LocalPostgres::start(PostgresOptions::new(dir.path().join("postgres"))),
        )
        .unwrap();
        let cluster = Cluster::start(&dir.path().join("kubeconfig")).await;
        let proxy = Proxy::start().await;
        let api = Api::new(free_port(), dir.path().join("roles.log"));
        let servers = kafka.bootstrap_servers();
        let mut stage = Self {
            consumer: None,
            serving: Some(serve(&kafka, &postgres, &api, (&cluster, &proxy), &[])),
            cluster,
            proxy,
            telemetry: Collector::builder()
                .bootstrap_servers(&servers)
                .start()
                .unwrap(),
            producer: Producer::new(&KafkaConfig::new(servers), &ProducerOptions::default())
                .unwrap(),
            api,
            kafka,
            postgres,
            _dir: dir,
            opened: BTreeSet::new(),
        };
        stage.prepare().await;
        Some(stage)
    }

    /// Schema, topics and the consumer.
    async fn prepare(&mut self) {
        for words in [&["migrate"][..], &["topics", "create"]] {
            let done = self.command(words).output().unwrap();
            assert!(done.status.success(), "{words:?}: {done:?}");
        }
        self.start_consumer();
        self.until_ready().await;
    }

    async fn until_ready(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while let Err(answer) = self.api.ready().await {
            let has_ended = self.serving.as_mut().is_none_or(Process::has_ended);
            assert!(!has_ended, "{}", self.api.log());
            assert!(Instant::now() < deadline, "{answer}\n{}", self.api.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Starts the consumer, again if it was stopped.
    pub(super) fn start_consumer(&mut self) {
        let mut command = self.command(&["consumer", "--metrics-port", "0"]);
        let consumer = Process::start(&mut command, self.api.log_file());
        self.consumer = Some(consumer);
    }

    /// Kills the consumer.
    pub(super) fn kill_consumer(&mut self) {
        drop(self.consumer.take());
    }

    /// Kills the API and starts it again with other settings.
    pub(super) async fn restart_api(&mut self, settings: Variables<'_>) {
        drop(self.serving.take());
        let played = (&self.cluster, &self.proxy);
        let api = serve(&self.kafka, &self.postgres, &self.api, played, settings);
        self.serving = Some(api);
        self.until_ready().await;
    }

    /// Where Kafka is.
    pub(super) fn bootstrap_servers(&self) -> String {
        self.kafka.bootstrap_servers()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = of_platform(&self.kafka, &self.postgres);
        command.args(words);
        command
    }

    /// What the command line answers.
    pub(super) fn ask(&self, words: &[&str]) -> Output {
        let api = self.api.url("");
        let mut command = self.command(words);
        command.env("TELEMETRON_API_URL", api).output().unwrap()
    }

    /// Waits until an issue opens, and makes sure that it is the only one, of this kind, and told
    /// everywhere; gives it.
    pub(super) async fn opens(&mut self, kind: &str) -> Value {
        let new = |answer: &Value| -> Vec<Value> {
            let issues = answer["issues"].as_array().cloned().unwrap_or_default();
            let known = |issue: &Value| self.opened.contains(issue["id"].as_str().unwrap());
            issues.into_iter().filter(|issue| !known(issue)).collect()
        };
        let opens = |answer: &Value| !new(answer).is_empty();
        let answer = self.api.eventually(ISSUES, opens).await;
        let found = new(&answer);
        let [issue] = &found[..] else {
            panic!("{kind} does not open alone: {found:?}");
        };
        assert_eq!(issue["kind"], kind, "{issue}");
        self.opened.insert(issue["id"].as_str().unwrap().to_owned());
        checks::told(self, issue).await;
        issue.clone()
    }

    /// Waits until an issue closes, and makes sure that it is remembered.
    pub(super) async fn closes(&self, issue: &Value) {
        checks::closed(self, issue["id"].as_str().unwrap()).await;
    }

    /// The ids of the issues that opened so far.
    pub(super) const fn opened(&self) -> &BTreeSet<String> {
        &self.opened
    }

    /// Ends the SDK in order.
    pub(super) async fn close(self) {
        let report = self.telemetry.shutdown(Duration::from_secs(5)).await;
        assert_eq!(report.dropped + report.failed + report.pending, 0);
    }
}

fn of_platform(kafka: &LocalKafka, postgres: &LocalPostgres) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_telemetron"));
    command
        .env("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap_servers())
        .env("DATABASE_URL", postgres.url())
        .env("NO_COLOR", "1");
    command
}

fn serve(
    kafka: &LocalKafka,
    postgres: &LocalPostgres,
    api: &Api,
    (cluster, proxy): (&Cluster, &Proxy),
    other: Variables<'_>,
) -> Process {
    let config: &Path = cluster.kubeconfig();
    let mut command = of_platform(kafka, postgres);
    command
        .args(["api", "--server-port", &api.port().to_string()])
        .env("KUBECONFIG", config)
        .env("LITELLM_BASE_URL", proxy.url())
        .envs(SETTINGS.iter().copied())
        .envs(other.iter().copied());
    Process::start(&mut command, api.log_file())
}

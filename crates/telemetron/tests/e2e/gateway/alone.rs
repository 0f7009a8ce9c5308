//! Gateways of their own on a Kafka without the rest of the platform.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use telemetron_kafka::admin::{TopicPlan, ensure_topics};
use telemetron_kafka::{KafkaConfig, TopicEnds};
use telemetron_local::{KafkaOptions, LocalKafka};
use telemetron_model::Timestamp;
use telemetron_model::topic::Topic;

use crate::platform::{PATIENCE, free_port, jars, peak_mib};

/// A Kafka; one that was started for the test stops with it.
pub(super) struct Broker {
    servers: String,
    _started: Option<(LocalKafka, tempfile::TempDir)>,
}

impl Broker {
    /// That which is named in the environment, else one of our own; `None` without jars.
    pub(super) async fn find() -> Option<Self> {
        if let Ok(servers) = std::env::var("KAFKA_BOOTSTRAP_SERVERS") {
            return Some(Self {
                servers,
                _started: None,
            });
        }
        let data = tempfile::tempdir().unwrap();
        let options = KafkaOptions::new(data.path(), jars()?);
        let kafka = LocalKafka::start(options).await.unwrap();
        Some(Self {
            servers: kafka.bootstrap_servers(),
            _started: Some((kafka, data)),
        })
    }

    /// Topics that nobody else uses.
    pub(super) async fn topics(&self, name: &str) -> Topics {
        let prefix = format!("{name}-{}.", Timestamp::now().nanos());
        let config = KafkaConfig::new(&self.servers).with_topic_prefix(&prefix);
        let plan = TopicPlan {
            partitions: 1,
            ..TopicPlan::default()
        };
        ensure_topics(&config, &plan).await.unwrap();
        Topics {
            servers: self.servers.clone(),
            prefix,
            ends: TopicEnds::new(&config).unwrap(),
        }
    }
}

/// Topics of a test.
pub(super) struct Topics {
    servers: String,
    prefix: String,
    ends: TopicEnds,
}

impl Topics {
    /// How many records a topic holds.
    pub(super) async fn count(&self, topic: Topic) -> i64 {
        let marks = self.ends.watermarks().await.unwrap();
        let ours = marks.iter().filter(|(at, _)| at.topic == topic);
        ours.map(|(_, marks)| marks.high - marks.low).sum()
    }
}

/// A gateway. Dropping it kills it.
pub(super) struct Gateway {
    child: Child,
    http: u16,
    log: PathBuf,
    _dir: tempfile::TempDir,
}

impl Gateway {
    /// Starts one on these topics, with options of its own, and waits until it is ready.
    pub(super) async fn start(topics: &Topics, options: &[&str]) -> Self {
        Self::start_at(free_port(), topics, options).await
    }

    /// The same at a port that was chosen before.
    pub(super) async fn start_at(http: u16, topics: &Topics, options: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("gateway.log");
        let file = fs::File::create(&log).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_telemetron"))
            .arg("gateway")
            .args(["--otlp-grpc-listen", "127.0.0.1:0"])
            .args(["--otlp-http-listen", &format!("127.0.0.1:{http}")])
            .args(options)
            .env("KAFKA_BOOTSTRAP_SERVERS", &topics.servers)
            .env("KAFKA_TOPIC_PREFIX", &topics.prefix)
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        let gateway = Self {
            child,
            http,
            log,
            _dir: dir,
        };
        let ready = async || {
            let answer = reqwest::get(gateway.url("/ready")).await;
            answer.is_ok_and(|answer| answer.status().is_success())
        };
        gateway.until("ready", ready).await;
        gateway
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.http)
    }

    /// What it wrote so far.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The most memory that it ever had, in MiB.
    pub(super) fn peak_mib(&self) -> u64 {
        peak_mib(self.child.id())
    }

    /// The sum of a metric over its series whose labels contain a text.
    pub(super) async fn metric(&self, name: &str, labels: &str) -> f64 {
        let text = reqwest::get(self.url("/metrics")).await.unwrap();
        let text = text.text().await.unwrap();
        let series = text
            .lines()
            .filter(|line| line.starts_with(name) && line.contains(labels));
        let values = series.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        values.sum()
    }

    /// Waits until something holds.
    pub(super) async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds().await {
            assert!(Instant::now() < deadline, "never {what}:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

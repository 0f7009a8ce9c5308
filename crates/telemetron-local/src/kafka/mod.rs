//! Apache Kafka as one KRaft node on the loopback address.
//!
//! The data directory holds `data/` (Kafka's own log directory, with the cluster id in its
//! `meta.properties`), `server.properties` and `log4j2.properties` (written at each start),
//! `ports`, `process`, and the logs `broker.log` and `console.log` (errors alone).

mod config;
mod format;
mod jars;
mod java;
mod ports;
mod ready;

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::Signal;
use tokio::process::Command;

use crate::Error;
use crate::service::{self, Kind, Service};
use config::Layout;
pub use jars::KafkaJars;
use ports::Ports;

const KIND: Kind = Kind {
    name: "Apache Kafka",
    stop: Signal::TERM,
    stop_now: None,
};

/// A first start on a busy machine with two cores takes about ten seconds.
const START_LIMIT: Duration = Duration::from_secs(300);

/// How to run the local Kafka.
#[derive(Debug, Clone)]
pub struct KafkaOptions {
    /// Where it keeps its data; created when absent.
    pub data_dir: PathBuf,
    /// The jars it is run from.
    pub jars: KafkaJars,
    /// The port for clients; `None` takes the one of the last start, or any free one.
    pub port: Option<u16>,
    /// The most heap the broker may use, in MiB.
    pub heap_mib: u32,
    /// A second way in, for those who try how clients fare with a cluster that has one.
    pub secure: Option<SecureListener>,
}

/// A listener that is encrypted and asks who is there (SASL_SSL with PLAIN).
#[derive(Debug, Clone)]
pub struct SecureListener {
    /// Its port on the loopback address.
    pub port: u16,
    /// A PEM file with the broker's key and its certificate.
    pub keystore: PathBuf,
    /// Who may come in.
    pub user: String,
    /// With which password.
    pub password: String,
}

impl KafkaOptions {
    /// Options for a small machine: a remembered or free port, 384 MiB of heap.
    pub fn new(data_dir: impl Into<PathBuf>, jars: KafkaJars) -> Self {
        Self {
            data_dir: data_dir.into(),
            jars,
            port: None,
            heap_mib: 384,
            secure: None,
        }
    }
}

/// A running Kafka. Dropping it kills the broker; [`LocalKafka::stop`] ends it in order.
#[derive(Debug)]
pub struct LocalKafka {
    service: Service,
    ports: Ports,
    cluster_id: String,
}

impl LocalKafka {
    /// Starts the broker and waits until it serves requests.
    ///
    /// A data directory that was used before is continued, whatever way its broker ended; a
    /// broker that was left behind on it is stopped first. The caller owns the directory, see
    /// [`crate::DataDir`].
    ///
    /// # Errors
    /// One sentence for a taken port, missing or old Java, a damaged directory, or a broker that
    /// does not come up.
    pub async fn start(options: KafkaOptions) -> Result<Self, Error> {
        let java = java::find().await?;
        let layout = Layout::create(&options.data_dir)?;
        service::stop_orphan(KIND, &layout.process()).await?;

        let ports = Ports::choose(&layout.ports(), options.port)?;
        config::write(&layout, ports, options.secure.as_ref())?;
        let cluster_id = format::ensure(&layout, &java, &options.jars).await?;

        let command = broker(&java, &options, &layout);
        let mut service = Service::spawn(KIND, command, layout.process(), layout.console())?;
        service
            .until_ready(START_LIMIT, ready::serving(ports.broker))
            .await?;
        Ok(Self {
            service,
            ports,
            cluster_id,
        })
    }

    /// Host and port for clients.
    pub fn bootstrap_servers(&self) -> String {
        format!("127.0.0.1:{}", self.ports.broker)
    }

    /// The id the cluster was given when its directory was made.
    pub fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// The broker's process id.
    pub fn pid(&self) -> u32 {
        self.service.pid()
    }

    /// Waits until the broker ends by itself.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be waited for.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    pub async fn wait(&mut self) -> Result<ExitStatus, Error> {
        self.service.wait().await
    }

    /// Asks the broker to stop, and kills it when it has not within `grace`.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be waited for.
    pub async fn stop(self, grace: Duration) -> Result<ExitStatus, Error> {
        self.service.stop(grace).await
    }

    /// Kills the broker as a crash would (SIGKILL).
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be waited for.
    pub async fn kill(self) -> Result<ExitStatus, Error> {
        self.service.kill().await
    }
}

fn broker(java: &Path, options: &KafkaOptions, layout: &Layout) -> Command {
    let heap = options.heap_mib;
    let mut command = Command::new(java);
    command
        .arg(format!("-Xms{}m", heap.min(128)))
        .arg(format!("-Xmx{heap}m"))
        // Small heap, few cores: the serial collector costs the least.
        .args([
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.awt.headless=true",
        ])
        .arg(format!(
            "-Dlog4j2.configurationFile={}",
            layout.logging().display()
        ))
        .arg("-cp")
        .arg(options.jars.class_path())
        .arg("kafka.Kafka")
        .arg(layout.properties())
        .current_dir(layout.dir());
    command
}

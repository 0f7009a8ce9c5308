//! Where the broker's files are, and what its configuration says.

use std::path::{Path, PathBuf};

use super::SecureListener;
use super::ports::Ports;
use crate::{Error, files};

/// The paths inside the broker's directory.
#[derive(Debug)]
pub(crate) struct Layout(PathBuf);

impl Layout {
    /// The layout of `dir`, which is created when absent.
    pub(crate) fn create(dir: &Path) -> Result<Self, Error> {
        files::create_private_dir(dir)?;
        dir.canonicalize().map(Self).map_err(Error::io("open", dir))
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.0
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    pub(crate) fn properties(&self) -> PathBuf {
        self.0.join("server.properties")
    }

    pub(crate) fn logging(&self) -> PathBuf {
        self.0.join("log4j2.properties")
    }

    pub(crate) fn ports(&self) -> PathBuf {
        self.0.join("ports")
    }

    pub(crate) fn process(&self) -> PathBuf {
        self.0.join("process")
    }

    pub(crate) fn console(&self) -> PathBuf {
        self.0.join("console.log")
    }
}

/// How long the broker may be silent before it is shut out, in milliseconds. Longer than a machine that
/// does too much at once holds it up, since clients are told of no broker meanwhile.
pub(crate) const PATIENT_SESSION: u32 = 30_000;

/// The same after a crash: the broker is let in only when the session of its former self has run out.
/// It lasts until the next start after an orderly end.
const SHORT_SESSION: u32 = 1_500;

/// What Kafka leaves in its log directory when it ends in order, and takes away when it starts.
const ENDED_IN_ORDER: &str = ".kafka_cleanshutdown";

/// Writes the files the broker reads.
pub(crate) fn write(
    layout: &Layout,
    ports: Ports,
    secure: Option<&SecureListener>,
) -> Result<(), Error> {
    let session = session(&layout.data());
    let mut properties = server_properties(&layout.data(), ports, session);
    if let Some(secure) = secure {
        properties.push_str(&secure_properties(ports, secure));
    }
    files::write_atomic(&layout.properties(), &properties)?;
    files::write_atomic(&layout.logging(), &logging_properties(layout.dir()))
}

/// The broker's session for a start with this log directory.
fn session(data: &Path) -> u32 {
    let crashed = data.exists() && !data.join(ENDED_IN_ORDER).exists();
    if crashed {
        SHORT_SESSION
    } else {
        PATIENT_SESSION
    }
}

/// The broker's configuration with `data` as its log directory.
pub(crate) fn server_properties(data: &Path, ports: Ports, session: u32) -> String {
    let Ports { broker, controller } = ports;
    let data = escape(data);
    format!(
        "\
# Written by telemetron at each start; changes are lost.
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.quorum.voters=1@127.0.0.1:{controller}
log.dirs={data}
broker.session.timeout.ms={session}
{FIXED}"
    )
}

/// What a second listener adds; of a name that is there twice the last value counts.
fn secure_properties(ports: Ports, secure: &SecureListener) -> String {
    let Ports { broker, controller } = ports;
    let SecureListener {
        port,
        keystore,
        user,
        password,
    } = secure;
    let keystore = escape(keystore);
    format!(
        "\
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller},SASL_SSL://127.0.0.1:{port}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker},SASL_SSL://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
sasl.enabled.mechanisms=PLAIN
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule \
required user_{user}=\"{password}\";
"
    )
}

/// What does not depend on ports and paths.
const FIXED: &str = "\
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=6000
group.consumer.min.session.timeout.ms=6000
message.max.bytes=13631488
replica.fetch.max.bytes=13631488
broker.heartbeat.interval.ms=300
num.network.threads=2
num.io.threads=4
num.recovery.threads.per.data.dir=2
background.threads=2
log.cleaner.dedupe.buffer.size=16777216
";

/// Warnings go to a file that is rolled over; errors also to the console, a line each, from where
/// the last one is taken for the message that says why a start failed.
fn logging_properties(dir: &Path) -> String {
    let dir = escape(dir);
    format!(
        "\
status=error
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName={dir}/broker.log
appender.file.filePattern={dir}/broker.log.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d{{ISO8601}} %p %c{{1}} %m%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=10MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=1
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%m %throwable{{short.message}}%n
appender.console.filter.level.type=ThresholdFilter
appender.console.filter.level.level=error
rootLogger.level=warn
rootLogger.appenderRef.file.ref=file
rootLogger.appenderRef.console.ref=console
"
    )
}

/// A path as a value of a Java properties file.
fn escape(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "\\\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTS: Ports = Ports {
        broker: 9092,
        controller: 9093,
    };

    #[test]
    fn both_listeners_are_on_the_loopback_address() {
        let properties = server_properties(Path::new("/data"), PORTS, PATIENT_SESSION);
        let listeners = properties
            .lines()
            .find(|line| line.starts_with("listeners="))
            .unwrap();
        assert_eq!(
            listeners,
            "listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
        );
    }

    #[test]
    fn a_backslash_in_a_path_is_kept() {
        let properties = server_properties(Path::new("/a\\b"), PORTS, PATIENT_SESSION);
        assert!(properties.contains("log.dirs=/a\\\\b\n"), "{properties}");
    }

    #[test]
    fn the_session_is_short_after_a_crash_alone() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        assert_eq!(session(&data), PATIENT_SESSION, "a first start");
        std::fs::create_dir(&data).unwrap();
        assert_eq!(session(&data), SHORT_SESSION, "after a crash");
        std::fs::write(data.join(ENDED_IN_ORDER), "").unwrap();
        assert_eq!(session(&data), PATIENT_SESSION, "after an orderly end");
    }
}

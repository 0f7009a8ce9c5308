//! The local Kafka: started, stopped, killed and left behind. Skipped without the jars.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod common;

use common::{Bystander, GRACE, note, scratch};
use telemetron_local::{KafkaJars, KafkaOptions, LocalKafka, ProcessId};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The jars, or a line that says why the test does nothing.
fn jars() -> Option<KafkaJars> {
    KafkaJars::find()
        .inspect_err(|missing| eprintln!("skipped: {missing}"))
        .ok()
}

#[tokio::test]
async fn a_restart_keeps_cluster_address_and_topics() {
    let Some(jars) = jars() else { return };
    let dir = scratch();
    let options = KafkaOptions::new(dir.path().join("kafka"), jars);

    let first = LocalKafka::start(options.clone()).await.unwrap();
    let (id, servers) = (first.cluster_id().to_owned(), first.bootstrap_servers());
    create_topic(&servers, "kept").await;
    let process = ProcessId::of(first.pid()).unwrap();
    first.stop(GRACE).await.unwrap();
    assert!(!process.is_alive());
    assert!(!dir.path().join("kafka/process").exists());

    let second = LocalKafka::start(options).await.unwrap();
    assert_eq!(second.cluster_id(), id);
    assert_eq!(second.bootstrap_servers(), servers);
    assert_eq!(topics(&servers).await, ["kept"]);
    second.stop(GRACE).await.unwrap();
}

#[tokio::test]
async fn a_killed_broker_comes_back_with_its_topics() {
    let Some(jars) = jars() else { return };
    let dir = scratch();
    let options = KafkaOptions::new(dir.path().join("kafka"), jars);

    let first = LocalKafka::start(options.clone()).await.unwrap();
    let servers = first.bootstrap_servers();
    create_topic(&servers, "kept").await;
    let status = first.kill().await.unwrap();
    assert!(!status.success());

    let second = LocalKafka::start(options).await.unwrap();
    assert_eq!(topics(&servers).await, ["kept"]);
    second.stop(GRACE).await.unwrap();
}

#[tokio::test]
async fn a_broker_left_behind_is_stopped_by_the_next_start() {
    let Some(jars) = jars() else { return };
    let dir = scratch();
    let options = KafkaOptions::new(dir.path().join("kafka"), jars);

    let first = LocalKafka::start(options.clone()).await.unwrap();
    let orphan = ProcessId::of(first.pid()).unwrap();
    // As after `kill -9`: nobody stops the broker, and its note stays.
    std::mem::forget(first);

    let second = LocalKafka::start(options).await.unwrap();
    assert!(!orphan.is_alive());
    assert_ne!(second.pid(), orphan.pid);
    second.stop(GRACE).await.unwrap();
}

#[tokio::test]
async fn a_stranger_with_the_noted_process_id_is_left_alone() {
    let Some(jars) = jars() else { return };
    let dir = scratch();
    let options = KafkaOptions::new(dir.path().join("kafka"), jars);
    let bystander = Bystander::start();
    let id = bystander.id();
    note(
        &options.data_dir,
        ProcessId {
            started: id.started - 1,
            ..id
        },
    );

    let kafka = LocalKafka::start(options).await.unwrap();
    kafka.stop(GRACE).await.unwrap();

    assert!(id.is_alive());
}

#[tokio::test]
async fn a_broker_that_ends_by_itself_is_noticed() {
    let Some(jars) = jars() else { return };
    let dir = scratch();
    let options = KafkaOptions::new(dir.path().join("kafka"), jars);
    let mut kafka = LocalKafka::start(options).await.unwrap();

    let pid = rustix::process::Pid::from_raw(kafka.pid().try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();

    assert!(
        !tokio::time::timeout(GRACE, kafka.wait())
            .await
            .unwrap()
            .unwrap()
            .success()
    );
}

#[tokio::test]
async fn a_broker_that_cannot_start_says_why_in_one_line() {
    let Some(jars) = jars() else { return };
    let dir = scratch();
    let options = KafkaOptions::new(dir.path().join("kafka"), jars);
    LocalKafka::start(options.clone())
        .await
        .unwrap()
        .stop(GRACE)
        .await
        .unwrap();
    let meta = options.data_dir.join("data/meta.properties");
    let text = std::fs::read_to_string(&meta)
        .unwrap()
        .replace("node.id=1", "node.id=2");
    std::fs::write(&meta, text).unwrap();

    let refused = LocalKafka::start(options).await.unwrap_err().to_string();

    assert!(
        refused.starts_with("Apache Kafka stopped while starting: "),
        "{refused}"
    );
    assert!(refused.contains("node"), "{refused}");
    assert_eq!(refused.lines().count(), 1, "{refused}");
}

/// CreateTopics, version 2: one partition, one replica, no configuration.
async fn create_topic(servers: &str, name: &str) {
    let mut body = 1_u32.to_be_bytes().to_vec();
    body.extend(string(name));
    body.extend(1_u32.to_be_bytes());
    body.extend(1_u16.to_be_bytes());
    body.extend([0; 8]);
    body.extend(10_000_u32.to_be_bytes());
    body.push(0);
    let answer = ask(servers, 19, 2, &body).await;
    // Throttle time, one topic, its name, its error code.
    let code = 4 + 4 + 2 + name.len();
    assert_eq!(answer[code..code + 2], [0, 0], "{answer:?}");
}

/// The names of all topics, from Metadata, version 1.
async fn topics(servers: &str) -> Vec<String> {
    let answer = ask(servers, 3, 1, &u32::MAX.to_be_bytes()).await;
    let mut at = Reader(&answer);
    for _ in 0..at.u32() {
        at.skip(4);
        at.string();
        at.skip(4);
        at.string();
    }
    at.skip(4);
    (0..at.u32()).map(|_| at.topic()).collect()
}

/// Sends one request and gives the answer without its correlation id.
async fn ask(servers: &str, key: u16, version: u16, body: &[u8]) -> Vec<u8> {
    let mut request = [key.to_be_bytes(), version.to_be_bytes()].concat();
    request.extend([0, 0, 0, 7, 0xff, 0xff]);
    request.extend(body);
    let mut stream = TcpStream::connect(servers).await.unwrap();
    stream
        .write_u32(request.len().try_into().unwrap())
        .await
        .unwrap();
    stream.write_all(&request).await.unwrap();
    let mut answer = vec![0; stream.read_u32().await.unwrap() as usize];
    stream.read_exact(&mut answer).await.unwrap();
    answer.split_off(4)
}

fn string(text: &str) -> Vec<u8> {
    let mut bytes = u16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes
}

/// Reads the fields of an answer one after the other.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    fn skip(&mut self, length: usize) {
        self.take(length);
    }

    fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.take(4).try_into().unwrap())
    }

    /// A string; null is empty.
    fn string(&mut self) -> String {
        let length = i16::from_be_bytes(self.take(2).try_into().unwrap()).max(0);
        String::from_utf8(self.take(length.unsigned_abs().into()).to_vec()).unwrap()
    }

    fn topic(&mut self) -> String {
        self.skip(2);
        let name = self.string();
        self.skip(1);
        for _ in 0..self.u32() {
            self.skip(2 + 4 + 4);
            for _ in 0..2 {
                let replicas = self.u32() as usize;
                self.skip(4 * replicas);
            }
        }
        name
    }
}

//! `telemetron up` as a child of the test.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::PgPool;
use telemetron_local::KafkaJars;

use crate::api::Api;
pub(crate) use crate::api::PATIENCE;

/// Variables of the environment.
pub(crate) type Variables<'a> = &'a [(&'a str, &'a str)];

/// A running platform. Dropping it kills it, children included.
pub(crate) struct Platform {
    dir: tempfile::TempDir,
    api: Api,
    kafka_port: u16,
    variables: Vec<(String, String)>,
    up: Child,
}

/// A child process of the platform that a test may kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Kafka,
    Postgres,
}

impl Platform {
    /// Starts on an empty data directory; `None`, with a line that says why, without Kafka's jars.
    pub(crate) async fn start() -> Option<Self> {
        Self::start_with(&[]).await
    }

    /// The same with settings of its own.
    pub(crate) async fn start_with(variables: Variables<'_>) -> Option<Self> {
        jars()?;
        let dir = passable_dir();
        let (port, kafka_port) = (free_port(), free_port());
        let api = Api::new(port, dir.path().join("up.log"));
        let named = variables.iter().map(|(name, value)| (*name, *value));
        let variables = named.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let variables: Vec<_> = variables.collect();
        let up = spawn(dir.path(), &api, kafka_port, &variables);
        let mut platform = Self {
            dir,
            api,
            kafka_port,
            variables,
            up,
        };
        platform.ready().await;
        Some(platform)
    }

    /// Waits until everything is ready.
    pub(crate) async fn ready(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.api.ready().await;
            if answer.is_ok() {
                return;
            }
            if let Some(status) = self.up.try_wait().unwrap() {
                panic!("`telemetron up` ended with {status}:\n{}", self.log());
            }
            assert!(
                Instant::now() < deadline,
                "not ready: {answer:?}\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.api.url(path)
    }

    pub(crate) fn websocket(&self) -> String {
        format!("ws://127.0.0.1:{}/ws/debug/test", self.api.port())
    }

    pub(crate) fn bootstrap_servers(&self) -> String {
        format!("127.0.0.1:{}", self.kafka_port)
    }

    pub(crate) fn kafka_data(&self) -> PathBuf {
        self.dir.path().join("kafka")
    }

    /// What the platform wrote so far.
    pub(crate) fn log(&self) -> String {
        self.api.log()
    }

    /// The built binary, as somebody on this machine calls it.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_telemetron"));
        command
            .args(arguments)
            .env_remove("DATABASE_URL")
            .env_remove("KAFKA_BOOTSTRAP_SERVERS")
            .env(telemetron_local::DATA_DIR_VARIABLE, self.dir.path());
        command
    }

    /// A pool on the platform's own database.
    pub(crate) fn database(&self) -> PgPool {
        PgPool::connect_lazy(&self.endpoint("database_url")).unwrap()
    }

    /// Endpoint of OTLP over gRPC.
    pub(crate) fn otlp_grpc(&self) -> String {
        self.endpoint("otlp_grpc")
    }

    /// Endpoint of OTLP over HTTP.
    pub(crate) fn otlp_http(&self) -> String {
        self.endpoint("otlp_http")
    }

    fn endpoint(&self, name: &str) -> String {
        let endpoints = fs::read_to_string(self.dir.path().join("endpoints.json")).unwrap();
        let endpoints: Value = serde_json::from_str(&endpoints).unwrap();
        endpoints[name].as_str().unwrap().to_owned()
    }

    /// Its API.
    pub(crate) const fn api(&self) -> &Api {
        &self.api
    }

    /// Asks the API until the answer is as wanted.
    pub(crate) async fn eventually(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.api.eventually(path, wanted).await
    }

    /// The most memory that `up` ever had, in MiB: the process that keeps it alive, and the platform.
    pub(crate) fn peak_mib(&self) -> u64 {
        let ours = below(self.up.id()).into_iter();
        let ours = ours.filter(|(_, command)| command.contains(env!("CARGO_BIN_EXE_telemetron")));
        let ours = ours.map(|(pid, _)| peak_mib(pid));
        ours.sum::<u64>() + peak_mib(self.up.id())
    }

    /// `kill -9` of `up` itself, then a new one on the same data.
    pub(crate) fn kill_and_restart(&mut self) {
        self.up.kill().unwrap();
        self.up.wait().unwrap();
        self.restart();
    }

    /// Asks `up` to stop, and says how it ended; `None` when it is still there after `patience`.
    pub(crate) async fn terminate(&mut self, patience: Duration) -> Option<ExitStatus> {
        signal(self.up.id(), "TERM");
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if let Some(status) = self.up.try_wait().unwrap() {
                return Some(status);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        None
    }

    /// Stops `up` as Ctrl-C does.
    pub(crate) fn stop(&mut self) {
        signal(self.up.id(), "INT");
        self.up.wait().unwrap();
    }

    pub(crate) fn restart(&mut self) {
        let dir = self.dir.path();
        self.up = spawn(dir, &self.api, self.kafka_port, &self.variables);
    }

    /// Ends the platform as a library that gives up would, without a word; what watches over it
    /// stays.
    pub(crate) fn abort(&self) {
        let (platform, _) = children(self.up.id()).pop().unwrap();
        signal(platform, "ABRT");
    }

    /// `kill -9` of a child of `up`; says whether there was one to kill.
    pub(crate) fn kill(&self, service: Service) -> bool {
        self.signal(service, "KILL")
    }

    /// Sends a signal to a child of `up`; says whether there was one.
    pub(crate) fn signal(&self, service: Service, name: &str) -> bool {
        let wanted = match service {
            Service::Kafka => "kafka.Kafka",
            Service::Postgres => "postgres",
        };
        let found = below(self.up.id())
            .into_iter()
            .find(|(_, command)| command.contains(wanted));
        if let Some((pid, _)) = &found {
            signal(*pid, name);
        }
        found.is_some()
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        let left = below(self.up.id());
        signal(self.up.id(), "KILL");
        // Reaped, so that its id is free; an error means that it is gone already.
        drop(self.up.wait());
        left.into_iter().for_each(|(pid, _)| signal(pid, "KILL"));
    }
}

fn spawn(dir: &Path, api: &Api, kafka_port: u16, variables: &[(String, String)]) -> Child {
    let log = api.log_file();
    Command::new(env!("CARGO_BIN_EXE_telemetron"))
        .arg("up")
        .arg("--data-dir")
        .arg(dir)
        .args([
            "--server-port",
            &api.port().to_string(),
            "--kafka-port",
            &kafka_port.to_string(),
            "--otlp-grpc-listen",
            "127.0.0.1:0",
            "--otlp-http-listen",
            "127.0.0.1:0",
        ])
        .env_remove("DATABASE_URL")
        .env_remove("KAFKA_BOOTSTRAP_SERVERS")
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Kafka's jars; `None`, with a line that says why, where there are none.
pub(crate) fn jars() -> Option<KafkaJars> {
    let jars = KafkaJars::find().ok();
    if jars.is_none() {
        println!("skipped: Kafka's jars are not here; scripts/test.sh fetches them");
    }
    jars
}

/// A directory for data. Postgres runs as another user when the tests run as root, and has to get
/// through.
pub(crate) fn passable_dir() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let passable = Command::new("chmod").arg("711").arg(dir.path()).status();
    assert!(passable.unwrap().success());
    dir
}

/// The most memory that a process ever had, in MiB.
pub(crate) fn peak_mib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse::<u64>().unwrap() / 1024
}

/// A port that nobody uses.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

fn signal(pid: u32, name: &str) {
    Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .stderr(Stdio::null())
        .status()
        .unwrap();
}

/// The processes below a process, each with its command line: the platform itself, which `up`
/// watches over, and what that one started.
fn below(parent: u32) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    for (pid, command) in children(parent) {
        found.push((pid, command));
        found.extend(below(pid));
    }
    found
}

/// The children of a process, each with its command line.
fn children(parent: u32) -> Vec<(u32, String)> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after_name = stat
            .rsplit_once(')')
            .map_or("", |(_, rest)| rest)
            .to_owned();
        after_name.split_whitespace().nth(1) == Some(&parent.to_string())
    };
    let command = |pid: u32| {
        let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        (pid, String::from_utf8_lossy(&bytes).replace('\0', " "))
    };
    pids.filter(is_child).map(command).collect()
}

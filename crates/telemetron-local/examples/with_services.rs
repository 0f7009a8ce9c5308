//! Runs a command with a private Kafka and Postgres, and stops them when it ends.
//!
//! `with_services [--data-dir DIR] -- COMMAND ARGS…` sets `DATABASE_URL`,
//! `KAFKA_BOOTSTRAP_SERVERS` and `KAFKA_JARS` for the command and exits with its code. Without
//! `--data-dir` the data is temporary. SIGINT and SIGTERM are passed on to the command.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use telemetron_local::{
    DataDir, KafkaJars, KafkaOptions, LocalKafka, LocalPostgres, PostgresOptions,
};
use tokio::process::{Child, Command};
use tokio::signal::unix::{self, SignalKind};

type Failure = Box<dyn std::error::Error>;

const USAGE: &str = "usage: with_services [--data-dir DIR] -- COMMAND ARGS...";
const GRACE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("with_services: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<ExitCode, Failure> {
    let request = Request::parse(std::env::args_os().skip(1).collect())?;
    let mut signals = Signals::listen()?;
    let scratch = tempfile::Builder::new()
        .prefix("telemetron-")
        .tempdir_in("/tmp")?;
    let inside = scratch.path().join("data");
    open_to_others(scratch.path())?;
    let data = DataDir::open(request.data_dir.as_ref().unwrap_or(&inside))?;

    let services = tokio::select! {
        started = Services::start(&data) => started?,
        // Giving up the start drops the services, which kills them.
        signal = signals.next() => return Ok(exit_code(128 + signal.as_raw())),
    };
    let ended = services.serve(&request.command, &mut signals).await;
    services.stop().await?;
    Ok(code_of(ended?))
}

/// Postgres, which is another user when we are root, has to get through.
fn open_to_others(dir: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o711))
}

/// What the command line asks for.
struct Request {
    data_dir: Option<PathBuf>,
    command: Vec<OsString>,
}

impl Request {
    fn parse(arguments: Vec<OsString>) -> Result<Self, Failure> {
        let split = arguments
            .iter()
            .position(|argument| argument == "--")
            .ok_or(USAGE)?;
        let command = arguments[split + 1..].to_vec();
        let data_dir = match &arguments[..split] {
            [] => None,
            [flag, dir] if flag == "--data-dir" => Some(PathBuf::from(dir)),
            _ => return Err(USAGE.into()),
        };
        if command.is_empty() {
            return Err(USAGE.into());
        }
        Ok(Self { data_dir, command })
    }
}

struct Services {
    jars: KafkaJars,
    kafka: LocalKafka,
    postgres: LocalPostgres,
}

impl Services {
    async fn start(data: &DataDir) -> Result<Self, Failure> {
        let jars = KafkaJars::find()?;
        let (kafka, postgres) = tokio::try_join!(
            LocalKafka::start(KafkaOptions::new(data.kafka(), jars.clone())),
            LocalPostgres::start(PostgresOptions::new(data.postgres())),
        )?;
        Ok(Self {
            jars,
            kafka,
            postgres,
        })
    }

    /// Runs the command until it ends, passing on signals.
    async fn serve(
        &self,
        command: &[OsString],
        signals: &mut Signals,
    ) -> Result<ExitStatus, Failure> {
        let mut child = self.spawn(command)?;
        loop {
            tokio::select! {
                status = child.wait() => return Ok(status?),
                signal = signals.next() => pass_on(&child, signal),
            }
        }
    }

    fn spawn(&self, command: &[OsString]) -> Result<Child, Failure> {
        Command::new(&command[0])
            .args(&command[1..])
            .env("DATABASE_URL", self.postgres.url())
            .env("KAFKA_BOOTSTRAP_SERVERS", self.kafka.bootstrap_servers())
            .env("KAFKA_JARS", self.jars.folder())
            .spawn()
            .map_err(|error| format!("cannot run {}: {error}", command[0].display()).into())
    }

    async fn stop(self) -> Result<(), Failure> {
        let (kafka, postgres) = tokio::join!(self.kafka.stop(GRACE), self.postgres.stop(GRACE));
        kafka.and(postgres)?;
        Ok(())
    }
}

/// The signals that ask us to end.
struct Signals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.terminate.recv() => Signal::TERM,
        }
    }
}

fn pass_on(child: &Child, signal: Signal) {
    let pid = child
        .id()
        .and_then(|pid| i32::try_from(pid).ok())
        .and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It fails only when the command has just ended, which the caller sees next.
        let _ended = kill_process(pid, signal);
    }
}

/// As a shell would say it: 128 and the signal for a command that was killed.
fn code_of(status: ExitStatus) -> ExitCode {
    exit_code(
        status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap_or_default()),
    )
}

fn exit_code(code: i32) -> ExitCode {
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}

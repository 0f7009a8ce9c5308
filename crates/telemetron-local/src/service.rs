//! One child process from its start until it has ended.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::Signal;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::process::{ProcessId, signal_pid};
use crate::{Error, files, logs};

/// How long a service left behind may take to stop before it is killed.
const ORPHAN_GRACE: Duration = Duration::from_secs(10);

/// How long an asked-for exit may take after SIGKILL or an immediate shutdown.
const LAST_GRACE: Duration = Duration::from_secs(5);

/// What a kind of service is called and how it is asked to stop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// The name in messages.
    pub(crate) name: &'static str,
    /// Asked in this order, each with its patience; SIGKILL comes last.
    pub(crate) stop: Signal,
    /// A sharper request before SIGKILL, where the service has one.
    pub(crate) stop_now: Option<Signal>,
}

/// A running child process, noted in a file so that the next start can clean up after us.
#[derive(Debug)]
pub(crate) struct Service {
    kind: Kind,
    child: Child,
    pid: u32,
    note: PathBuf,
    log: PathBuf,
    /// Keeps the log short; ends with the service.
    _shortening: JoinSet<()>,
}

impl Service {
    /// Starts `command` in its own process group, so that Ctrl-C in a terminal reaches only us.
    ///
    /// Dropping the service kills the process.
    pub(crate) fn spawn(
        kind: Kind,
        mut command: Command,
        note: PathBuf,
        log: PathBuf,
    ) -> Result<Self, Error> {
        let program = PathBuf::from(command.as_std().get_program());
        let output = logs::open(&log)?;
        let errors = output.try_clone().map_err(Error::io("write", &log))?;
        let child = command
            .process_group(0)
            .stdin(std::process::Stdio::null())
            .stdout(output)
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .map_err(Error::io("run", &program))?;
        Self::noted(kind, child, note, log)
    }

    fn noted(kind: Kind, child: Child, note: PathBuf, log: PathBuf) -> Result<Self, Error> {
        let pid = child.id().unwrap_or_default();
        if let Some(process) = ProcessId::of(pid) {
            process.write(&note)?;
        }
        let mut shortening = JoinSet::new();
        shortening.spawn(logs::keep_short(log.clone()));
        Ok(Self {
            kind,
            child,
            pid,
            note,
            log,
            _shortening: shortening,
        })
    }

    /// The process id it was started with.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until `ready` resolves, the process ends or time is up, whatever is first.
    pub(crate) async fn until_ready(
        &mut self,
        within: Duration,
        ready: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        tokio::select! {
            status = self.child.wait() => Err(self.stopped(status.ok())),
            () = ready => Ok(()),
            () = tokio::time::sleep(within) => Err(self.not_ready(within)),
        }
    }

    /// Waits until the process ends.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    pub(crate) async fn wait(&mut self) -> Result<ExitStatus, Error> {
        self.child
            .wait()
            .await
            .map_err(Error::io("wait for", Path::new(self.kind.name)))
    }

    /// Asks the process to stop, and kills it when it has not within `grace`.
    pub(crate) async fn stop(mut self, grace: Duration) -> Result<ExitStatus, Error> {
        let asked = [
            Some((self.kind.stop, grace)),
            self.kind.stop_now.map(|s| (s, LAST_GRACE)),
        ];
        for (signal, patience) in asked.into_iter().flatten() {
            if self.child.id().is_some() {
                signal_pid(self.pid, signal);
            }
            if let Ok(ended) = tokio::time::timeout(patience, self.wait()).await {
                return self.ended(ended);
            }
        }
        self.kill().await
    }

    /// Kills the process as a crash would, and waits until it is gone.
    pub(crate) async fn kill(mut self) -> Result<ExitStatus, Error> {
        // An error means that it has ended already.
        drop(self.child.start_kill());
        let ended = self.wait().await;
        self.ended(ended)
    }

    fn ended(&self, status: Result<ExitStatus, Error>) -> Result<ExitStatus, Error> {
        files::remove(&self.note)?;
        status
    }

    fn stopped(&self, status: Option<ExitStatus>) -> Error {
        let reason = files::last_line(&self.log)
            .or_else(|| status.map(|status| status.to_string()))
            .unwrap_or_default();
        Error::Stopped {
            service: self.kind.name,
            reason,
            log: self.log.clone(),
        }
    }

    fn not_ready(&self, within: Duration) -> Error {
        Error::NotReady {
            service: self.kind.name,
            within,
            log: self.log.clone(),
        }
    }
}

/// Stops what an earlier owner left behind, if the noted process is still that process.
pub(crate) async fn stop_orphan(kind: Kind, note: &Path) -> Result<(), Error> {
    if let Some(orphan) = ProcessId::read(note) {
        orphan.end(kind.stop, ORPHAN_GRACE).await;
    }
    files::remove(note)
}

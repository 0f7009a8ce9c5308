//! What can go wrong, each as one sentence that says what to do.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a local service could not be started, found or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another Telemetron owns the data directory.
    #[error("{} is in use by telemetron{}; stop it or pass another --data-dir", path.display(), owner.map(|pid| format!(" pid {pid}")).unwrap_or_default())]
    InUse {
        /// The data directory.
        path: PathBuf,
        /// The process that holds the lock, when it could be read.
        owner: Option<u32>,
    },

    /// There is no home directory to put data into.
    #[error("cannot tell where to keep data because HOME is not set; pass --data-dir")]
    NoHome,

    /// No `endpoints.json` in the data directory.
    #[error("no running telemetron found in {}; start one with `telemetron up` or pass --data-dir", path.display())]
    NotRunning {
        /// The data directory that was looked into.
        path: PathBuf,
    },

    /// A port that was asked for is not free.
    #[error("port {port} on 127.0.0.1 is taken; stop what uses it or choose another port")]
    PortTaken {
        /// The port.
        port: u16,
    },

    /// No Java runtime.
    #[error(
        "{program} cannot be run; Apache Kafka needs Java 17 or later, install it (Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME"
    )]
    JavaMissing {
        /// What was tried.
        program: PathBuf,
    },

    /// A Java runtime that is too old.
    #[error(
        "{program} is Java {found}; Apache Kafka needs Java 17 or later, install it or set JAVA_HOME"
    )]
    JavaTooOld {
        /// The runtime found.
        program: PathBuf,
        /// Its version, as it names itself.
        found: String,
    },

    /// No Kafka jars.
    #[error("no Apache Kafka jars in {}; run scripts/run.sh, which fetches them, or set KAFKA_HOME", path.display())]
    JarsMissing {
        /// The folder that was looked into.
        path: PathBuf,
    },

    /// No Postgres server binaries.
    #[error(
        "no Postgres 15 or later found; install it (Debian: apt-get install postgresql) or put its bin directory on the PATH"
    )]
    PostgresMissing,

    /// The data was made by another major version, which alone can read it.
    #[error("{} was made by Postgres {made_by}, which is not installed; install postgresql-{made_by}, or move the directory away to start afresh", path.display())]
    PostgresVersion {
        /// The data directory.
        path: PathBuf,
        /// The major version that made it.
        made_by: String,
    },

    /// Postgres refuses to run as root and the user to run it as does not exist.
    #[error(
        "Postgres does not run as root and there is no user postgres; create it or run telemetron as an ordinary user"
    )]
    NoPostgresUser,

    /// The user Postgres runs as cannot reach its data.
    #[error("user postgres cannot enter {}; pass a --data-dir that it can reach, such as /var/lib/telemetron", path.display())]
    Unreachable {
        /// The directory that is closed.
        path: PathBuf,
    },

    /// A data directory was written by something this version cannot use.
    #[error("{} is damaged ({reason}); repair it, or move it away to start afresh", path.display())]
    Damaged {
        /// The directory or file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// A helper command failed.
    #[error("{command} failed: {output}")]
    Command {
        /// The command's name.
        command: String,
        /// The last line it said.
        output: String,
    },

    /// A service ended before it was ready.
    #[error("{service} stopped while starting: {reason}; see {}", log.display())]
    Stopped {
        /// The service.
        service: &'static str,
        /// The last line of its log.
        reason: String,
        /// Its log file.
        log: PathBuf,
    },

    /// A service did not become ready in time.
    #[error("{service} was not ready within {}s; see {}", within.as_secs(), log.display())]
    NotReady {
        /// The service.
        service: &'static str,
        /// How long it was given.
        within: Duration,
        /// Its log file.
        log: PathBuf,
    },

    /// The operating system refused something.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    /// Wraps an I/O error with what was tried on which path.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}

//! A private Postgres on a Unix socket.
//!
//! The data directory holds `data/` (the cluster), `run/` (the socket, where its path is short
//! enough), `socket-dir` (the path of the socket's directory), `process` and `server.log`. Run by
//! root, the server runs as user `postgres`, to whom the directory is given.

mod account;
mod binaries;
mod cluster;
mod ready;
mod settings;
mod socket;
mod stale;

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::Signal;
use tokio::process::Command;

use crate::service::{self, Kind, Service};
use crate::{Error, files};
use account::Account;
use binaries::Binaries;
use socket::Socket;

/// A fast shutdown first, then an immediate one, which unlike SIGKILL leaves no children behind.
const KIND: Kind = Kind {
    name: "Postgres",
    stop: Signal::INT,
    stop_now: Some(Signal::QUIT),
};

/// Generous, because a start after a crash replays up to `max_wal_size` of log.
const START_LIMIT: Duration = Duration::from_secs(300);

/// The database and its owner.
const NAME: &str = "telemetron";

/// How to run the local Postgres.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Where it keeps its data; created when absent.
    pub data_dir: PathBuf,
    /// The folder of `postgres` and `initdb`; `None` looks where they are usually installed.
    pub bin_dir: Option<PathBuf>,
}

impl PostgresOptions {
    /// Options with the installed binaries.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            bin_dir: None,
        }
    }
}

/// A running Postgres. Dropping it kills the server; [`LocalPostgres::stop`] ends it in order.
#[derive(Debug)]
pub struct LocalPostgres {
    service: Service,
    socket: Socket,
}

impl LocalPostgres {
    /// Starts the server and waits until it takes connections.
    ///
    /// A data directory that was used before is continued, whatever way its server ended; a
    /// server or a child of one that was left behind on it is stopped first. The caller owns the
    /// directory, see [`crate::DataDir`].
    ///
    /// # Errors
    /// One sentence for missing binaries, a missing user, a directory that cannot be reached or
    /// used, or a server that does not come up.
    pub async fn start(options: PostgresOptions) -> Result<Self, Error> {
        let account = Account::choose()?;
        let dir = prepare(&options.data_dir, &account)?;
        let data = dir.join("data");
        let binaries = Binaries::find(options.bin_dir.as_deref(), &data).await?;
        let socket = Socket::choose(&dir, &account)?;

        service::stop_orphan(KIND, &dir.join("process")).await?;
        stale::clear(&data, &socket).await?;
        cluster::ensure(&dir, &binaries, &account).await?;
        settings::write(&data, &binaries, &account).await?;

        let command = server(&binaries, &account, &data, &socket);
        let (note, log) = (dir.join("process"), dir.join("server.log"));
        let mut service = Service::spawn(KIND, command, note, log)?;
        service
            .until_ready(START_LIMIT, ready::serving(&socket.file()))
            .await?;
        Ok(Self { service, socket })
    }

    /// URL of the database `telemetron`, for libpq, sqlx and whatever reads such URLs.
    pub fn url(&self) -> String {
        self.socket.url(NAME)
    }

    /// URL of the maintenance database, for creating and dropping databases.
    pub fn admin_url(&self) -> String {
        self.socket.url("postgres")
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.service.pid()
    }

    /// Waits until the server ends by itself.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be waited for.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    pub async fn wait(&mut self) -> Result<ExitStatus, Error> {
        self.service.wait().await
    }

    /// Ends connections and shuts the server down; harder when it has not within `grace`.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be waited for.
    pub async fn stop(self, grace: Duration) -> Result<ExitStatus, Error> {
        self.service.stop(grace).await
    }

    /// Kills the server as a crash would (SIGKILL); its children notice and end by themselves.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be waited for.
    pub async fn kill(self) -> Result<ExitStatus, Error> {
        self.service.kill().await
    }
}

/// Creates the directory for the account, which has to be able to reach it.
fn prepare(dir: &Path, account: &Account) -> Result<PathBuf, Error> {
    files::create_private_dir(dir)?;
    let dir = dir.canonicalize().map_err(Error::io("open", dir))?;
    account.own(&dir)?;
    account.check_reach(&dir)?;
    Ok(dir)
}

fn server(binaries: &Binaries, account: &Account, data: &Path, socket: &Socket) -> Command {
    let mut command = account.command(&binaries.postgres(), data);
    command
        .arg("-D")
        .arg(data)
        .args(["-c", "listen_addresses="])
        .args(["-c", "unix_socket_permissions=0700"])
        .arg("-k")
        .arg(socket.dir());
    command
}

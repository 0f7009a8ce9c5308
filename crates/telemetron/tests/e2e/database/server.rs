//! Servers of a test's own: Postgres on TCP, a standby of it, PgBouncer in front.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};

use crate::platform::{PATIENCE, free_port, passable_dir};

/// Settings of a server that is quick and keeps nothing.
const SETTINGS: &str = "fsync = off\nwal_level = replica\nmax_wal_senders = 4\nhot_standby = on\n\
                        shared_buffers = 32MB\nmax_connections = 100\nunix_socket_directories = ''\n";

/// A Postgres on a port of its own. Dropping it kills it.
pub(super) struct Server {
    dir: tempfile::TempDir,
    port: u16,
    child: Child,
}

impl Server {
    /// Starts one; `None`, with a line that says why, where Postgres is not installed.
    pub(super) async fn start(tls: Option<&dyn Fn(&Path)>) -> Option<Self> {
        let Some(initdb) = program("initdb") else {
            println!("skipped: Postgres is not installed");
            return None;
        };
        let dir = owned_dir();
        let data = dir.path().join("data");
        let made = as_postgres(&initdb)
            .arg("-D")
            .arg(&data)
            .args([
                "-U",
                "telemetron",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ])
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let mut settings = SETTINGS.to_owned();
        if let Some(make) = tls {
            make(&data);
            settings += "ssl = on\nssl_cert_file = 'server.pem'\nssl_key_file = 'server.key'\n";
        }
        let file = data.join("postgresql.conf");
        let own = fs::read_to_string(&file).unwrap();
        fs::write(file, own + &settings).unwrap();
        let server = Self::run(dir, free_port()).await;
        let mut conn = server.connect("postgres").await;
        sqlx::raw_sql("CREATE DATABASE telemetron")
            .execute(&mut conn)
            .await
            .unwrap();
        Some(server)
    }

    /// A standby that follows this one.
    pub(super) async fn standby(&self) -> Self {
        let dir = owned_dir();
        let copied = as_postgres(&program("pg_basebackup").unwrap())
            .arg("-D")
            .arg(dir.path().join("data"))
            .args([
                "-h",
                "127.0.0.1",
                "-U",
                "telemetron",
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
            ])
            .args(["-p", &self.port.to_string()])
            .output()
            .unwrap();
        assert!(
            copied.status.success(),
            "{}",
            String::from_utf8_lossy(&copied.stderr)
        );
        Self::run(dir, free_port()).await
    }

    async fn run(dir: tempfile::TempDir, port: u16) -> Self {
        let log = fs::File::create(dir.path().join("server.log")).unwrap();
        let child = as_postgres(&program("postgres").unwrap())
            .arg("-D")
            .arg(dir.path().join("data"))
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let server = Self { dir, port, child };
        drop(server.connect("postgres").await);
        server
    }

    /// Connects as soon as the server takes connections.
    async fn connect(&self, database: &str) -> PgConnection {
        let url = format!(
            "postgres://telemetron@{}/{database}?sslmode=disable",
            self.place()
        );
        let deadline = Instant::now() + PATIENCE;
        loop {
            match PgConnection::connect(&url).await {
                Ok(conn) => return conn,
                Err(error) => assert!(Instant::now() < deadline, "{error}: {}", self.log()),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("server.log")).unwrap_or_default()
    }

    /// Host and port.
    pub(super) fn place(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A URL of its database by one of its names.
    pub(super) fn url(&self, host: &str, query: &str) -> String {
        format!(
            "postgres://telemetron@{host}:{}/telemetron?{query}",
            self.port
        )
    }

    /// Path of a certificate of an authority that was made with the server's, for a URL.
    pub(super) fn authority(&self, name: &str) -> String {
        super::in_url(&self.dir.path().join("data").join(name))
    }

    /// Makes a standby the primary.
    pub(super) async fn promote(&self) {
        let mut conn = self.connect("postgres").await;
        let promoted: bool = sqlx::query_scalar("SELECT pg_promote()")
            .fetch_one(&mut conn)
            .await
            .unwrap();
        assert!(promoted);
    }

    /// Ends it without warning, its children included.
    pub(super) fn kill(mut self) {
        self.quit();
    }

    fn quit(&mut self) {
        let pid = self.child.id().to_string();
        drop(Command::new("kill").args(["-QUIT", &pid]).status());
        drop(self.child.wait());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.quit();
        }
    }
}

/// PgBouncer in front of a server. Dropping it kills it.
pub(super) struct Pooler {
    _dir: tempfile::TempDir,
    port: u16,
    child: Child,
}

impl Pooler {
    /// Starts one; `None`, with a line that says why, where PgBouncer is not installed.
    pub(super) fn start(server: &Server, mode: &str) -> Option<Self> {
        let Some(pgbouncer) = program("pgbouncer") else {
            println!("skipped: PgBouncer is not installed");
            return None;
        };
        let (dir, port) = (owned_dir(), free_port());
        let settings = format!(
            "[databases]\ntelemetron = host=127.0.0.1 port={} user=telemetron\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = any\npool_mode = {mode}\n",
            server.port
        );
        let file = dir.path().join("pgbouncer.ini");
        fs::write(&file, settings).unwrap();
        let log = fs::File::create(dir.path().join("log")).unwrap();
        let child = as_postgres(&pgbouncer)
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let pooler = Self {
            _dir: dir,
            port,
            child,
        };
        pooler.wait();
        Some(pooler)
    }

    fn wait(&self) {
        let deadline = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < deadline, "PgBouncer does not listen");
            std::thread::yield_now();
        }
    }

    /// The URL of the database behind it.
    pub(super) fn url(&self) -> String {
        format!(
            "postgres://telemetron@127.0.0.1:{}/telemetron?sslmode=disable",
            self.port
        )
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Certificates as `openssl` makes them.
pub(super) struct Certificates;

impl Certificates {
    /// Makes an authority, a certificate of it for `localhost`, and an authority of others.
    pub(super) fn make(data: &Path) {
        let script = "
            set -e
            for ca in ca other; do
              openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=$ca -keyout $ca.key -out $ca.pem
            done
            openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr
            printf 'subjectAltName=DNS:localhost' > server.ext
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
              -extfile server.ext -out server.pem
            chmod 600 server.key; chmod 644 ca.pem other.pem";
        let made = Command::new("sh")
            .args(["-c", script])
            .current_dir(data)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        for name in ["server.key", "server.pem"] {
            hand_over(&data.join(name));
        }
    }
}

/// Where a program of Postgres, or beside it, is installed.
fn program(name: &str) -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    folders.push(PathBuf::from("/usr/sbin"));
    let mut programs = folders.into_iter().map(|folder| folder.join(name));
    programs.find(|program| program.is_file())
}

/// The user `postgres` when the tests run as root, whom the servers refuse.
fn account() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self")
        .map(|me| std::os::unix::fs::MetadataExt::uid(&me))
        .ok()?
        != 0
    {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.starts_with("postgres:"))?;
    let mut ids = line.split(':').skip(2).map(str::parse);
    Some((ids.next()?.ok()?, ids.next()?.ok()?))
}

fn as_postgres(program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((uid, gid)) = account() {
        command.uid(uid).gid(gid).current_dir("/");
    }
    command
}

fn hand_over(path: &Path) {
    if let Some((uid, gid)) = account() {
        chown(path, Some(uid), Some(gid)).unwrap();
    }
}

fn owned_dir() -> tempfile::TempDir {
    let dir = passable_dir();
    hand_over(dir.path());
    dir
}

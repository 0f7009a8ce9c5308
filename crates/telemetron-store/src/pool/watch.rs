//! Following the host that is wanted, and refusing what cannot work.
//!
//! A pool connects to one host. Of several, this one looks which is wanted at the moment and leads
//! the pool there: after a failover new connections go to the new primary, and nobody starts again.

use std::pin::pin;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::time::{sleep, timeout};

use super::session::{Role, is_encrypted, is_shared, leave};
use super::url::Target;
use crate::StoreError;

/// How often the host is looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// Longest that connecting may take: a host that is away may not answer at all.
const CONNECTING: Duration = Duration::from_secs(5);

const SHARED: &str = "DATABASE_URL leads through a pooler in transaction mode (such as PgBouncer with \
    pool_mode = transaction), where prepared statements, advisory locks and settings of a session \
    are lost; set pool_mode = session for this database, or name Postgres itself";

/// Looks after the connections of one pool; run it as long as the pool is used.
#[derive(Debug)]
pub struct Watch {
    pool: PgPool,
    hosts: Vec<PgConnectOptions>,
    target: Target,
    /// The host that the pool connects to.
    current: usize,
    /// A connection to it.
    probe: Option<PgConnection>,
    /// Whether the way there was looked at.
    inspected: bool,
    /// Whether it was said that none of the hosts is wanted.
    complained: bool,
}

impl Watch {
    pub(super) const fn new(pool: PgPool, hosts: Vec<PgConnectOptions>, target: Target) -> Self {
        Self {
            pool,
            hosts,
            target,
            current: 0,
            probe: None,
            inspected: false,
            complained: false,
        }
    }

    /// Runs until told to stop.
    ///
    /// # Errors
    /// When the way to the database cannot work: it leads through a pooler in transaction mode.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> Result<(), StoreError> {
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                looked = self.look() => looked?,
            }
            if self.inspected && self.hosts.len() == 1 {
                self.probe = None;
                stop.await;
                break;
            }
            tokio::select! {
                () = &mut stop => break,
                () = sleep(PERIOD) => {}
            }
        }
        Ok(())
    }

    /// Runs until some work is done, which begins when the host has been looked for once.
    ///
    /// # Errors
    /// Those of the work, and those of [`Self::run`].
    pub async fn beside<T>(
        mut self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.look().await?;
        tokio::select! {
            done = work => done,
            refused = self.run(std::future::pending()) => {
                refused?;
                Err(StoreError::Environment(sqlx::Error::PoolClosed))
            }
        }
    }

    async fn look(&mut self) -> Result<(), StoreError> {
        if !self.stays().await {
            self.probe = None;
            self.search().await;
        }
        if !self.inspected {
            self.inspected = self.inspect().await?;
        }
        Ok(())
    }

    /// Whether the host that the pool connects to is still the one that is wanted.
    async fn stays(&mut self) -> bool {
        let Some(probe) = &mut self.probe else {
            return false;
        };
        let role = Role::of(probe).await;
        role.is_ok_and(|role| role.suits(self.target) && !role.is_second_best(self.target))
    }

    /// Looks for a host that is wanted, in the order in which they are named.
    async fn search(&mut self) {
        let (mut second_best, mut reasons) = (None, Vec::new());
        for host in 0..self.hosts.len() {
            match ask(&self.hosts[host]).await {
                Ok((probe, role)) if !role.suits(self.target) => {
                    leave(probe).await;
                    reasons.push(format!("{}: {}", place(&self.hosts[host]), role.in_words()));
                }
                Ok((probe, role)) if role.is_second_best(self.target) && second_best.is_none() => {
                    second_best = Some((host, probe));
                }
                Ok((probe, _)) => return self.lead_to(host, probe),
                Err(error) => reasons.push(format!("{}: {error}", place(&self.hosts[host]))),
            }
        }
        match second_best {
            Some((host, probe)) => self.lead_to(host, probe),
            None => self.complain(&reasons),
        }
    }

    fn lead_to(&mut self, host: usize, probe: PgConnection) {
        if host != self.current {
            let (from, to) = (place(&self.hosts[self.current]), place(&self.hosts[host]));
            tracing::warn!(%from, %to, "the database is another host now");
            self.pool.set_connect_options(self.hosts[host].clone());
            self.current = host;
        }
        self.probe = Some(probe);
        self.complained = false;
    }

    fn complain(&mut self, reasons: &[String]) {
        if self.hosts.len() > 1 && !self.complained {
            self.complained = true;
            let reasons = reasons.join("; ");
            tracing::warn!(%reasons, "none of the hosts of the database is the one that is wanted");
        }
    }

    /// Looks at the way to the database once; says whether it could.
    async fn inspect(&mut self) -> Result<bool, StoreError> {
        let options = &self.hosts[self.current];
        let Some(probe) = &mut self.probe else {
            return Ok(false);
        };
        let Ok(mut other) = connected(options).await else {
            return Ok(false);
        };
        let looked = async {
            let encrypted = is_encrypted(probe).await?;
            Ok::<_, sqlx::Error>((encrypted, is_shared(probe, &mut other).await?))
        };
        let looked = timeout(CONNECTING, looked).await;
        leave(other).await;
        let Ok(Ok((encrypted, shared))) = looked else {
            return Ok(false);
        };
        if shared {
            return Err(StoreError::Environment(sqlx::Error::Configuration(
                SHARED.into(),
            )));
        }
        if !encrypted && may_be_plain(options) {
            tracing::warn!(
                host = %place(options),
                "what goes to the database and comes from it is not encrypted: the server offers no \
                 TLS, and sslmode does not demand it; say sslmode=verify-full to be sure, or \
                 sslmode=disable to have it so"
            );
        }
        Ok(true)
    }
}

async fn ask(options: &PgConnectOptions) -> sqlx::Result<(PgConnection, Role)> {
    let mut probe = connected(options).await?;
    let role = Role::of(&mut probe).await?;
    Ok((probe, role))
}

async fn connected(options: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    let connecting = timeout(CONNECTING, PgConnection::connect_with(options));
    connecting.await.map_err(|_| sqlx::Error::PoolTimedOut)?
}

/// Whether plain text over a network was neither asked for nor excluded.
fn may_be_plain(options: &PgConnectOptions) -> bool {
    matches!(options.get_ssl_mode(), PgSslMode::Prefer | PgSslMode::Allow)
}

/// Host and port, or the directory of the socket.
fn place(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

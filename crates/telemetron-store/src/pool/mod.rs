//! Connections: bounded in number and in how long anything may take, and led to the host that is
//! wanted.

mod session;
mod url;
mod watch;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool, Postgres};
use tokio::time::timeout;

use crate::StoreError;
use session::Role;
use url::{Hosts, Target};

pub(crate) use session::limit;
pub use watch::Watch;

/// Longest one attempt to connect may take that is made to learn why there is no connection.
const PROBE_PATIENCE: Duration = Duration::from_secs(2);

/// How a pool of connections behaves.
#[derive(Debug, Clone, Copy)]
pub struct PoolOptions {
    /// What Postgres shows the connections as.
    pub application: &'static str,
    /// Most connections.
    pub max_connections: u32,
    /// Longest a statement may take.
    pub statement_timeout: Duration,
    /// Longest a caller waits for a connection.
    pub acquire_timeout: Duration,
}

/// A database: connections to it, and what has to run beside them.
#[derive(Debug)]
pub struct Database {
    /// The connections.
    pub pool: PgPool,
    /// Follows the host that is wanted, and refuses what cannot work.
    pub watch: Watch,
}

/// Makes a pool. Nothing is connected yet: a database that is away shows in the first query.
///
/// # Errors
/// When the URL is no Postgres URL, in words.
pub fn connect(url: &SecretString, options: PoolOptions) -> Result<Database, StoreError> {
    let Hosts { each, target } = url::parse(url.expose_secret())?;
    let each: Vec<_> = each.into_iter().map(|one| named(one, options)).collect();
    let choosy = each.len() > 1 || target != Target::Any;
    let statement = options.statement_timeout;
    let mut pool = PgPoolOptions::new()
        .max_connections(options.max_connections)
        .acquire_timeout(options.acquire_timeout)
        .after_connect(move |conn, _| {
            Box::pin(async move {
                limit(conn, statement).await?;
                if choosy {
                    refuse_others(conn, target).await?;
                }
                Ok(())
            })
        });
    if choosy {
        // In place of the usual ping: a host that has become a standby keeps its connections.
        pool = pool
            .test_before_acquire(false)
            .before_acquire(move |conn, _| {
                Box::pin(async move { Ok(Role::of(conn).await?.suits(target)) })
            });
    }
    let first = each.first().cloned().unwrap_or_else(PgConnectOptions::new);
    let pool = pool.connect_lazy_with(first);
    let watch = Watch::new(pool.clone(), each, target);
    Ok(Database { pool, watch })
}

/// A pooler in between refuses settings of a session that it does not know, so none are given.
fn named(one: PgConnectOptions, options: PoolOptions) -> PgConnectOptions {
    one.application_name(options.application)
        .extra_float_digits(None)
}

/// Refuses a connection to a host that is not wanted.
async fn refuse_others(conn: &mut PgConnection, target: Target) -> sqlx::Result<()> {
    let role = Role::of(conn).await?;
    if role.suits(target) {
        return Ok(());
    }
    let what = format!("not the host that DATABASE_URL wants: {}", role.in_words());
    Err(sqlx::Error::Configuration(what.into()))
}

/// A connection that goes back to its pool only when its work was done to the end.
///
/// Whoever is dropped in the middle of a COPY leaves answers of Postgres unread on the connection,
/// and the next borrower would take them for its own. One that was refused may be bound to settings or
/// rights that have changed since. So an unfinished connection is closed.
pub(crate) struct DedicatedConn {
    conn: PoolConnection<Postgres>,
    finished: bool,
}

impl DedicatedConn {
    /// Borrows a connection.
    pub(crate) async fn acquire(pool: &PgPool) -> Result<Self, StoreError> {
        match pool.acquire().await {
            Ok(conn) => Ok(Self {
                conn,
                finished: false,
            }),
            Err(sqlx::Error::PoolTimedOut) => Err(why_none(pool).await.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// The connection.
    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.conn
    }

    /// Gives the connection back as good.
    pub(crate) fn finish(mut self) {
        self.finished = true;
    }
}

/// Why a pool gives no connection: it keeps trying while Postgres refuses all, and then names time alone.
async fn why_none(pool: &PgPool) -> sqlx::Error {
    let options = pool.connect_options();
    let connected = timeout(PROBE_PATIENCE, options.connect()).await;
    match connected {
        Ok(Err(error)) => error,
        Ok(Ok(conn)) => {
            // It was opened to see whether it can be; how it closes tells nothing.
            drop(conn.close().await);
            sqlx::Error::PoolTimedOut
        }
        Err(_elapsed) => sqlx::Error::PoolTimedOut,
    }
}

impl Drop for DedicatedConn {
    fn drop(&mut self) {
        if !self.finished {
            self.conn.close_on_drop();
        }
    }
}

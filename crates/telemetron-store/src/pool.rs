//! Connections: bounded in number and in how long anything may take.

use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool, Postgres};
use tokio::time::timeout;

use crate::StoreError;

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

/// Makes a pool. Nothing is connected yet: a database that is away shows in the first query.
///
/// # Errors
/// When the URL is no Postgres URL.
pub fn connect(url: &SecretString, options: PoolOptions) -> Result<PgPool, StoreError> {
    let millis = |limit: Duration| format!("{}ms", limit.as_millis());
    let connect = PgConnectOptions::from_str(url.expose_secret())?
        .application_name(options.application)
        .options([
            ("statement_timeout", millis(options.statement_timeout)),
            ("lock_timeout", millis(Duration::from_secs(10))),
            (
                "idle_in_transaction_session_timeout",
                millis(Duration::from_secs(30)),
            ),
            ("tcp_keepalives_idle", "10".to_owned()),
            ("tcp_keepalives_interval", "5".to_owned()),
            ("tcp_keepalives_count", "3".to_owned()),
        ]);
    Ok(PgPoolOptions::new()
        .max_connections(options.max_connections)
        .acquire_timeout(options.acquire_timeout)
        .connect_lazy_with(connect))
}

/// A connection that goes back to its pool only when its work was done to the end.
///
/// Whoever is dropped in the middle of a COPY leaves answers of Postgres unread on the connection,
/// and the next borrower would take them for its own. One that was refused may be bound to settings or
/// rights that have changed since. So an unfinished connection is closed.
pub(crate) struct Whole {
    conn: PoolConnection<Postgres>,
    finished: bool,
}

impl Whole {
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

impl Drop for Whole {
    fn drop(&mut self) {
        if !self.finished {
            self.conn.close_on_drop();
        }
    }
}

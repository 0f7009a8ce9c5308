//! Connections: bounded in number and in how long anything may take.

use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool, Postgres};

use crate::StoreError;

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
/// and the next borrower would take them for its own. So an unfinished connection is closed.
pub(crate) struct Whole {
    conn: PoolConnection<Postgres>,
    finished: bool,
}

impl Whole {
    /// Borrows a connection.
    pub(crate) async fn acquire(pool: &PgPool) -> Result<Self, StoreError> {
        Ok(Self {
            conn: pool.acquire().await?,
            finished: false,
        })
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

impl Drop for Whole {
    fn drop(&mut self) {
        if !self.finished {
            self.conn.close_on_drop();
        }
    }
}

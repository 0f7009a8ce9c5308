//! Connections: bounded in number and in how long anything may take.

use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

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

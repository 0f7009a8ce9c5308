//! What every connection is told when it is made, and what it is asked.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection, Row as _};
use tokio::time::timeout;

use super::url::Target;

/// Longest that a host may take to say what it is.
const ANSWERING: Duration = Duration::from_secs(3);

/// Bounds how long anything may take on a connection.
///
/// They are set rather than given at the start of the connection, since a pooler in between
/// refuses what it does not know there.
pub(crate) async fn limit(conn: &mut PgConnection, statement: Duration) -> sqlx::Result<()> {
    let settings = format!(
        "SET statement_timeout = '{}ms'; SET lock_timeout = '10s';
         SET idle_in_transaction_session_timeout = '30s';
         SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3",
        statement.as_millis()
    );
    // Nothing in it comes from anybody else.
    let settings = sqlx::raw_sql(sqlx::AssertSqlSafe(settings));
    settings.execute(conn).await.map(drop)
}

/// What a host is for those who look for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Role {
    follows: bool,
    read_only: bool,
}

impl Role {
    /// Asks a host.
    pub(super) async fn of(conn: &mut PgConnection) -> sqlx::Result<Self> {
        let asked = sqlx::raw_sql(
            "SELECT pg_is_in_recovery()::text, current_setting('transaction_read_only')",
        );
        let answer = timeout(ANSWERING, asked.fetch_one(conn)).await;
        let row = answer.map_err(|_| sqlx::Error::PoolTimedOut)??;
        Ok(Self {
            follows: row.try_get::<String, _>(0)? == "true",
            read_only: row.try_get::<String, _>(1)? == "on",
        })
    }

    /// Whether it is what is wanted.
    pub(super) const fn suits(self, target: Target) -> bool {
        match target {
            Target::Any | Target::PreferStandby => true,
            Target::ReadWrite => !self.follows && !self.read_only,
            Target::ReadOnly => self.follows || self.read_only,
            Target::Standby => self.follows,
        }
    }

    /// Whether a better one may be found elsewhere.
    pub(super) const fn is_second_best(self, target: Target) -> bool {
        matches!(target, Target::PreferStandby) && !self.follows
    }

    /// What it is, for people.
    pub(super) const fn in_words(self) -> &'static str {
        match self {
            Self { follows: true, .. } => "it is a standby",
            Self {
                read_only: true, ..
            } => "it is read-only",
            Self { .. } => "it is a primary",
        }
    }
}

/// Whether what is sent on a connection is encrypted, as far as Postgres knows.
pub(super) async fn is_encrypted(conn: &mut PgConnection) -> sqlx::Result<bool> {
    let asked = "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = sqlx::raw_sql(asked).fetch_optional(conn).await?;
    let encrypted = row.map(|row| row.try_get::<String, _>(0)).transpose()?;
    Ok(encrypted.as_deref() == Some("true"))
}

/// Whether one connection is served by several sessions in turn: a pooler in transaction mode.
///
/// While `other` holds a session with a transaction, `one` must neither lose nor share its own.
pub(super) async fn is_shared(
    one: &mut PgConnection,
    other: &mut PgConnection,
) -> sqlx::Result<bool> {
    let mine = session_of(one).await?;
    sqlx::raw_sql("BEGIN").execute(&mut *other).await?;
    let theirs = session_of(other).await?;
    let still_mine = session_of(one).await?;
    sqlx::raw_sql("ROLLBACK").execute(&mut *other).await?;
    Ok(mine == theirs || mine != still_mine)
}

async fn session_of(conn: &mut PgConnection) -> sqlx::Result<String> {
    // The simple protocol: a prepared statement may be unknown to the next session already.
    let row = sqlx::raw_sql("SELECT pg_backend_pid()::text")
        .fetch_one(conn)
        .await?;
    row.try_get(0)
}

/// Closes a connection that was made for a question, without waiting for long.
pub(super) async fn leave(conn: PgConnection) {
    // Closing in order is polite only; the other end notices either way.
    let _ = timeout(ANSWERING, conn.close()).await;
}

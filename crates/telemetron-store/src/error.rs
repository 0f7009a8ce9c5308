//! Errors of the store: transient ones are tried again, permanent ones never help.

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

/// Why a statement did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Trying again may help: a lost connection, a deadlock, a full disk, a shutdown.
    #[error("the database is not available now: {0}")]
    Transient(#[source] sqlx::Error),
    /// Trying again never helps: the database refuses the data or the statement.
    #[error("the database refuses: {0}")]
    Permanent(#[source] sqlx::Error),
    /// A partition is missing for rows of this batch; it is about to be made.
    #[error("a partition is missing: {0}")]
    MissingPartition(#[source] sqlx::Error),
    /// Another consumer moved the offsets: this one has lost its partitions.
    #[error("offsets of {0} were moved by another consumer")]
    Fenced(String),
    /// A row of the same key was inserted by another consumer at the same moment.
    #[error("another consumer inserted the same row; the batch is tried again")]
    Raced,
    /// A row holds what this version cannot read.
    #[error("a row of `{table}` cannot be read: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The migrations do not fit the database.
    #[error("migrations: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl StoreError {
    /// Whether the same call may succeed later.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Transient(_) | Self::MissingPartition(_) | Self::Raced
        )
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refusal) => match class_of(refusal.as_ref()) {
                Class::Transient => Self::Transient(error),
                Class::MissingPartition => Self::MissingPartition(error),
                Class::Raced => Self::Raced,
                Class::Permanent => Self::Permanent(error),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed
            | sqlx::Error::Protocol(_) => Self::Transient(error),
            _ => Self::Permanent(error),
        }
    }
}

enum Class {
    Transient,
    MissingPartition,
    Raced,
    Permanent,
}

/// SQLSTATE classes 08 (connection), 25 (a transaction that timed out idle), 40 (rollback),
/// 53 (resources), 55 (locks), 57 (operator) pass; so does a missing partition, which Postgres
/// reports as 23514 without naming a constraint.
fn class_of(refusal: &dyn DatabaseError) -> Class {
    let state = refusal
        .try_downcast_ref::<PgDatabaseError>()
        .map_or("", PgDatabaseError::code);
    if state == "23514" && refusal.constraint().is_none() {
        return Class::MissingPartition;
    }
    // A key that was absent when the batch looked: the next try finds it.
    if state == "23505" {
        return Class::Raced;
    }
    let passing = ["08", "25", "40", "53", "55", "57"];
    if passing.iter().any(|class| state.starts_with(class)) {
        Class::Transient
    } else {
        Class::Permanent
    }
}

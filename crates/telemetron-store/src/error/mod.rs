//! Errors of the store, told apart by whose they are: the record's, the environment's or ours.

mod owner;

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

pub use owner::Owner;
use owner::advice;

/// Why a statement did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something around the database must pass or be put right: a lost connection, a full disk, a
    /// missing right. The same call succeeds afterwards. The text says what to do, where somebody must.
    #[error("the database cannot be used now: {}{}", .0, advice(.0))]
    Environment(#[source] sqlx::Error),
    /// The database refuses the data of a record, and always will.
    #[error("the database refuses: {0}")]
    Record(#[source] sqlx::Error),
    /// A partition is missing for rows of this batch; it is about to be made.
    #[error("a partition is missing: {0}")]
    MissingPartition(#[source] sqlx::Error),
    /// Another consumer moved the offsets: this one has lost its partitions.
    #[error("offsets of {0} were moved by another consumer")]
    Fenced(String),
    /// An operator wants records of this batch skipped.
    #[error("{} records of the batch are to be skipped", .0.len())]
    Skip(Vec<crate::write::Skip>),
    /// A row of the same key was inserted by another consumer at the same moment.
    #[error("another consumer inserted the same row: {0}")]
    Raced(#[source] sqlx::Error),
    /// A row holds what this version cannot read.
    #[error("a row of `{table}` cannot be read by this version: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The answer to a query is not what this version reads.
    #[error("the answer of the database cannot be read by this version: {0}")]
    Unreadable(#[source] sqlx::Error),
    /// A record cannot be written as a row.
    #[error("a row cannot be written: {0}")]
    Encode(#[from] serde_json::Error),
    /// The migrations do not fit the database.
    #[error("migrations: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl StoreError {
    /// Whose the error is.
    pub const fn owner(&self) -> Owner {
        match self {
            Self::Record(_) | Self::Encode(_) => Owner::Record,
            Self::Corrupt { .. } | Self::Unreadable(_) => Owner::Ours,
            Self::Environment(_)
            | Self::MissingPartition(_)
            | Self::Fenced(_)
            | Self::Skip(_)
            | Self::Raced(_)
            | Self::Migrate(_) => Owner::Environment,
        }
    }

    /// Postgres' code for it, where it comes from Postgres.
    pub fn sqlstate(&self) -> Option<String> {
        let (Self::Environment(error)
        | Self::Record(error)
        | Self::MissingPartition(error)
        | Self::Raced(error)) = self
        else {
            return None;
        };
        let refusal = error.as_database_error()?;
        Some(refusal.code()?.into_owned())
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refusal) => class_of(refusal.as_ref())(error),
            sqlx::Error::Decode(_)
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::TypeNotFound { .. } => Self::Unreadable(error),
            _ => Self::Environment(error),
        }
    }
}

/// What an error of Postgres becomes.
fn class_of(refusal: &dyn DatabaseError) -> fn(sqlx::Error) -> StoreError {
    let state = refusal
        .try_downcast_ref::<PgDatabaseError>()
        .map_or("", PgDatabaseError::code);
    match state {
        // A missing partition comes as a check that fails without the name of a constraint.
        "23514" if refusal.constraint().is_none() => StoreError::MissingPartition,
        // A key that was absent when the batch looked: the next try finds it.
        "23505" => StoreError::Raced,
        state if owner::is_of_the_data(state) => StoreError::Record,
        _ => StoreError::Environment,
    }
}

//! Errors of the Oracle.

/// Why the Oracle cannot be made, or a source does not tell.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A Kafka client refuses its configuration, or the cluster does not answer.
    #[error(transparent)]
    Kafka(#[from] telemetron_kafka::Error),
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] telemetron_store::StoreError),
    /// A source is not there, or says no; the sentence tells what would change that.
    #[error("{0}")]
    Absent(String),
    /// Nobody wants a source asked, or nobody says where it is; the sentence tells what would
    /// change that.
    #[error("{0}")]
    Off(String),
    /// The published schema cannot be read, which only a damaged build can cause.
    #[error("the published schema is no JSON Schema: {0}")]
    Schema(String),
}

impl Error {
    /// The same once more, for whoever is told again and again.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Off(why) => Self::Off(why.clone()),
            other => Self::Absent(other.to_string()),
        }
    }
}

//! What can go wrong in the frame around the services.

use std::path::PathBuf;
use std::time::Duration;

/// Any error a service ends with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a process could not start, or did not end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A service ended with an error.
    #[error("{service} failed: {source}")]
    Failed {
        /// The service.
        service: &'static str,
        /// What it ended with.
        source: BoxError,
    },

    /// A service panicked.
    #[error("{service} panicked: {message}")]
    Panicked {
        /// The service.
        service: &'static str,
        /// What the panic said.
        message: String,
    },

    /// Services were still running when the grace period was over.
    #[error("{services} did not stop within {grace:?}")]
    DidNotDrain {
        /// Their names.
        services: String,
        /// How long they were given.
        grace: Duration,
    },

    /// Signals cannot be listened to.
    #[error("cannot listen to signals: {0}")]
    Signals(#[source] std::io::Error),

    /// The log filter cannot be understood.
    #[error(
        "`{filter}` is no log filter ({reason}); use a level such as info, or targets such as telemetron=debug,info"
    )]
    LogFilter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },

    /// A log level that is none.
    #[error(
        "`{0}` is no log level: use error, warn, info, debug, trace or off, or levels by target such as telemetron=debug,info"
    )]
    LogLevel(String),

    /// Logging was initialised before.
    #[error("logging is already initialised")]
    LoggingTwice,

    /// A metric could not be written as text.
    #[error("cannot render metrics: {0}")]
    Metrics(#[from] std::fmt::Error),

    /// The configuration file cannot be read.
    #[error("cannot read the configuration file {}: {source}", path.display())]
    ConfigUnreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },

    /// The configuration file, or something in it, cannot be used.
    #[error("{}: {reason}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong, naming the key.
        reason: String,
    },
}

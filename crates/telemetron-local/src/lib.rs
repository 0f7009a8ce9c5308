//! A private Apache Kafka and a private Postgres, run as child processes.
//!
//! `telemetron up` and the tests use the same broker and the same database as production, without
//! anything installed as a service: [`LocalKafka`] runs Apache Kafka as one KRaft node from a
//! folder of jars, [`LocalPostgres`] runs the installed Postgres on a Unix socket. Each keeps its
//! data in a directory and can be started again on it, also after `kill -9`: a child that the
//! previous owner left behind is found by process id and kernel start time, and stopped.
//!
//! [`DataDir`] makes sure that a data directory has one owner, and [`Endpoints`] tells other
//! processes where the running platform is. [`RunLog`] notes how each run ends, for the next start.

mod data_dir;
mod endpoints;
mod error;
mod files;
mod kafka;
mod logs;
mod postgres;
mod process;
mod random;
mod run_note;
mod service;

pub use data_dir::{DATA_DIR_VARIABLE, DataDir};
pub use endpoints::Endpoints;
pub use error::Error;
pub use kafka::{KafkaJars, KafkaOptions, LocalKafka, SecureListener};
pub use postgres::{LocalPostgres, PostgresOptions};
pub use process::ProcessId;
pub use run_note::{LastRun, RunLog, RunNote};

//! The Oracle: state of the whole system, and what is wrong with it.
//!
//! ```text
//!  store, Kafka, Kubernetes, LiteLLM, Ollama ──collect (side by side)──▶ hub: facts
//!                    facts ──assemble──▶ state ──rules──▶ findings ──lifecycle──▶ issues
//!                                          └────────── leader (advisory lock) ──▶ memory
//! ```
//!
//! Invariants: rules and assembly are pure functions of facts; a source that is away is told to be
//! absent and why, and nothing is made up in its place; a source that hangs delays nobody; no SQL
//! here; one process at a time writes the memory.

mod assemble;
mod collect;
mod config;
mod error;
mod facts;
mod hub;
mod issues;
mod leader;
mod lifecycle;
mod measures;
mod observation;
mod pace;
pub mod schema;
mod service;
mod settled;
mod source_health;
mod system_snapshot;
pub mod text;
mod thresholds;
mod words;

pub use collect::kafka::Backlog;
pub use config::{Discovery, OracleConfig, Switch};
pub use error::Error;
pub use facts::Waiting;
pub use service::{Handle, Oracle};
pub use system_snapshot::SystemSnapshot;
pub use thresholds::Thresholds;

//! The store: Postgres, and every SQL statement that Telemetron runs.
//!
//! ```text
//!  consumer ──▶ write::Batch ──▶ write::apply ──┐ one transaction: rows, roll-ups, offsets, ledger
//!                                               ▼
//!                                           Postgres ◀── partitions, retention (advisory lock)
//!                                               ▲
//!  api, oracle, cli ──▶ read::* ────────────────┤ keyset pages, payloads only when asked for
//!  operators        ──▶ skip, replay ───────────┤ past a record, or a dead letter sent again
//!  one API process  ──▶ memory ─────────────────┘ the Oracle's snapshots, by who leads
//! ```
//!
//! Invariants: no other crate holds SQL; only the consumer calls [`mod@write`]; [`read`] changes nothing;
//! rows of a trace lie in the partitions of its day; of a failed statement, [`StoreError::owner`] says
//! whose the error is.

// First, for its lists of columns.
#[macro_use]
mod tables;

mod copy;
mod error;
pub mod memory;
mod migrate;
pub mod partitions;
mod payload;
mod pool;
pub mod read;
mod refused;
pub mod replay;
pub mod retention;
pub mod skip;
pub mod write;

pub use error::{Owner, StoreError};
pub use migrate::migrate;
pub use payload::{compress, decompress};
pub use pool::{Database, PoolOptions, Watch, connect};
pub use sqlx::PgPool;

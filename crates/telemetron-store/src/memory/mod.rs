//! What the Oracle remembers: states when something changed, and the life of issues.
//!
//! One process writes at a time: the one whose connection holds the advisory lock. Everybody reads,
//! and those that do not hold it answer by what that one knows now ([`current()`]).
//! A snapshot is read as a [`Frame`]; opening one takes the processor some milliseconds, and whoever
//! reads several decides where that happens.

mod current;
mod snapshots;
mod timeline;
mod writer;

use telemetron_model::Timestamp;
use telemetron_view::oracle::{Issue, SystemState};

use crate::StoreError;

pub use current::{Current, current};
pub use snapshots::{Frame, at, first, frames, history};
pub use timeline::timeline;
pub use writer::{Candidacy, Candidate, SnapshotWriter, open_issues};

/// A state and what was wrong then.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// When it was taken.
    pub taken_at: Timestamp,
    /// Its shape.
    pub shape: u64,
    /// The state.
    pub state: SystemState,
    /// The issues that were open.
    pub issues: Vec<Issue>,
}

const SNAPSHOTS: &str = "oracle_snapshots";

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| corrupt(SNAPSHOTS, error))
}

fn parsed<T: serde::de::DeserializeOwned>(
    table: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(table, error))
}

fn corrupt(table: &'static str, reason: impl ToString) -> StoreError {
    StoreError::Corrupt {
        table,
        reason: reason.to_string(),
    }
}

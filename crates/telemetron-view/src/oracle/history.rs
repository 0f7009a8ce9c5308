//! What was: snapshots, differences, and the life of issues.

use serde::{Deserialize, Serialize};

use super::{Change, Issue};
use telemetron_model::Rfc3339;
use telemetron_model::record::Severity;
use telemetron_model::text_enum;

/// One snapshot that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryEntry {
    /// When it was taken; `?at=` this instant gives it.
    pub taken_at: Rfc3339,
    /// The `id` of the state.
    pub id: String,
    /// Agents at that time.
    pub agents: i64,
    /// Pods.
    pub pods: i64,
    /// Tasks that waited.
    pub tasks: i64,
    /// Models.
    pub models: i64,
    /// Issues that were open.
    pub issues: i64,
}

/// What changed between two moments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiffReport {
    /// When the earlier snapshot was taken.
    pub from: Rfc3339,
    /// When the later one was taken.
    pub to: Rfc3339,
    /// What changed in the state; clocks do not count.
    pub changes: Vec<Change>,
    /// Changes that are left out because there are too many.
    pub omitted: i64,
    /// What became of issues in between, earliest first.
    pub issues: Vec<TimelineItem>,
}

text_enum! {
    /// What became of an issue.
    pub enum IssueChange {
        /// It was not there before.
        Opened = 1 => "opened",
        /// It became worse or better.
        Changed = 2 => "changed",
        /// It is gone, or nobody can tell any more whether it is (`issue.unchecked` says why).
        Resolved = 3 => "resolved",
    }
}

/// One moment in the life of an issue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelineItem {
    /// When.
    pub at: Rfc3339,
    /// What became of it.
    pub change: IssueChange,
    /// How bad it was before, when that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Severity>,
    /// The issue as it was then.
    pub issue: Issue,
}

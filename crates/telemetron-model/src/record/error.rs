//! Errors: what failed, how bad it is, and whether trying again helps.

use serde::{Deserialize, Serialize};

use crate::id::{SpanId, TraceId};
use crate::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// Where a failure comes from (contract C-7).
    pub enum ErrorCategory {
        /// A language model or its provider.
        Llm = 1 => "llm",
        /// An agent's own logic.
        Agent = 2 => "agent",
        /// A tool.
        Tool = 3 => "tool",
        /// Passing work on.
        Handoff = 4 => "handoff",
        /// Data of the wrong form.
        Validation = 5 => "validation",
        /// Something took too long.
        Timeout = 6 => "timeout",
        /// Memory, disk, quota or a missing thing.
        Resource = 7 => "resource",
        /// The network.
        Network = 8 => "network",
        /// Configuration or credentials.
        Config = 9 => "config",
        /// Nothing says where from.
        Unknown = 10 => "unknown",
    }
}

text_enum! {
    /// How bad something is.
    pub enum Severity {
        /// For reading along.
        Debug = 1 => "debug",
        /// Normal.
        Info = 2 => "info",
        /// Worth a look.
        Warning = 3 => "warning",
        /// Something failed.
        Error = 4 => "error",
        /// Everything stands still.
        Critical = 5 => "critical",
    }
}

/// Why a span or trace failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorInfo {
    /// The type of the error, of low cardinality.
    #[serde(rename = "type", default = "unknown_type")]
    pub error_type: String,
    /// What it says.
    #[serde(default)]
    pub message: String,
    /// Where it was raised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<ErrorCategory>,
    /// How bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Whether trying again may help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
}

/// A failure as a record of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorRecord {
    /// Its id; a hash of the content when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_id: Option<String>,
    /// The trace.
    pub trace_id: TraceId,
    /// The span that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span_id: Option<SpanId>,
    /// The agent at work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// That agent's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<String>,
    /// The type of the error, of low cardinality.
    #[serde(default = "unknown_type")]
    pub error_type: String,
    /// What it says.
    #[serde(default)]
    pub message: String,
    /// Where it was raised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// Where it comes from; classified from type and message when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<ErrorCategory>,
    /// How bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Whether trying again may help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
    /// How often it has been tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<i32>,
    /// What may help.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggested_fixes: Vec<String>,
    /// When.
    pub timestamp: Timestamp,
}

fn unknown_type() -> String {
    "_OTHER".to_owned()
}

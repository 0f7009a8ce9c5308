//! What went wrong with a request (RFC 9457).

use serde::{Deserialize, Serialize};

/// The body of every answer that is an error, as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// What sort of problem: a name that stays the same.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// The sort of problem, in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A sentence that says what to change.
    pub detail: String,
    /// The parameter or field that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

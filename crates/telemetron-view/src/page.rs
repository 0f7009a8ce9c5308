//! Lists, and how fresh an answer is.

use serde::{Deserialize, Serialize};

use telemetron_model::Rfc3339;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// The `cursor` of the next page; `null` on the last one.
    pub next: Option<String>,
    /// How fresh the answer is.
    #[serde(flatten)]
    pub freshness: Freshness,
}

/// How fresh an answer is: every record that the broker took before `as_of` is in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Freshness {
    /// Broker time of the oldest record that is not stored yet, or the present when none waits.
    pub as_of: Option<Rfc3339>,
    /// What waits; `null` when it is not known.
    pub lag: Option<Lag>,
    /// Why `lag` is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag_reason: Option<String>,
}

/// What waits in Kafka to be stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lag {
    /// Records that wait.
    pub records: i64,
    /// How long the oldest of them has waited.
    pub seconds: f64,
}

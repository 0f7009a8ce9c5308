//! Records that could not be folded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Freshness;
use telemetron_model::{RawJson, Rfc3339};

/// A record that could not be folded, by its origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeadLetterView {
    /// Its id here.
    pub id: i64,
    /// The Kafka cluster it came from.
    pub cluster_id: String,
    /// The topic it stood in.
    pub topic: String,
    /// The partition it stood in.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// When the broker took it.
    pub broker_time: Rfc3339,
    /// When it was rejected.
    pub rejected_at: Rfc3339,
    /// Why, as a word.
    pub code: String,
    /// Why, as a sentence that says what to change.
    pub reason: String,
    /// Its `schema` header.
    pub schema: Option<String>,
    /// Its key.
    pub key: Option<String>,
    /// Size of its value.
    pub value_bytes: i32,
    /// What of it was too large to be kept, with size and hash; such a record cannot be sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
    /// Head of its value, with what cannot be shown escaped.
    pub excerpt: String,
    /// How often it was sent again.
    pub replays: i32,
    /// When it was sent again last.
    pub replayed_at: Option<Rfc3339>,
}

/// A dead letter with the record itself, as the dead-letter topic holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeadLetterDetail {
    /// What lists show of it.
    pub dead_letter: DeadLetterView,
    /// Its headers, as text.
    pub headers: BTreeMap<String, String>,
    /// Its value, when it is JSON.
    pub value_json: Option<RawJson>,
    /// Its value as text, when it is no JSON but UTF-8.
    pub value_text: Option<String>,
    /// Its value in base64, when it is no text either.
    pub value_base64: Option<String>,
    /// Why the record cannot be shown, and where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<String>,
    /// How fresh the answer is.
    #[serde(flatten)]
    pub freshness: Freshness,
}

/// A dead letter was sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Replayed {
    /// Its id.
    pub id: i64,
    /// The topic it was sent to.
    pub topic: String,
    /// The partition it was sent to.
    pub partition: i32,
    /// Its new offset there.
    pub offset: i64,
    /// How often it has been sent again by now.
    pub replays: i32,
}

//! The live stream: what its frames say.

use serde::{Deserialize, Serialize};

use telemetron_model::record::{Record, Schema};
use telemetron_model::text_enum;
use telemetron_model::{RawJson, Rfc3339};

text_enum! {
    /// What a live record is.
    pub enum LiveKind {
        /// A span, at its start or its end.
        Span = 1 => "span",
        /// An event.
        Event = 2 => "event",
        /// A handoff.
        Handoff = 3 => "handoff",
        /// A trace, opened or completed.
        Trace = 4 => "trace",
        /// An error.
        Error = 5 => "error",
        /// A metric point.
        Metric = 6 => "metric",
        /// An agent and how it is.
        Agent = 7 => "agent",
        /// A task and how far it is.
        Task = 8 => "task",
    }
}

impl From<&Record> for LiveKind {
    fn from(record: &Record) -> Self {
        match record.schema() {
            Schema::Span => Self::Span,
            Schema::Event => Self::Event,
            Schema::Handoff => Self::Handoff,
            Schema::Trace => Self::Trace,
            Schema::Error => Self::Error,
            Schema::Metric => Self::Metric,
            Schema::Agent => Self::Agent,
            Schema::Task => Self::Task,
        }
    }
}

/// What the platform sends over WebSocket, and as `data` over Server-Sent Events.
///
/// A flat form of all frames: `type` says which of the other fields are there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LiveFrame {
    /// `record`, `lagged`, `resync`, `delivery`, `subscription_updated`, `pong` or `error`.
    #[serde(rename = "type")]
    pub frame_type: String,
    /// Of a record: where the stream stands after it. Come back with it to miss nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Of a record: what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<LiveKind>,
    /// Of a record: the record, with payloads cut to a preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<RawJson>,
    /// Of `lagged`: how many records the client was too slow for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<u64>,
    /// Of `delivery`: whether records are delivered. While they are not, silence means nothing; what
    /// comes meanwhile is sent later. Sent at every change, and to who begins to listen meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivering: Option<bool>,
    /// Of `resync` and `error`: what happened and what to do. Of `delivery`: why nothing is delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What happened of late, for who begins to listen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecentRecords {
    /// The latest records that are wanted, in the order in which they came: frames of the stream.
    pub items: Vec<LiveFrame>,
    /// Where the stream stands behind them: listen from here on, and nothing is missed or doubled.
    pub cursor: String,
    /// Broker time from which on all is kept: about five minutes ago, later when a lot happens.
    pub since: Rfc3339,
    /// Whether earlier ones are kept too: a larger `limit` gives them.
    pub more: bool,
}

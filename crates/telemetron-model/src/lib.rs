//! Telemetron's records and what is true of them: ids, times, the fold, the error classes.
//!
//! ```text
//!  bytes of Kafka ──decode──▶ Record ──fold──▶ rows of the store
//!  (value, schema, key)          ▲
//!  SDK, gateway, import ─────────┘  to_json, key, schema().topic()
//! ```
//!
//! Invariants: no I/O, nothing async, none of our other crates. `decode` never panics, whatever
//! the bytes. The fold is a join: any order and any repetition of records gives the same state.

pub mod bounds;
pub mod classify;
pub mod conversation;
pub mod cost;
pub mod cut;
pub mod decode;
mod entries;
pub mod fold;
pub mod id;
pub mod json;
pub mod links;
pub mod model_name;
#[cfg(feature = "openapi")]
mod openapi;
pub mod record;
pub mod same;
pub mod search;
mod text_enum;
pub mod time;
pub mod topic;
pub mod weight;

pub use cost::NanoUsd;
pub use entries::Entries;
pub use id::{SpanId, TraceId};
pub use json::RawJson;
pub use text_enum::UnknownWord;
pub use time::{Rfc3339, Timestamp};

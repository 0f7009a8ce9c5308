//! Telemetron on Kafka: everything that talks to a broker, and nothing that talks to anything else.
//!
//! ```text
//!            Producer ──▶ six record topics ──▶ Source ──▶ consumer (offsets from its database)
//!  SDK, gateway, import        │       └─────▶ Tail ────▶ API (live)
//!                              │
//!            Producer ──▶ dead letters ──▶ DeadLetters ──▶ list, show, replay
//! ```
//!
//! Invariants: topics are named by [`TopicNames`] alone, so that a prefix isolates one platform
//! from another on a shared cluster; offsets come from the caller's [`OffsetStore`] and never from
//! Kafka; nothing seeks after an assignment; what blocks runs on threads of its own; every client that
//! lives long is watched (`vigil`) and made anew when it delivers nothing while the cluster answers
//! others.

pub mod admin;
#[cfg(feature = "clap")]
mod args;
mod asker;
mod backlog;
mod clients;
mod config;
mod context;
pub mod dead_letter;
mod error;
mod headers;
mod lag;
mod message;
mod producer;
mod queues;
mod source;
mod tail;
mod topic_ids;
mod topics;
mod variables;
mod vigil;
mod watermarks;

#[cfg(feature = "clap")]
pub use args::KafkaArgs;
pub use backlog::{Backlog, Progress};
pub use clients::{ClientReport, Clients};
pub use config::{KafkaConfig, Sasl, Security, Tls};
pub use error::{Error, SendError, SourceError};
pub use headers::Headers;
pub use lag::TopicEnds;
pub use message::Message;
pub use producer::{
    Batch, Compression, Delivered, Outgoing, Producer, ProducerOptions, ProducerStats,
    RenewingProducer,
};
pub use queues::{QueueRecord, QueueTopic, Queues};
pub use source::{
    AssignedPartition, Cluster, CommittedOffsets, OffsetCopies, OffsetError, OffsetStore, Replaced,
    RevokeAck, Source, SourceEvent, SourceOptions, StoredOffset, TopicId,
};
pub use tail::{Tail, TailEvent, TailStart};
pub use topics::TopicNames;
pub use variables::VariableError;
pub use watermarks::Watermarks;

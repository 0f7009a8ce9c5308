//! OpenTelemetry to records and back.
//!
//! ```text
//!  protobuf · JSON ─▶ wire ─▶ proto messages ─▶ traces · logs · metrics ─▶ Mapped { records, rejected }
//!                                                   │
//!                            Attributes ─▶ dialect::read ─▶ SemanticFields ─▶ price
//! ```
//!
//! Pure functions: no clock, no I/O. The same bytes give the same records, byte for byte, so that a
//! request that is sent again changes nothing.

pub mod attributes;
mod bounds;
mod carried;
pub mod claude_hooks;
mod cut;
pub mod dialect;
pub mod encode;
pub mod logs;
mod mapped;
pub mod metrics;
mod origin;
mod plain;
pub mod price;
mod reserved;
mod source;
pub mod traces;
pub mod via;
pub mod wire;

pub use attributes::Attributes;
pub use mapped::{Mapped, Rejected, Rejections, Sink};
pub use opentelemetry_proto::tonic as proto;
pub use price::Prices;
pub use source::SpanSource;

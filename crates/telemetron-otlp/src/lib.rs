//! OpenTelemetry to records and back.
//!
//! ```text
//!  protobuf · JSON ─▶ wire ─▶ proto messages ─▶ traces · logs · metrics ─▶ Mapped { records, rejected }
//!                                                   │
//!                            Attributes ─▶ dialect::read ─▶ Reading ─▶ price
//! ```
//!
//! Pure functions: no clock, no I/O. The same bytes give the same records, byte for byte, so that a
//! request that is sent again changes nothing.

pub mod attributes;
pub mod dialect;
pub mod price;
mod source;

pub use attributes::Attributes;
pub use opentelemetry_proto::tonic as proto;
pub use price::Prices;
pub use source::SpanSource;

//! Takes in OpenTelemetry over gRPC and HTTP, and hands it to Kafka.
//!
//! ```text
//!  4317 ─┐                    inflate ─▶ decode ─▶ map ─▶ encode       room reserved
//!  4318 ─┴▶ route ─▶ read ──▶ └──────── intake::prepare ────────┘ ──▶ delivery ──▶ Kafka
//!            │       (bounded)                                            │ all acknowledged
//!            └◀──────────────── answer: in the request's own encoding ◀───┘
//!
//!  /hooks/claude-code ─▶ hooks ─▶ records ──────────────────────────────▶ delivery
//!
//!  Kafka ─▶ forward ─▶ another endpoint of OTLP, at its own pace
//! ```
//!
//! Invariants: a request is answered well only after Kafka has acknowledged every record of it; room
//! for all of them is reserved before the first is produced; bodies, bytes in flight, requests and
//! what waits for Kafka are bounded; statuses are chosen in `refusal.rs` alone.

mod admission;
mod answer;
mod config;
mod delivery;
mod forward;
mod hooks;
mod identity;
mod intake;
mod metrics;
mod origin;
mod probes;
mod refusal;
mod router;
mod server;
mod signal;
mod state;

#[cfg(test)]
mod tests;

pub use config::{ForwardConfig, GatewayConfig};
pub use forward::{Lane, WrongTarget};
pub use server::{Doors, Gateway, ServeError};

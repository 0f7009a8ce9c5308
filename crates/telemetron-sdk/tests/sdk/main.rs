//! What the SDK emits, seen by a sink in memory, and once through a real Kafka.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where something is not as it should be, in its helpers too"
)]

mod agents;
mod current;
mod emission;
mod environment;
mod kafka;
mod spans;
mod support;
mod traces;

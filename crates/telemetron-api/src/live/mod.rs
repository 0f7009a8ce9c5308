//! The live stream: Kafka's tail, kept for five minutes, handed to whoever listens.
//!
//! ```text
//!  Tail ──▶ pump ──▶ Frame (serialised once) ──▶ Ring ──▶ a bounded queue per subscriber
//!                                                 └─ backlog for those who come back
//! ```
//!
//! Invariants: publishing never waits; a subscriber that is too slow loses frames, is told how
//! many, and nobody else notices; a cursor names offsets of Kafka, so that it outlives a process.

mod filter;
mod frame;
pub(crate) mod hub;
pub(crate) mod message;
mod position;
mod preview;
mod pump;
mod ring;
mod subscriber;
mod words;

pub(crate) use filter::Filter;
pub(crate) use frame::Frame;
pub(crate) use hub::{Hub, Limits};
pub(crate) use position::{NoPosition, Position};
pub(crate) use pump::{TailState, pump};
pub(crate) use subscriber::{Subscriber, Update};
pub(crate) use words::{Word, Words};

#[cfg(test)]
mod tests;

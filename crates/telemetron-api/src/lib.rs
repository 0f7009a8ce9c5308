//! The HTTP API: what is stored, what happens now, and how the platform is.
//!
//! ```text
//!  request ──▶ extractors (validate) ──▶ handler ──▶ telemetron_store::read ──▶ view, as JSON
//!                       └────────── ApiError ──────────▶ application/problem+json
//!  POST /mcp ──▶ mcp ──▶ the routes, asked in this process
//!  Kafka ──▶ tail ──▶ live hub ──▶ WebSocket, Server-Sent Events
//!  Kafka, Postgres ──▶ watcher (each second) ──▶ as_of, lag, readiness
//! ```
//!
//! Invariants: no SQL here; statuses are chosen in `error.rs` alone and causes never leave the
//! process; bodies, pages, query times, subscribers and what waits for them are bounded.

mod body;
mod config;
mod cursor;
mod dashboard;
mod error;
mod follow;
mod freshness;
pub mod instants;
mod live;
pub mod mcp;
mod meters;
mod openapi;
mod path;
mod payloads;
mod problems;
mod query;
mod router;
mod routes;
mod server;
mod simulate;
mod state;
mod which;

pub use config::ApiConfig;
pub use server::{Api, ServeError};

#[cfg(test)]
mod tests;
mod yaml;

#![doc = include_str!("../README.md")]

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

//! MCP: what a coding agent asks, in as many tokens as it can spare (contract C-57).
//!
//! ```text
//!  POST /mcp ──────────▶ rmcp ─┐
//!  telemetron mcp, stdio ─ rmcp ┴▶ Server ──▶ tool ──▶ ApiClient ──▶ the HTTP API ──▶ views
//!                                              └─▶ BudgetedText: the most important first, within max_tokens
//! ```
//!
//! Invariants: tools know nothing but the HTTP API, so they say the same over both transports and
//! can do no more than a reader can; no answer takes more than its `max_tokens`; what is left out
//! is said, with the call that gets it; nothing is kept between two requests.

mod budgeted_text;
mod client;
mod format;
mod instructions;
mod prompts;
mod resources;
mod server;
mod service;
mod tokens;
mod tools;

pub use client::{Answer, ApiClient, ToolError};
pub use server::Server;
pub(crate) use service::service;

#[cfg(test)]
mod tests;

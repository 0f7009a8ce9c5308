//! The built binary on real services: emit, query, watch, kill, and count every record.
//!
//! Each test runs `telemetron up` on a data directory of its own, so all of Kafka, Postgres,
//! consumer and API are the real ones. `TELEMETRON_KILLS` says how often the fault test kills
//! something; `scripts/soak.sh` sets it to a hundred.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and prints what it measured"
)]

mod api;
mod database;
mod dead_letters;
mod doors;
mod endings;
mod faults;
mod frozen;
mod gateway;
mod imports;
mod load;
mod made_anew;
mod mcp;
mod oracle;
mod platform;
mod refusals;
mod retention;
mod sums;
mod way_of_a_trace;
mod weight;

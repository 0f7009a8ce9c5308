//! `telemetron up`: the whole platform on this machine, from one command.
//!
//! ```text
//!  lock ─▶ ports ─▶ Kafka ┐
//!                Postgres ┴▶ schema, topics ─▶ gateway, consumer, API ─▶ READY ─▶ endpoints.json
//! ```
//!
//! Whatever is named in the environment is used instead of a child process of our own. Children
//! that die are started again; gateway, consumer and API wait meanwhile. On a signal the roles end first,
//! then the children; a second signal drops everything at once, which kills the children.

mod children;
mod options;
mod ready;
mod run;
mod signals;
mod start;
mod steps;

pub(crate) use options::Options;
pub(crate) use run::run;

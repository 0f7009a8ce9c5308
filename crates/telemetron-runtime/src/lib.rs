//! What every process of the platform needs and no part of the domain knows about.
//!
//! - [`config`]: flags, environment and one file, read once in `main`;
//! - [`logging`]: `tracing` to standard error, for people or as JSON;
//! - [`doors`]: the ports on which a process is asked over HTTP;
//! - [`Services`]: tasks that start together and stop together;
//! - [`Health`]: which component is ready, and why one is not;
//! - [`MetricsBuilder`] and [`Metrics`]: what Prometheus reads.

pub mod config;
pub mod doors;
mod error;
mod health;
pub mod logging;
mod metrics;
mod process;
mod services;
mod signals;

pub use error::{BoxError, Error};
pub use health::{Component, Health, HealthSnapshot, Status};
pub use metrics::{Metrics, MetricsBuilder};
pub use prometheus_client;
pub use services::Services;

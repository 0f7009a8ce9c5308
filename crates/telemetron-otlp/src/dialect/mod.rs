//! The dialects in which agent frameworks speak OpenTelemetry, one file each.

mod reading;

pub use reading::{HandoffHint, Pending, Reading};

//! telemetron.
fn main() {}

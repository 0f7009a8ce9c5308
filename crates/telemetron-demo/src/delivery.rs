//! The end of a demonstration: what was recorded has to reach Kafka.

use std::time::Duration;

use anyhow::ensure;
use telemetron_sdk::Collector;

/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Shuts the SDK down.
///
/// # Errors
/// When not everything that was recorded reached Kafka.
pub(crate) async fn finish(telemetry: &Collector) -> anyhow::Result<()> {
    let report = telemetry.shutdown(PATIENCE).await;
    let missing = report.dropped + report.failed + report.pending;
    ensure!(
        missing == 0,
        "{missing} records of the demonstration did not reach Kafka"
    );
    Ok(())
}

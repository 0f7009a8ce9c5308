//! What Prometheus sees of the Kafka clients of this process.

use std::fmt;

use telemetron_kafka::{ClientReport, Clients};
use telemetron_runtime::prometheus_client::collector::Collector;
use telemetron_runtime::prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use telemetron_runtime::prometheus_client::metrics::MetricType;
use telemetron_runtime::prometheus_client::metrics::counter::ConstCounter;
use telemetron_runtime::prometheus_client::metrics::gauge::ConstGauge;

/// Reads the reports of the clients when it is asked.
pub(super) struct ClientMetrics(pub(super) Clients);

impl fmt::Debug for ClientMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientMetrics").finish_non_exhaustive()
    }
}

const fn labels(report: &ClientReport) -> [(&'static str, &'static str); 2] {
    [("role", report.role), ("client", report.client)]
}

impl Collector for ClientMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let reports = self.0.reports();
        let mut delivered = encoder.encode_descriptor(
            "telemetron_kafka_client_delivered_timestamp_seconds",
            "When the cluster last answered a client, acknowledged or gave it something; 0 before",
            None,
            MetricType::Gauge,
        )?;
        for report in &reports {
            let millis = report.delivered.map_or(0, |time| time.millis());
            let seconds = ConstGauge::new(millis / 1_000);
            seconds.encode(delivered.encode_family(&labels(report))?)?;
        }
        let mut renewed = encoder.encode_descriptor(
            "telemetron_kafka_client_renewals",
            "How often a client was made anew, since it delivered nothing while the cluster answered others",
            None,
            MetricType::Counter,
        )?;
        for report in &reports {
            let count = ConstCounter::new(report.renewed);
            count.encode(renewed.encode_family(&labels(report))?)?;
        }
        Ok(())
    }
}

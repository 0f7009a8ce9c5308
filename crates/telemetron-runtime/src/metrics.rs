//! The metrics of one process, for Prometheus.

use std::sync::Arc;

use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;

use crate::Error;

/// Collects the metrics of all services while they are set up.
///
/// A service registers its metrics once and keeps the handles; nothing is added while the process
/// runs, so reading them takes no lock.
///
/// ```
/// # use telemetron_runtime::{MetricsBuilder, prometheus_client::metrics::counter::Counter};
/// let batches = Counter::<u64>::default();
/// let mut builder = MetricsBuilder::default();
/// builder.group("consumer").register("batches", "Batches committed", batches.clone());
/// let metrics = builder.build();
/// batches.inc();
/// assert!(metrics.render()?.contains("telemetron_consumer_batches_total 1"));
/// # Ok::<(), telemetron_runtime::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct MetricsBuilder(Registry);

impl MetricsBuilder {
    /// The registry of one service; its names start with `telemetron_GROUP_`.
    ///
    /// Counters are registered without `_total`, which is added when they are written.
    pub fn group(&mut self, group: &str) -> &mut Registry {
        self.0
            .sub_registry_with_prefix(format!("telemetron_{group}"))
    }

    /// The registry of metrics whose names are known outside, without a prefix.
    pub fn root(&mut self) -> &mut Registry {
        &mut self.0
    }

    /// Ends the set-up.
    pub fn build(self) -> Metrics {
        Metrics(Arc::new(self.0))
    }
}

/// The metrics of a running process; clones share them.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Registry>);

impl Metrics {
    /// The content type of [`Metrics::render`].
    pub const CONTENT_TYPE: &'static str =
        "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// All metrics in the OpenMetrics text format.
    ///
    /// # Errors
    /// [`Error::Metrics`] when a collector fails to write itself.
    pub fn render(&self) -> Result<String, Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.0)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::counter::Counter;
    use prometheus_client::metrics::gauge::Gauge;

    use super::*;

    #[test]
    fn metrics_are_written_with_help_type_and_end() {
        let (counter, gauge) = (Counter::<u64>::default(), Gauge::<i64>::default());
        let mut builder = MetricsBuilder::default();
        builder
            .group("api")
            .register("requests", "Requests served", counter.clone());
        builder
            .root()
            .register("task_queue_size", "Waiting tasks", gauge.clone());
        let metrics = builder.build();
        counter.inc_by(3);
        gauge.set(-1);

        assert_eq!(
            metrics.clone().render().unwrap(),
            "# HELP task_queue_size Waiting tasks.\n\
             # TYPE task_queue_size gauge\n\
             task_queue_size -1\n\
             # HELP telemetron_api_requests Requests served.\n\
             # TYPE telemetron_api_requests counter\n\
             telemetron_api_requests_total 3\n\
             # EOF\n"
        );
    }
}

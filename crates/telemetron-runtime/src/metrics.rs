//! The metrics of one process, for Prometheus.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;

use crate::Error;
use crate::process::ProcessFigures;

/// Collects the metrics of all services while they are set up.
///
/// A service registers its metrics once and keeps the handles, so counting takes no lock.
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
        let metrics = Metrics::default();
        metrics.put("", self);
        metrics
    }
}

/// The metrics of a running process; clones share them.
///
/// They are kept by part, so that a part which is started again in the same process brings new
/// ones in place of its old ones, and counts from zero as a new process would.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<RwLock<BTreeMap<&'static str, Registry>>>);

impl Default for Metrics {
    /// A process without parts: what it uses itself.
    fn default() -> Self {
        let metrics = Self(Arc::default());
        let mut own = MetricsBuilder::default();
        own.root().register_collector(Box::new(ProcessFigures));
        metrics.put("process", own);
        metrics
    }
}

impl Metrics {
    /// The content type of [`Metrics::render`].
    pub const CONTENT_TYPE: &'static str =
        "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// All metrics in the OpenMetrics text format.
    ///
    /// # Errors
    /// [`Error::Metrics`] when a collector fails to write itself.
    pub fn render(&self) -> Result<String, Error> {
        let parts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        for registry in parts.values() {
            text::encode_registry(&mut text, registry)?;
        }
        text::encode_eof(&mut text)?;
        Ok(text)
    }

    /// The metrics of `part`, in place of those it had. No two parts may have a metric of one name.
    pub fn put(&self, part: &'static str, metrics: MetricsBuilder) {
        let mut parts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        parts.insert(part, metrics.0);
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::counter::Counter;
    use prometheus_client::metrics::gauge::Gauge;

    use super::*;

    fn one_counter(value: u64) -> MetricsBuilder {
        let counter = Counter::<u64>::default();
        counter.inc_by(value);
        let mut builder = MetricsBuilder::default();
        builder
            .group("api")
            .register("requests", "Requests", counter);
        builder
    }

    #[test]
    fn a_part_that_begins_anew_replaces_its_metrics_and_no_others() {
        let metrics = Metrics::default();
        metrics.put("api", one_counter(3));
        metrics.put("other", MetricsBuilder::default());
        metrics.clone().put("api", one_counter(1));
        let text = metrics.render().unwrap();
        assert_eq!(text.matches("telemetron_api_requests_total").count(), 1);
        assert!(text.contains("telemetron_api_requests_total 1\n"), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
    }

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

        // Behind them stands what the process itself uses.
        let text = metrics.clone().render().unwrap();
        let root = "# HELP task_queue_size Waiting tasks.\n\
                    # TYPE task_queue_size gauge\n\
                    task_queue_size -1\n";
        assert!(text.starts_with(root), "{text}");
        let of_group = "# HELP telemetron_api_requests Requests served.\n\
                        # TYPE telemetron_api_requests counter\n\
                        telemetron_api_requests_total 3\n";
        assert!(text.contains(of_group), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
    }
}

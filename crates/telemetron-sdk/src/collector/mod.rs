//! The collector: what an agent starts once and hands around.

mod builder;
mod resource;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub use builder::{CollectorBuilder, StartError};
use tokio::sync::oneshot;

use crate::SpanContext;
use crate::core::{FlushReport, Order, Shared};

/// Collects telemetry of this process and sends it in the background. Cheap to clone.
///
/// Nothing of it blocks, panics or fails the agent: what finds no room is dropped and counted.
/// Call [`Collector::shutdown`] at the end; what was emitted in the last milliseconds is lost
/// otherwise.
#[derive(Debug, Clone)]
pub struct Collector(Arc<Shared>);

impl Collector {
    /// Settings of a collector, those in the environment ignored.
    pub fn builder() -> CollectorBuilder {
        CollectorBuilder::new()
    }

    /// Starts a collector with the settings in the environment: `KAFKA_BOOTSTRAP_SERVERS` and the
    /// other `KAFKA_…` variables, `TELEMETRON_SERVICE` or `OTEL_SERVICE_NAME`,
    /// `TELEMETRON_PROJECT`, `POD_NAME`, `DEPLOYMENT_NAME`.
    ///
    /// # Errors
    /// When a setting has no meaning. That Kafka is away is no error.
    pub fn from_env() -> Result<Self, StartError> {
        CollectorBuilder::from_env()?.start()
    }

    /// The span of the parent process this process belongs to (`TRACEPARENT`), if there is one.
    pub fn inherited(&self) -> Option<SpanContext> {
        self.0.inherited.clone()
    }

    /// What the guards and builders of this collector hold.
    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.0)
    }

    /// Sends a record as it is: for importers and for what this crate has no words for.
    pub fn emit(&self, record: impl Into<telemetron_model::record::Record>) {
        self.0.emit(record);
    }

    /// How many records were dropped so far.
    pub fn dropped(&self) -> u64 {
        self.0.queue().dropped()
    }

    /// Waits until everything emitted so far is delivered, at most `timeout`. The report counts
    /// from the start of the collector. Runs on any runtime.
    pub async fn flush(&self, timeout: Duration) -> FlushReport {
        let (sender, answer) = oneshot::channel();
        self.order_flush(timeout, move |report| {
            let _nobody_waits_any_more = sender.send(report);
        });
        answer
            .await
            .unwrap_or_else(|_ended| self.0.queue().last_report())
    }

    /// [`Collector::flush`] for threads without a runtime.
    pub fn flush_blocking(&self, timeout: Duration) -> FlushReport {
        let (sender, answer) = std::sync::mpsc::sync_channel(1);
        self.order_flush(timeout, move |report| {
            let _nobody_waits_any_more = sender.send(report);
        });
        answer
            .recv()
            .unwrap_or_else(|_ended| self.0.queue().last_report())
    }

    /// Unregisters the agents, delivers what there is, at most `timeout`, and stops. What is
    /// emitted afterwards is dropped and counted.
    pub async fn shutdown(&self, timeout: Duration) -> FlushReport {
        self.0.unregister_all();
        let report = self.flush(timeout).await;
        self.0.stop_within(Duration::ZERO);
        report
    }

    /// [`Collector::shutdown`] for threads without a runtime.
    pub fn shutdown_blocking(&self, timeout: Duration) -> FlushReport {
        self.0.unregister_all();
        let report = self.flush_blocking(timeout);
        self.0.stop_within(Duration::ZERO);
        report
    }

    fn order_flush(&self, timeout: Duration, report: impl FnOnce(FlushReport) + Send + 'static) {
        let deadline = Instant::now() + timeout;
        let report = Box::new(report);
        self.0.queue().order(Order::Flush { deadline, report });
    }
}

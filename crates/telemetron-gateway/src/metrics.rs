//! What the gateway counts, for Prometheus.

use std::time::Duration;

use telemetron_runtime::MetricsBuilder;
use telemetron_runtime::prometheus_client::metrics::counter::Counter;
use telemetron_runtime::prometheus_client::metrics::family::Family;
use telemetron_runtime::prometheus_client::metrics::gauge::Gauge;
use telemetron_runtime::prometheus_client::metrics::histogram::Histogram;

use crate::intake::Accepted;
use crate::refusal::Refusal;
use crate::signal::{Signal, Transport};

/// Counts of one gateway; clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Counters {
    requests: Family<Labels<3>, Counter>,
    items: Family<Labels<2>, Counter>,
    bytes: Family<Labels<2>, Counter>,
    seconds: Family<Labels<1>, Histogram, fn() -> Histogram>,
    sessions: Gauge,
}

/// Names and values of so many labels.
type Labels<const N: usize> = [(&'static str, &'static str); N];

/// From a millisecond to the patience of an exporter.
fn seconds() -> Histogram {
    Histogram::new([
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
    ])
}

impl Counters {
    /// Counts from zero, each visible from the start.
    pub(crate) fn new(metrics: &mut MetricsBuilder) -> Self {
        let counters = Self {
            requests: Family::default(),
            items: Family::default(),
            bytes: Family::default(),
            seconds: Family::new_with_constructor(seconds),
            sessions: Gauge::default(),
        };
        counters.register(metrics);
        counters.begin();
        counters
    }

    fn register(&self, metrics: &mut MetricsBuilder) {
        let group = metrics.group("gateway");
        group.register(
            "requests",
            "Requests by what became of them",
            self.requests.clone(),
        );
        let items = "Spans, log records, data points and hooks, accepted or rejected";
        group.register("items", items, self.items.clone());
        let bytes = "Bytes of bodies as they came, compressed or not";
        group.register("received_bytes", bytes, self.bytes.clone());
        let seconds = "Time from a request to its answer, Kafka's acknowledgement included";
        group.register("request_seconds", seconds, self.seconds.clone());
        let sessions = "Sessions of Claude Code whose open spans are known";
        group.register("hook_sessions", sessions, self.sessions.clone());
    }

    /// What has not happened yet reads as nought, so that rates are right from the first time on.
    fn begin(&self) {
        for signal in Signal::ALL {
            self.items(signal, "accepted", 0);
            self.items(signal, "rejected", 0);
        }
        for transport in Transport::ALL {
            for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
                drop(
                    self.requests
                        .get_or_create(&request_labels(signal, transport, "ok")),
                );
            }
        }
    }

    /// Counts bytes as they came.
    pub(crate) fn received(&self, signal: Signal, transport: Transport, bytes: usize) {
        let labels = [
            ("signal", signal.as_str()),
            ("transport", transport.as_str()),
        ];
        self.bytes.get_or_create(&labels).inc_by(count(bytes));
    }

    /// Counts a request and what was in it.
    pub(crate) fn request(
        &self,
        signal: Signal,
        transport: Transport,
        accepted: &Result<Accepted, Refusal>,
        took: Duration,
    ) {
        let outcome = match accepted {
            Ok(accepted) if accepted.rejected > 0 => "partial",
            Ok(_) => "ok",
            Err(refusal) => refusal.outcome(),
        };
        self.requests
            .get_or_create(&request_labels(signal, transport, outcome))
            .inc();
        let seconds = self.seconds.get_or_create(&[("signal", signal.as_str())]);
        seconds.observe(took.as_secs_f64());
        if let Ok(accepted) = accepted {
            self.items(signal, "accepted", accepted.accepted);
            self.items(signal, "rejected", accepted.rejected);
        }
    }

    /// Tells how many sessions of Claude Code are remembered.
    pub(crate) fn sessions(&self, remembered: usize) {
        self.sessions
            .set(i64::try_from(remembered).unwrap_or(i64::MAX));
    }

    fn items(&self, signal: Signal, outcome: &'static str, items: usize) {
        let labels = [("signal", signal.as_str()), ("outcome", outcome)];
        self.items.get_or_create(&labels).inc_by(count(items));
    }
}

const fn request_labels(signal: Signal, transport: Transport, outcome: &'static str) -> Labels<3> {
    [
        ("signal", signal.as_str()),
        ("transport", transport.as_str()),
        ("outcome", outcome),
    ]
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}
